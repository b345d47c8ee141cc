import type { CompiledRule, CompileOptions } from '../compiled-rule.ts';
import { compileCondition } from '../expression.ts';
import type { History } from '../history.ts';
import type { RuleOf, SiteLevel, SiteValue } from '../language/rule.ts';
import { type DeviceAttributes, isSelected } from '../select.ts';
import type { Place } from '../signals/signal.ts';
import type { Tape } from '../tape.ts';
import { countsAt } from '../when.ts';

type SiteRule = RuleOf<'site'>;
export type CompiledSite = CompiledRule<SiteRule>;

/** The DevEUIs of the devices of a site that each value of a rule is made of. */
export type SiteMembers = ReadonlyMap<string, readonly string[]>;

/** The site of a level that a device belongs to: the nearest one; null: it stands in none. */
export function siteOf(level: SiteLevel, { sites, siteLevels = [] }: DeviceAttributes): string | null {
  return sites[siteLevels.indexOf(level)] ?? null;
}

/** The values of a rule that a device is a part of. */
export function valuesOf(rule: SiteRule, device: DeviceAttributes): SiteValue[] {
  if (!isSelected(rule.select, device)) return [];
  return Object.values(rule.values).filter(({ select }) => isSelected(select, device));
}

/**
 * Which devices of a site make up the values of a rule.
 *
 * @param devices Of this site and of all in it.
 * @returns Null: a value would be made of none, so the rule does not speak of this site.
 */
export function membersOf(
  rule: SiteRule,
  site: string,
  devices: readonly DeviceAttributes[],
): SiteMembers | null {
  const ofSite = devices.filter(
    (device) => siteOf(rule.level, device) === site && isSelected(rule.select, device),
  );
  const members = new Map<string, readonly string[]>();
  for (const [name, { select }] of Object.entries(rule.values)) {
    const chosen = ofSite.filter((device) => isSelected(select, device)).map(({ devEui }) => devEui);
    if (chosen.length === 0) return null;
    members.set(name, chosen);
  }
  return members;
}

/**
 * Makes a rule ready for one site. Each reading of one of its devices is a moment to look at it; then each
 * value is made of the last readings by that moment, those that are not older than `hold`.
 *
 * @throws VeilleurError `expression_invalid`
 */
export function compileSiteRule(
  rule: SiteRule,
  members: SiteMembers,
  { isHoliday, onExpressionFail }: CompileOptions,
): CompiledSite {
  const names = Object.keys(rule.values);
  const holds = compileCondition(names, rule, (error) => onExpressionFail?.(rule.name, error));
  const parts = Object.entries(rule.values).map(([name, value]) => {
    const devices = members.get(name) ?? [];
    const tapes = (history: History) =>
      devices.map((devEui) => history.member(devEui).tape(value.quantity, value.channel));
    // A share that is reached but for the rounding of its product is reached.
    return { name, value, tapes, least: Math.max(1, Math.ceil(value.share * devices.length - 1e-9)) };
  });
  const triggers = (history: History) => [...new Set(parts.flatMap(({ tapes }) => tapes(history)))];
  const conditionAt = (history: History, time: number) => {
    const values: Record<string, number> = {};
    for (const { name, value, tapes, least } of parts) {
      const readings = tapes(history).flatMap((tape) => readingAt(tape, time, rule.hold));
      if (readings.length < least) return null;
      values[name] = aggregate(value, readings);
    }
    return holds(values);
  };
  return {
    rule,
    horizonMs: rule.hold,
    settings: {
      forMs: rule.for,
      clearForMs: rule.clearFor,
      reopenWithinMs: rule.reopenWithin,
      samples: rule.samples,
      isWorse: () => false,
    },
    triggers,
    evidenceAt(history: History, time: number, place: Place) {
      if (!countsAt(rule.when, time, place, isHoliday)) return null;
      const condition = conditionAt(history, time);
      if (condition === null) return null;
      const verdict = condition === 1 ? 'raise' : 'clear';
      return { time, verdict, severity: rule.severity, value: null, holdMs: rule.hold };
    },
    silentAt: () => Number.POSITIVE_INFINITY,
  };
}

function readingAt(tape: Tape, time: number, holdMs: number): number[] {
  const at = tape.atOrBefore(time);
  return at < 0 || time - tape.timeAt(at) > holdMs ? [] : [tape.valueAt(at)];
}

function aggregate({ aggregate: how, above }: SiteValue, readings: readonly number[]): number {
  const sum = readings.reduce((total, reading) => total + reading, 0);
  switch (how) {
    case 'sum':
      return sum;
    case 'mean':
      return sum / readings.length;
    case 'min':
      return readings.reduce((least, reading) => Math.min(least, reading), Number.POSITIVE_INFINITY);
    case 'max':
      return readings.reduce((most, reading) => Math.max(most, reading), Number.NEGATIVE_INFINITY);
    case 'count':
      return readings.filter((reading) => reading > above).length;
  }
}
