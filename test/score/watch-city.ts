import {
  type CompiledRule,
  compileRule,
  DeviceWatches,
  History,
  isDeviceRule,
  isSelected,
  type Rule,
  type RuleChange,
  type RuleOf,
  Watch,
} from '@veilleur/rules';
import type { FoundAlert, Source } from '@veilleur/simulators';
import { attributesOf, type MediumOf } from './city-devices.ts';
import { deliveriesOf } from './device-facts.ts';
import { groupAlerts } from './group-alerts.ts';

const SWEEP_MS = 30 * 60_000;

/**
 * Runs rules over everything that a city's network server publishes, as it comes: late, doubled, out of
 * order. Alerts that were withdrawn in the end are not in the list.
 */
export async function watchCity(
  source: Source,
  rules: readonly Rule[],
  span: {
    readonly untilMs: number;
    readonly isHoliday: (day: number) => boolean;
    readonly mediumOf: MediumOf;
  },
): Promise<{ readonly alerts: readonly FoundAlert[]; readonly deliveries: number }> {
  const compiled = rules.filter(isDeviceRule).map((rule) => compileRule(rule, span));
  const devices = devicesOf(source, compiled, span.mediumOf);
  const alerts = new Map<string, FoundAlert>();
  const note = (subject: string, changes: readonly RuleChange[], now: number) => {
    for (const { rule, change } of changes) {
      const key = (openedAt: number) => `${rule.name} ${subject} ${openedAt}`;
      if (change.kind === 'withdrawn') {
        alerts.delete(key(change.before.openedAt));
        continue;
      }
      const { episode } = change;
      const before = change.kind === 'raised' ? undefined : alerts.get(key(change.before.openedAt));
      if (change.kind !== 'raised') alerts.delete(key(change.before.openedAt));
      const { from, openedAt, clearedAt } = episode;
      const knownAt = before?.knownAt ?? now;
      alerts.set(key(openedAt), { rule: rule.name, subject, from, openedAt, clearedAt, knownAt });
    }
  };
  let sweepAt = 0;
  let deliveries = 0;
  const sweep = (now: number) => {
    for (const [devEui, watches] of devices) {
      if (watches.dueAt <= now) note(devEui, watches.advance(now), now);
    }
    sweepAt = now + SWEEP_MS;
  };
  for await (const { devEui, atMs, facts } of deliveriesOf(source)) {
    if (atMs >= sweepAt) sweep(atMs);
    const watches = devices.get(devEui);
    if (watches === undefined) throw new Error(`${devEui} is not of this city`);
    const told = watches.tell(facts, atMs);
    if (told.kind === 'too_old') throw new Error('a watch that forgets nothing remembers everything');
    note(devEui, told.changes, atMs);
    deliveries += 1;
  }
  sweep(span.untilMs);
  const found = [...alerts.values()];
  const groups = rules.filter((rule): rule is RuleOf<'many'> => rule.kind === 'many');
  return {
    alerts: [...found, ...groups.flatMap((rule) => groupAlerts(rule, found, source, span))],
    deliveries,
  };
}

function devicesOf(
  source: Source,
  compiled: readonly CompiledRule[],
  mediumOf: MediumOf,
): ReadonlyMap<string, DeviceWatches> {
  const devices = new Map<string, DeviceWatches>();
  for (const device of source.city.devices()) {
    const place = { zone: 'Europe/Paris', position: device.position };
    const watches = compiled
      .filter(({ rule }) => isSelected(rule.select, attributesOf(device, mediumOf)))
      .map((one) => new Watch(one, place, Number.NEGATIVE_INFINITY, []));
    devices.set(device.devEui, new DeviceWatches(new History(), watches, Number.NEGATIVE_INFINITY));
  }
  return devices;
}
