import type { Quantity } from '@veilleur/domain';
import type { Fact } from '@veilleur/rules';
import {
  type AlertWrite,
  type AttributesOfDevice,
  attributesOfDevices,
  type ClearReason,
  type HeldAlert,
  heldAlerts,
  lastChange,
  lastTold,
  type PastsOfDevices,
  pastsOfDevices,
} from '@veilleur/store';
import { type RuleSet, reachOf, rulesOf } from './rule-set.ts';
import { HEARD_KEPT, LATE_BY_MS, WatchedDevice } from './watched-device.ts';

type PoolClient = Parameters<typeof lastChange>[0];

export interface LoadContext {
  readonly rules: RuleSet;
  readonly quantityIds: ReadonlyMap<string, number>;
  readonly quantityNames: ReadonlyMap<number, Quantity>;
  readonly timeZone: string;
}

export interface Loaded {
  readonly devices: readonly WatchedDevice[];
  /** Open alerts of rules that do not choose the device any more. */
  readonly orphans: readonly AlertWrite[];
}

/**
 * Reads devices as far back as their rules look from `from` on. What was open then, or ended since, comes
 * with them.
 *
 * @param reaches Devices whose history must reach back to a moment of their own.
 */
export async function loadDevices(
  client: PoolClient,
  deviceIds: readonly number[],
  {
    from,
    now,
    reaches = new Map(),
  }: {
    readonly from: number;
    readonly now: number;
    readonly reaches?: ReadonlyMap<number, number>;
  },
  context: LoadContext,
): Promise<Loaded> {
  const { rules, quantityIds, timeZone } = context;
  const idsOf = (names: readonly Quantity[]) => names.flatMap((name) => quantityIds.get(name) ?? []);
  const found = await attributesOfDevices(client, deviceIds, new Date(now));
  const last = await lastTold(client, deviceIds, idsOf(rules.absentQuantities), Math.min(from, now));
  const plans = found.map((attributes) => {
    const ofDevice = rulesOf(rules, attributes);
    const anchor = Math.min(from, now, last.get(attributes.id) ?? from);
    const reach = reachOf(ofDevice);
    const since = Math.min(anchor - reach.wholeMs - LATE_BY_MS, reaches.get(attributes.id) ?? anchor);
    return { attributes, rules: ofDevice, since, reach };
  });
  const watched = plans.filter((plan) => plan.rules.length > 0);
  const pasts = await pastsOfDevices(
    client,
    watched.map(({ attributes, since, reach }) => ({
      deviceId: attributes.id,
      since,
      thinnedSince: reach.thinnedMs > 0 ? since - reach.thinnedMs : null,
    })),
    {
      quantityIds: idsOf(rules.quantities),
      thinnedQuantityIds: idsOf(rules.thinnedQuantities),
      events: rules.events,
      heardBefore: HEARD_KEPT,
    },
  );
  const alerts = Map.groupBy(
    await heldAlerts(
      client,
      plans.map(({ attributes, since }) => ({ deviceId: attributes.id, since })),
    ),
    ({ deviceId }) => deviceId,
  );
  // Asked last: what the reads above saw lies before it.
  const seenTo = await lastChange(client);
  const factsOf = groupFacts(pasts, context);
  const devices = plans.map(({ attributes, rules: ofDevice, since, reach }) => {
    const names = new Set(ofDevice.map(({ rule }) => rule.name));
    return new WatchedDevice({
      attributes,
      rules: ofDevice,
      place: placeOf(attributes, timeZone),
      reach,
      since,
      facts: factsOf(attributes.id),
      held: (alerts.get(attributes.id) ?? []).filter(({ rule }) => names.has(rule)),
      lastChange: seenTo,
    });
  });
  const inForce = new Set(rules.names);
  const orphans = plans.flatMap(({ attributes, rules: ofDevice }) =>
    (alerts.get(attributes.id) ?? [])
      .filter(
        ({ rule, episode }) => episode.clearedAt === null && !ofDevice.some((one) => one.rule.name === rule),
      )
      .map((alert) =>
        ended(alert, attributes.devEui, inForce.has(alert.rule) ? 'not_selected' : 'rule_removed', now),
      ),
  );
  return { devices, orphans };
}

function ended(alert: HeldAlert, subject: string, reason: ClearReason, now: number): AlertWrite {
  const clearedAt = Math.max(now, alert.episode.openedAt);
  return {
    ...alert,
    subject,
    episode: { ...alert.episode, clearedAt },
    isWithdrawn: false,
    steps: [{ kind: 'cleared', at: clearedAt, detail: { reason } }],
  };
}

function placeOf({ latitude, longitude, timeZone }: AttributesOfDevice, cityZone: string) {
  return {
    zone: timeZone ?? cityZone,
    position: latitude === null || longitude === null ? null : { latitude, longitude },
  };
}

function groupFacts(
  pasts: PastsOfDevices,
  { quantityNames }: LoadContext,
): (deviceId: number) => Generator<Fact> {
  const measurements = Map.groupBy(pasts.measurements, ({ deviceId }) => deviceId);
  const heard = Map.groupBy(pasts.heard, ({ deviceId }) => deviceId);
  const events = Map.groupBy(pasts.events, ({ deviceId }) => deviceId);
  return function* (deviceId) {
    for (const { quantityId, channel, time, value } of measurements.get(deviceId) ?? []) {
      const quantity = quantityNames.get(quantityId);
      if (quantity !== undefined) yield { kind: 'measurement', quantity, channel, time, value };
    }
    for (const { time } of heard.get(deviceId) ?? []) yield { kind: 'heard', time };
    for (const { kind, time } of events.get(deviceId) ?? []) yield { kind: 'event', event: kind, time };
  };
}
