/**
 * Randomness without a generator: a number is a hash of what it is for, so it is the same whenever and in
 * whatever order it is asked. That is what lets a simulated meter be read at any moment of its life.
 *
 * A key is 32 bits and names a stream ("the daily volume of water meter 12 of seed 1").
 */
export type Key = number;

/** One round of MurmurHash3 (32 bits) and its final avalanche. */
export function hash(key: Key, n: number): number {
  let k = Math.imul(n, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = key ^ k;
  h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A stream of its own for one purpose. */
export function derive(key: Key, purpose: string): Key {
  let derived = key;
  for (let i = 0; i < purpose.length; i++) derived = hash(derived, purpose.charCodeAt(i));
  return derived;
}

/** The n-th number of a stream, from 0 (included) to 1 (not). */
export function unit(key: Key, n: number): number {
  return hash(key, n) / 2 ** 32;
}

/** The n-th number of a stream, between two bounds. */
export function between(key: Key, n: number, low: number, high: number): number {
  return low + (high - low) * unit(key, n);
}

/** From 0 to 1 without jumps: straight lines between one random value at each whole x. */
export function smooth(key: Key, x: number): number {
  const knot = Math.floor(x);
  const from = unit(key, knot);
  return from + (unit(key, knot + 1) - from) * (x - knot);
}

/** The place in `weights` that a number from 0 to 1 falls on; the weights need not add up to 1. */
export function weightedIndex(share: number, weights: readonly number[]): number {
  let rest = share * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}

/** Eight hexadecimal digits. */
export function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
