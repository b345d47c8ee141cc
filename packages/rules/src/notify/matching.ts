import type { Severity } from '../language/rule.ts';
import { type KnownAlert, type RulesByName, whereaboutsOf } from './known-alert.ts';

/** Which alerts: all that are named must fit, of one list any. Nothing named: every alert. */
export interface Matching {
  readonly rules?: readonly string[] | undefined;
  /** DevEUIs, names of devices, groups, `gateway <id>`. */
  readonly devices?: readonly string[] | undefined;
  /** Codes of sites; what lies in them belongs to them. */
  readonly sites?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly severities?: readonly Severity[] | undefined;
}

/** Nobody is told of what matches, while it lasts. */
export interface Silence {
  readonly id: number;
  readonly kind: 'silence' | 'maintenance';
  readonly matching: Matching;
  /** ms since 1970; the end is not part of it. */
  readonly from: number;
  readonly to: number;
}

export function matches(matching: Matching, alert: KnownAlert, rules: RulesByName): boolean {
  const { rules: named, devices, sites, tags = {}, severities } = matching;
  if (named !== undefined && !named.includes(alert.rule)) return false;
  if (severities !== undefined && !severities.includes(alert.severity)) return false;
  const where = whereaboutsOf(alert, rules);
  if (devices !== undefined && !where.names.some((name) => devices.includes(name))) return false;
  if (sites !== undefined && !where.sites.some((site) => sites.includes(site))) return false;
  return Object.entries(tags).every(([name, wanted]) => {
    const value = where.tags[name];
    return value !== undefined && (typeof wanted === 'string' ? wanted === value : wanted.includes(value));
  });
}

/** The first silence that holds at this moment. */
export function silenceOf(
  alert: KnownAlert,
  silences: readonly Silence[],
  rules: RulesByName,
  now: number,
): Silence | null {
  return (
    silences.find(({ from, to, matching }) => from <= now && now < to && matches(matching, alert, rules)) ??
    null
  );
}
