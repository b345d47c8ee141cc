import { type BalanceJudgement, judgeBalance, VeilleurError } from '@veilleur/domain';

import type { Interval } from './intervals.ts';

export interface Balance extends BalanceJudgement {
  readonly from: number;
  readonly to: number;
  readonly parent: number | null;
  readonly parts: number | null;
  /** How much of the difference readings at unequal times can explain; null: no bound is known. */
  readonly uncertainty: number | null;
  /** Which parts have nothing for this time, by their place in the list. */
  readonly missingParts: readonly number[];
}

/**
 * A district's or cabinet's meter against the sum of the meters behind it, bucket by bucket. Meters read
 * at different minutes differ without any loss: each adds what may have run on the other side of an edge
 * (`evidence.uncertainty`), and a difference smaller than that says nothing.
 *
 * @throws VeilleurError `buckets_differ` unless all are cut at the same edges.
 */
export function balance(parent: readonly Interval[], parts: readonly (readonly Interval[])[]): Balance[] {
  return parent.map((above, i) => {
    const below = parts.map((part) => {
      const one = part[i];
      if (one === undefined || one.from !== above.from || one.to !== above.to) {
        throw new VeilleurError('buckets_differ', 'The meters of a balance are cut at different edges', {
          remedy: 'Cut all of them with the same list of boundaries.',
        });
      }
      return one;
    });
    const missingParts = below.flatMap((one, at) => (one.value === null ? [at] : []));
    const sum = missingParts.length > 0 ? null : below.reduce((total, one) => total + (one.value ?? 0), 0);
    const doubts = [above, ...below].map((one) => one.evidence.uncertainty);
    const uncertainty = doubts.includes(null) ? null : doubts.reduce<number>((a, b) => a + (b ?? 0), 0);
    const sides = { parent: above.value, parts: sum, uncertainty };
    return { from: above.from, to: above.to, ...sides, ...judgeBalance(sides), missingParts };
  });
}
