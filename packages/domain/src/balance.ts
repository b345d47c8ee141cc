/** What a balance says of a meter and the meters behind it. */
export const BALANCE_VERDICTS = ['loss', 'surplus', 'within_uncertainty', 'unknown'] as const;
export type BalanceVerdict = (typeof BALANCE_VERDICTS)[number];

/** Why it says nothing. */
export const BALANCE_GAPS = [
  /** What went through the meter above is missing or not known yet. */
  'parent_missing',
  /** That of one of the parts is. */
  'parts_missing',
  /** All are told, but one rests on an estimate that no later reading bounds. */
  'no_bound',
] as const;
export type BalanceGap = (typeof BALANCE_GAPS)[number];

/** The two sides of a balance, in one unit. */
export interface BalanceSides {
  readonly parent: number | null;
  /** Null where one of the parts is missing. */
  readonly parts: number | null;
  /** By how much both sides together may be wrong; null: no bound is known. */
  readonly uncertainty: number | null;
}

export interface BalanceJudgement {
  /** Parent minus parts: losses, unmetered use. Null where either is not known. */
  readonly difference: number | null;
  /** The difference as a share of what went through the parent; null without any. */
  readonly relative: number | null;
  readonly verdict: BalanceVerdict;
  readonly why: BalanceGap | null;
}

/** A difference that the uncertainty can explain says nothing, however large it is. */
export function judgeBalance({ parent, parts, uncertainty }: BalanceSides): BalanceJudgement {
  if (parent === null || parts === null) {
    const why = parent === null ? 'parent_missing' : 'parts_missing';
    return { difference: null, relative: null, verdict: 'unknown', why };
  }
  const difference = parent - parts;
  const relative = parent > 0 ? difference / parent : null;
  if (uncertainty === null) return { difference, relative, verdict: 'unknown', why: 'no_bound' };
  const within = Math.abs(difference) <= uncertainty;
  const verdict = within ? 'within_uncertainty' : difference > 0 ? 'loss' : 'surplus';
  return { difference, relative, verdict, why: null };
}
