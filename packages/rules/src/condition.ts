import type { BoundedRule, Severity } from './language/rule.ts';

/** What a value says of a condition. */
export type Verdict = 'raise' | 'clear' | 'neither';

/** Compares a value with a rule's bounds. Between the bound and `clear...` it neither raises nor clears. */
export function verdictOf(rule: BoundedRule, value: number): Verdict {
  const { above, below, clearBelow, clearAbove } = rule;
  if (above !== undefined) {
    if (value > above) return 'raise';
    return value <= (clearBelow ?? above) ? 'clear' : 'neither';
  }
  const bound = below ?? Number.NEGATIVE_INFINITY;
  if (value < bound) return 'raise';
  return value >= (clearAbove ?? bound) ? 'clear' : 'neither';
}

export function severityOf(rule: BoundedRule, value: number): Severity {
  const { worse, above, severity } = rule;
  if (worse === undefined) return severity;
  const isBeyond = above === undefined ? value < worse.beyond : value > worse.beyond;
  return isBeyond ? worse.severity : severity;
}

/** Whether a value is further beyond the bound than another. */
export function isWorse(rule: BoundedRule, value: number, than: number): boolean {
  return rule.above === undefined ? value < than : value > than;
}
