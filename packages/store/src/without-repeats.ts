/** Where an event has no time of its own, its reader's clock says when it was delivered, perhaps again. */
export const SAME_UNTIMED_WITHIN_MS = 24 * 3_600_000;

/**
 * The first of each run of entries that share a key and lie within `withinMs` of an entry kept before,
 * with its position. A statement does not see its own rows, so repeats inside a batch end here.
 */
export function withoutRepeats<T>(
  entries: readonly T[],
  keyOf: (entry: T, position: number) => string,
  atMs: (entry: T) => number,
  withinMs: (entry: T) => number,
): [T, number][] {
  const kept = new Map<string, number[]>();
  const result: [T, number][] = [];
  for (const [position, entry] of entries.entries()) {
    const key = keyOf(entry, position);
    const moments = kept.get(key) ?? [];
    if (moments.some((moment) => Math.abs(moment - atMs(entry)) <= withinMs(entry))) continue;
    moments.push(atMs(entry));
    kept.set(key, moments);
    result.push([entry, position]);
  }
  return result;
}
