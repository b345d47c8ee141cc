/** Distances between two distributions over the same places, whose shares add up to 1 each. */
export interface Distances {
  /** Half of the sum of the differences: how much of the one would have to move to make the other. 0 to 1. */
  readonly totalVariation: number;
  /** Square root of the Jensen-Shannon divergence in bits. 0 to 1. */
  readonly jensenShannon: number;
  /** How far it would have to move, in places (hours, months), the shorter way round the clock. */
  readonly wasserstein: number;
}

export function distancesOf(a: readonly number[], b: readonly number[]): Distances {
  const [p, q] = [normalised(a), normalised(b)];
  let variation = 0;
  let divergence = 0;
  let gone = 0;
  const carried: number[] = [];
  for (const [place, share] of p.entries()) {
    const other = q[place] ?? 0;
    variation += Math.abs(share - other) / 2;
    const middle = (share + other) / 2;
    if (share > 0) divergence += (share * Math.log2(share / middle)) / 2;
    if (other > 0) divergence += (other * Math.log2(other / middle)) / 2;
    gone += share - other;
    carried.push(gone);
  }
  // On a circle nothing says where to start carrying: from the median of what is carried costs least.
  const median = carried.toSorted((x, y) => x - y)[Math.floor(carried.length / 2)] ?? 0;
  return {
    totalVariation: variation,
    jensenShannon: Math.sqrt(Math.max(0, divergence)),
    wasserstein: carried.reduce((cost, each) => cost + Math.abs(each - median), 0),
  };
}

/** The widest gap between two lists of quantiles, each over the mean of its days. */
export function quantileGap(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, place) => Math.abs(value - (b[place] ?? 0))));
}

function normalised(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
