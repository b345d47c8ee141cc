/**
 * Randomness without a state: the n-th number of a stream is the same whenever it is asked, so a seed
 * repeats a schedule and every payload, whatever the timing does.
 */
export type Stream = (n: number) => number;

/** Numbers from 0 (included) to 1 (not) for one purpose of one seed. */
export function stream(seed: number, purpose: string): Stream {
  let key = mix(seed ^ 0x9e3779b9);
  for (const character of purpose) key = mix(key ^ character.charCodeAt(0));
  return (n) => mix(key ^ mix(n + 1)) / 2 ** 32;
}

/** A whole number from `low` to `high`, both included. */
export function wholeBetween(unit: number, low: number, high: number): number {
  return low + Math.floor(unit * (high - low + 1));
}

/** The entry of a table of weights that a number from 0 to 1 falls on. */
export function weighted<T>(unit: number, table: readonly (readonly [T, number])[]): T {
  let rest = unit * table.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [entry, weight] of table) {
    rest -= weight;
    if (rest < 0) return entry;
  }
  throw new Error('a table of weights has an entry at least');
}

/** In an order that the stream gives (Fisher and Yates). */
export function shuffled<T>(entries: readonly T[], units: Stream): T[] {
  const result = [...entries];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = wholeBetween(units(last), 0, last);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** The 32-bit finalizer of MurmurHash3. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
