import type { DevEui } from '@veilleur/domain';
import type { CityInstallation } from '../points/city-point.ts';

/** One number that a device told, as the meter really showed it. */
export interface ToldIndex {
  readonly devEui: DevEui;
  /** When the database says that it was shown. */
  readonly timeMs: number;
  /** When it was really shown: a clock drifts, a frame without a date is dated by its reception. */
  readonly momentMs: number;
  /** Millionths of what the device tells, as if its register never started again. */
  readonly shown: number;
  /** What had flowed by physics, millionths of the point's unit; null where the meter does not count that. */
  readonly flowed: number | null;
}

/** A moment at which a register is known. */
export interface KnownReading {
  readonly timeMs: number;
  /** What the register has counted, over all its meters: millionths of the point's unit. */
  readonly counted: number;
  readonly flowed: number | null;
}

/** All moments at which one register of one point is known: told by a device, or written down at a swap. */
export interface KnownRegister {
  /** In the order of time; `counted` never falls. */
  readonly readings: readonly KnownReading[];
  /** Times of readings that contradict others: a clock that was set back, a frame that came late and undated. */
  readonly doubtful: readonly number[];
  /** Of the readings that a device told; null: it told none. */
  readonly told: { readonly firstMs: number; readonly lastMs: number } | null;
}

/**
 * Puts the numbers of the devices that stood at a register one after the other on one scale.
 *
 * @param installations in the order of time; each but the last with its end index, each but the first with
 *   its start index.
 */
export function knownRegister(
  installations: readonly CityInstallation[],
  told: readonly ToldIndex[],
): KnownRegister {
  const readings: KnownReading[] = [];
  const doubtful: number[] = [];
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let before = 0;
  for (const { devEui, from, to, factor, startIndex, endIndex } of installations) {
    const [fromMs, toMs] = [from?.getTime() ?? Number.NEGATIVE_INFINITY, to?.getTime() ?? Infinity];
    const offset = before - (startIndex === null ? 0 : worth(startIndex, factor));
    const isWithin = (ms: number) => ms >= fromMs && ms < toMs;
    if (startIndex !== null) readings.push({ timeMs: fromMs, counted: before, flowed: null });
    for (const one of told) {
      if (one.devEui !== devEui || !isWithin(one.timeMs)) continue;
      first = Math.min(first, one.timeMs);
      last = Math.max(last, one.timeMs);
      if (!isWithin(one.momentMs)) doubtful.push(one.timeMs);
      else {
        const { timeMs, flowed } = one;
        readings.push({ timeMs, counted: offset + worth(one.shown, factor), flowed });
      }
    }
    if (endIndex === null) continue;
    before = offset + worth(endIndex, factor);
    readings.push({ timeMs: toMs, counted: before, flowed: null });
  }
  readings.sort((a, b) => a.timeMs - b.timeMs || a.counted - b.counted);
  return {
    readings: rising(readings, doubtful),
    doubtful: doubtful.sort((a, b) => a - b),
    told: first > last ? null : { firstMs: first, lastMs: last },
  };
}

/** Of two that contradict each other nobody here says which one is right. */
function rising(readings: readonly KnownReading[], doubtful: number[]): readonly KnownReading[] {
  let left = readings;
  for (;;) {
    const falls = new Set<KnownReading>();
    for (let i = 1; i < left.length; i++) {
      const [a, b] = [left[i - 1] as KnownReading, left[i] as KnownReading];
      if (a.counted > b.counted) falls.add(a).add(b);
    }
    if (falls.size === 0) return left;
    for (const { timeMs } of falls) doubtful.push(timeMs);
    left = left.filter((one) => !falls.has(one));
  }
}

/** What an index is worth in the point's unit, rounded half up to a millionth. */
function worth(shown: number, { numerator, denominator }: CityInstallation['factor']): number {
  if (numerator === denominator) return shown;
  const doubled = 2n * BigInt(shown) * BigInt(numerator) + BigInt(denominator);
  const divisor = 2n * BigInt(denominator);
  const rest = ((doubled % divisor) + divisor) % divisor;
  return Number((doubled - rest) / divisor);
}

/** What is known of a register at the edge of a bucket. */
export interface KnownEdge {
  /** A reading stands for it. */
  readonly reading: KnownReading | undefined;
  /** By what the readings around it allow; where one stands for it, both are what that one counted. */
  readonly least: number;
  readonly most: number;
  /** A doubtful reading lies there: what holds is not said here. */
  readonly isDoubtful: boolean;
}

export function edgeOf({ readings, doubtful }: KnownRegister, edgeMs: number, withinMs: number): KnownEdge {
  const next = firstNotBefore(readings.length, (i) => (readings[i] as KnownReading).timeMs, edgeMs);
  const [before, after] = [readings[next - 1], readings[next]];
  const away = (one: KnownReading | undefined) =>
    one === undefined ? Number.POSITIVE_INFINITY : Math.abs(one.timeMs - edgeMs);
  // Of two that are as near the earlier one.
  const nearest = away(before) <= away(after) ? before : after;
  const reading = away(nearest) <= withinMs ? nearest : undefined;
  const at = firstNotBefore(doubtful.length, (i) => doubtful[i] as number, edgeMs - withinMs);
  return {
    reading,
    least: reading?.counted ?? before?.counted ?? Number.NEGATIVE_INFINITY,
    most: reading?.counted ?? after?.counted ?? Number.POSITIVE_INFINITY,
    isDoubtful: (doubtful[at] ?? Number.POSITIVE_INFINITY) <= edgeMs + withinMs,
  };
}

function firstNotBefore(length: number, at: (i: number) => number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
