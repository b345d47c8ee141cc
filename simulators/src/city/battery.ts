import type { Fault } from '../faults/plan.ts';
import { between, type Key } from '../seeded.ts';

const YEAR_S = 365.2425 * 86_400;
/** Meters raise their flag below this. */
const LOW_PERCENT = 10;

/** How full the battery of a device is that was new at the city's installation. */
export class Batteries {
  readonly #key: Key;
  readonly #installed_s: number;

  constructor(key: Key, installed_s: number) {
    this.#key = key;
    this.#installed_s = installed_s;
  }

  /** 0 to 100. */
  percent(number: number, time_s: number, decay: readonly Fault[]): number {
    const life_a = between(this.#key, number, 10, 16);
    let used = (100 * Math.max(0, time_s - this.#installed_s)) / YEAR_S / life_a;
    for (const { from_s, until_s, size } of decay) {
      used += (size * Math.max(0, Math.min(time_s, until_s) - from_s)) / YEAR_S;
    }
    return Math.max(0, 100 - used);
  }

  isLow(number: number, time_s: number, decay: readonly Fault[]): boolean {
    return this.percent(number, time_s, decay) < LOW_PERCENT;
  }

  /** When nothing is left, to the hour. */
  emptyAt_s(number: number, decay: readonly Fault[]): number {
    let low = this.#installed_s;
    let high = low + Math.ceil(16 * YEAR_S) + 1;
    while (high - low > 3600) {
      const middle = Math.floor((low + high) / 2);
      if (this.percent(number, middle, decay) > 0) low = middle;
      else high = middle;
    }
    return high;
  }
}
