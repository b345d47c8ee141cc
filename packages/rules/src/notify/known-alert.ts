import type { Rule, Severity } from '../language/rule.ts';
import type { DeviceAttributes } from '../select.ts';

/** The rule, built in, of a gateway that hears nothing while others do. */
export const GATEWAY_RULE = 'gateway-down';

/** An alert as it stands. Times are ms since 1970, of the event's own time. */
export interface KnownAlert {
  readonly id: number;
  readonly rule: string;
  /** A DevEUI, the value of what a `many` rule groups by, or `gateway <id>`. */
  readonly subject: string;
  readonly severity: Severity;
  readonly beganAt: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly withdrawnAt: number | null;
  readonly acknowledgedAt: number | null;
  /** When an acknowledgement was taken back, for it got worse or opened again; null: it never was. */
  readonly seenAnewAt?: number | null;
  /** Furthest beyond the bound; of a group, how many members there were. */
  readonly worst: number | null;
  /** Null: a group or a gateway. */
  readonly device: DeviceAttributes | null;
}

export type RulesByName = ReadonlyMap<string, Rule>;

export const isOpen = ({ clearedAt, withdrawnAt }: KnownAlert): boolean =>
  clearedAt === null && withdrawnAt === null;

/** What a device has for `site`, which is its nearest one, or for a tag. */
export function groupValue(by: string, device: DeviceAttributes): string | null {
  return (by === 'site' ? device.sites[0] : device.tags[by]) ?? null;
}

/** Where an alert belongs, for silences and routes. A group is of the site, or has the tag, that made it one. */
export interface Whereabouts {
  readonly names: readonly string[];
  readonly sites: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export function whereaboutsOf({ rule, subject, device }: KnownAlert, rules: RulesByName): Whereabouts {
  if (device !== null) {
    const { devEui, name, sites, tags } = device;
    return { names: name === null ? [devEui] : [devEui, name], sites, tags };
  }
  const by = groupingOf(rules.get(rule));
  return {
    names: [subject],
    sites: by === 'site' ? [subject] : [],
    tags: by === null || by === 'site' ? {} : { [by]: subject },
  };
}

function groupingOf(rule: Rule | undefined): string | null {
  if (rule?.kind === 'site') return 'site';
  return rule?.kind === 'many' ? rule.by : null;
}
