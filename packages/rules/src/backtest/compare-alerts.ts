import type { FoundAlert } from './found-alert.ts';

export interface AlertDifference {
  readonly added: readonly FoundAlert[];
  readonly gone: readonly FoundAlert[];
  /** The same alert at another time, or of another severity. */
  readonly changed: readonly { readonly before: FoundAlert; readonly after: FoundAlert }[];
  /** How many stay as they are. */
  readonly unchanged: number;
}

/** What becomes of alerts under other rules. Alerts of one rule and subject that overlap are the same one. */
export function compareAlerts(before: readonly FoundAlert[], after: readonly FoundAlert[]): AlertDifference {
  const left = Map.groupBy(before, keyOf);
  const added: FoundAlert[] = [];
  const changed: { before: FoundAlert; after: FoundAlert }[] = [];
  let unchanged = 0;
  for (const alert of after) {
    const candidates = left.get(keyOf(alert)) ?? [];
    const at = candidates.findIndex((one) => overlap(one, alert));
    const [same] = at < 0 ? [] : candidates.splice(at, 1);
    if (same === undefined) added.push(alert);
    else if (isEqual(same, alert)) unchanged += 1;
    else changed.push({ before: same, after: alert });
  }
  return { added, gone: [...left.values()].flat().sort(byTime), changed, unchanged };
}

const keyOf = ({ rule, subject }: FoundAlert) => `${rule} ${subject}`;

function overlap(a: FoundAlert, b: FoundAlert): boolean {
  const endOf = ({ clearedAt }: FoundAlert) => clearedAt ?? Number.POSITIVE_INFINITY;
  return a.from <= endOf(b) && b.from <= endOf(a);
}

function isEqual(a: FoundAlert, b: FoundAlert): boolean {
  return a.openedAt === b.openedAt && a.clearedAt === b.clearedAt && a.severity === b.severity;
}

export function byTime(a: FoundAlert, b: FoundAlert): number {
  return a.openedAt - b.openedAt || a.rule.localeCompare(b.rule) || a.subject.localeCompare(b.subject);
}
