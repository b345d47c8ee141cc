import type { Quantity } from '@veilleur/domain';
import type { SiteKind } from '@veilleur/store';

/** Where a site stands among those of its kind, by what it used for one m2 or one person. */
export interface Standing {
  readonly per: 'm2' | 'person';
  /** This site's, in the unit for one m2 or person. */
  readonly used: number;
  /** How many others are compared. */
  readonly others: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  /** 1 is the quarter that uses least; 4 the one that uses most. */
  readonly quarter: 1 | 2 | 3 | 4;
}

export type NoStanding = 'no_size' | 'not_known_wholly' | 'too_few_similar';

/**
 * So few others would say too much of each: households are people. The regulator asks ten of whoever
 * publishes; buildings, streets and districts are nobody's private life, and need enough for quarters.
 */
export const leastOthers = (kind: SiteKind) => (kind === 'household' ? 10 : 4);

/** Water goes with people, energy with floor area; the other one where a site does not tell its own. */
export function sizeOf(
  quantity: Quantity,
  attributes: Readonly<Record<string, string | number>>,
): 'area_m2' | 'persons' | null {
  const order =
    quantity === 'water_volume' ? (['persons', 'area_m2'] as const) : (['area_m2', 'persons'] as const);
  return order.find((one) => typeof attributes[one] === 'number' && attributes[one] > 0) ?? null;
}

/** @param others What the others used for one unit, in any order. */
export function standingOf(per: Standing['per'], used: number, others: readonly number[]): Standing {
  const all = [...others].sort((a, b) => a - b);
  const [lowerQuartile, median, upperQuartile] = [0.25, 0.5, 0.75].map((share) => quantile(all, share)) as [
    number,
    number,
    number,
  ];
  const quarter = used <= lowerQuartile ? 1 : used <= median ? 2 : used <= upperQuartile ? 3 : 4;
  return { per, used, others: all.length, lowerQuartile, median, upperQuartile, quarter };
}

/** Between two ranks on a straight line (type 7, as spreadsheets do). */
function quantile(sorted: readonly number[], share: number): number {
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}
