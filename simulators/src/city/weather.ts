import { type Key, smooth } from '../seeded.ts';
import { DAY_S } from './clock.ts';

/** A stretch of days that is colder (negative) or warmer than the seed has it: the scenario "winter". */
export interface Spell {
  /** Days since 1970-01-01, UTC; `untilDay` is no longer in it. */
  readonly fromDay: number;
  readonly untilDay: number;
  readonly shift_K: number;
}

const COLDEST_AT_S = 4 * 3600;
/** 18 January 1970: the middle of the cold season, in days since 1970-01-01. */
const COLDEST_DAY = 17;
const YEAR_DAYS = 365.2425;

/** One outdoor temperature for the whole city: seasons, spells of some days, and the day's own swing. */
export class Weather {
  readonly #key: Key;
  readonly #spells: readonly Spell[];

  constructor(key: Key, spells: readonly Spell[]) {
    this.#key = key;
    this.#spells = spells;
  }

  /** Without the swing of the day: what a house with thick walls feels. */
  mean_Cel(time_s: number): number {
    const day = Math.floor(time_s / DAY_S);
    let temperature_Cel = meanOfDay_Cel(this.#key, time_s / DAY_S - 0.5);
    for (const { fromDay, untilDay, shift_K } of this.#spells) {
      if (day >= fromDay && day < untilDay) temperature_Cel += shift_K;
    }
    return temperature_Cel;
  }

  at_Cel(time_s: number): number {
    return this.mean_Cel(time_s) - 4 * Math.cos((2 * Math.PI * (time_s - COLDEST_AT_S)) / DAY_S);
  }

  /** Degree days of a UTC day, base 18 by the meteorologists' rule: max(0, 18 - (Tn + Tx) / 2). */
  degreeDays_K(day: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let hour = 0; hour < 24; hour++) {
      const temperature_Cel = this.at_Cel(day * DAY_S + hour * 3600);
      lowest = Math.min(lowest, temperature_Cel);
      highest = Math.max(highest, temperature_Cel);
    }
    return Math.max(0, 18 - (lowest + highest) / 2);
  }
}

/**
 * 11 Cel over the year, 9.5 less in January and more in July, and spells of some three days that differ more
 * in winter (6 K) than in summer (3 K).
 */
function meanOfDay_Cel(weather: Key, day: number): number {
  const winterness = Math.cos((2 * Math.PI * (day - COLDEST_DAY)) / YEAR_DAYS);
  const spell = 2 * smooth(weather, day / 3) - 1;
  return 11 - 9.5 * winterness + spell * (4.5 + 1.5 * winterness);
}
