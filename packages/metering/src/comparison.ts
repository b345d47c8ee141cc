/** A period's use, millionths of the unit, and its heating degree days. */
export interface Period {
  readonly use: number | null;
  readonly degreeDays?: number | null;
  readonly days: number;
}

export interface Comparison {
  /** Now minus before, millionths of the unit; null where either is not known. */
  readonly change: number | null;
  /** -0.1 is a tenth less; null without a use before. */
  readonly relative: number | null;
  /** What the period before would have used under today's weather; null without degree days. */
  readonly expected: number | null;
  /** The change that weather does not explain, relative to `expected`. */
  readonly relativeToWeather: number | null;
}

/**
 * Compares two periods. `baseUsePerDay` (millionths of the unit) is what does not depend on the weather,
 * such as hot water: only the rest of the use before is scaled by degree days. Nothing is normalised by
 * fewer than `leastDegreeDays`: in summer the ratio is noise.
 */
export function compare(
  now: Period,
  before: Period,
  { baseUsePerDay = 0, leastDegreeDays = 10 }: { baseUsePerDay?: number; leastDegreeDays?: number } = {},
): Comparison {
  const change = now.use === null || before.use === null ? null : now.use - before.use;
  const relative = change === null || !before.use ? null : change / before.use;
  const [nowDegrees, thenDegrees] = [now.degreeDays ?? null, before.degreeDays ?? null];
  if (before.use === null || nowDegrees === null || thenDegrees === null || thenDegrees < leastDegreeDays) {
    return { change, relative, expected: null, relativeToWeather: null };
  }
  const base = Math.min(before.use, baseUsePerDay * before.days);
  const heating = before.use - base;
  const expected = Math.round(
    (base * now.days) / Math.max(1, before.days) + (heating * nowDegrees) / thenDegrees,
  );
  const relativeToWeather = now.use === null || expected === 0 ? null : (now.use - expected) / expected;
  return { change, relative, expected, relativeToWeather };
}
