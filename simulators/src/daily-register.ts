import { DAY_MS, HOUR_MS, utcDay } from './city-time.ts';

/** Ten minutes each: fine enough for draw-offs and heating cycles, coarse enough to be cheap. */
export const SLOTS_PER_DAY = 144;
export const SLOTS_PER_HOUR = SLOTS_PER_DAY / 24;
const SLOT_MS = DAY_MS / SLOTS_PER_DAY;

/** What a register takes in. Days are UTC and count from 1970-01-01; both functions must be pure. */
export interface DailyShape {
  /** In the register's unit, zero or more. */
  dayTotal(day: number): number;
  /** How the total spreads: a weight for each slot. Only the proportions count. */
  slotWeights(day: number): Float64Array;
}

/** A frame with hourly history reaches back into yesterday. */
const CACHED_DAYS = 3;

/**
 * A counting register that can be read at any moment, in any order, with the same answer, and never
 * falls. The day's total is known without its slots, so reading a meter that is a year old adds up 365
 * numbers once and computes the slots of one day.
 */
export class DailyRegister {
  readonly #shape: DailyShape;
  readonly #firstDay: number;
  readonly #installedAtMs: number;
  /** Added up to the start of each day since the first. */
  readonly #upToDay: number[] = [0];
  readonly #shares = new Map<number, Float64Array>();
  /** So that the register shows `initial` at the installation, whatever hour that was. */
  readonly #base: number;

  constructor(shape: DailyShape, installedAtMs: number, initial: number) {
    this.#shape = shape;
    this.#firstDay = utcDay(installedAtMs);
    this.#installedAtMs = installedAtMs;
    this.#base = initial - this.#sinceFirstDay(installedAtMs);
  }

  /** Before the installation: what it showed when it was installed. */
  at(timeMs: number): number {
    return this.#base + this.#sinceFirstDay(Math.max(timeMs, this.#installedAtMs));
  }

  /** How fast it turns, in its unit an hour. */
  ratePerHour(timeMs: number): number {
    if (timeMs < this.#installedAtMs) return 0;
    const day = utcDay(timeMs);
    const slot = Math.floor((timeMs - day * DAY_MS) / SLOT_MS);
    const shares = this.#sharesOf(day);
    const inSlot = (shares[slot + 1] ?? 1) - (shares[slot] ?? 0);
    return (this.#shape.dayTotal(day) * inSlot * HOUR_MS) / SLOT_MS;
  }

  #sinceFirstDay(timeMs: number): number {
    const day = utcDay(timeMs);
    return this.#totalUpTo(day) + this.#shape.dayTotal(day) * this.#shareAt(day, timeMs - day * DAY_MS);
  }

  #totalUpTo(day: number): number {
    const sums = this.#upToDay;
    for (let known = sums.length - 1; known < day - this.#firstDay; known++) {
      sums.push((sums[known] ?? 0) + this.#shape.dayTotal(this.#firstDay + known));
    }
    return sums[day - this.#firstDay] ?? 0;
  }

  /**
   * The part of the day's total that has gone through, 0 to 1. A share, never a sum of slots: it is
   * exactly 1 at midnight, so that no rounding makes the register step back from one day to the next.
   */
  #shareAt(day: number, sinceMidnightMs: number): number {
    const shares = this.#sharesOf(day);
    const slot = Math.floor(sinceMidnightMs / SLOT_MS);
    const from = shares[slot] ?? 1;
    const to = shares[slot + 1] ?? 1;
    return Math.min(to, from + (to - from) * (sinceMidnightMs / SLOT_MS - slot));
  }

  #sharesOf(day: number): Float64Array {
    const cached = this.#shares.get(day);
    if (cached !== undefined) return cached;
    const shares = cumulativeShares(this.#shape.slotWeights(day));
    if (this.#shares.size >= CACHED_DAYS) this.#shares.delete(Math.min(...this.#shares.keys()));
    this.#shares.set(day, shares);
    return shares;
  }
}

function cumulativeShares(weights: Float64Array): Float64Array {
  const shares = new Float64Array(SLOTS_PER_DAY + 1);
  let sum = 0;
  for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
    sum += weights[slot] ?? 0;
    shares[slot + 1] = sum;
  }
  // A day without any weight is spread evenly.
  for (let slot = 1; slot <= SLOTS_PER_DAY; slot++) {
    shares[slot] = sum > 0 ? (shares[slot] ?? 0) / sum : slot / SLOTS_PER_DAY;
  }
  return shares;
}
