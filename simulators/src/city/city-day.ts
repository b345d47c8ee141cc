import { type CityClock, DAY_MS, DAY_S, HOUR_MS } from './clock.ts';
import { isSchoolHoliday, publicHolidays } from './holidays.ts';
import type { Weather } from './weather.ts';

/** What everybody in the city shares of one local date. */
export interface LocalDate {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly year: number;
  /** From 0. */
  readonly dayOfYear: number;
  /** 0 is Monday. */
  readonly weekday: number;
  readonly isPublicHoliday: boolean;
  readonly isSchoolHoliday: boolean;
  /** Neither a weekend nor a public holiday. */
  readonly isWorkday: boolean;
}

/** A UTC day, in which all flows are counted, hour by hour as the clocks on the wall and the sky have it. */
export interface CityDay {
  readonly day: number;
  /** The local hour that each UTC hour falls in. */
  readonly localHour: Uint8Array;
  readonly date: readonly LocalDate[];
  readonly temperature_Cel: Float64Array;
  /** Smoothed over the day. */
  readonly meanTemperature_Cel: Float64Array;
}

const KEPT_DAYS = 64;

/** Makes each day once, while it is in use. */
export class CityDays {
  readonly #clock: CityClock;
  readonly #weather: Weather;
  readonly #hasLocalLaw: boolean;
  readonly #days = new Map<number, CityDay>();

  constructor(clock: CityClock, weather: Weather, hasLocalLaw: boolean) {
    this.#clock = clock;
    this.#weather = weather;
    this.#hasLocalLaw = hasLocalLaw;
  }

  at(day: number): CityDay {
    let found = this.#days.get(day);
    if (found === undefined) {
      found = this.#make(day);
      if (this.#days.size >= KEPT_DAYS) this.#days.delete(this.#days.keys().next().value ?? day);
      this.#days.set(day, found);
    }
    return found;
  }

  #make(day: number): CityDay {
    const localHour = new Uint8Array(24);
    const date: LocalDate[] = [];
    const temperature_Cel = new Float64Array(24);
    const meanTemperature_Cel = new Float64Array(24);
    for (let hour = 0; hour < 24; hour++) {
      const timeMs = day * DAY_MS + hour * HOUR_MS;
      localHour[hour] = this.#clock.localHour(timeMs);
      const localDay = this.#clock.localDay(timeMs);
      const before = date[hour - 1];
      date.push(before?.day === localDay ? before : localDate(localDay, this.#hasLocalLaw));
      const middle_s = day * DAY_S + hour * 3600 + 1800;
      temperature_Cel[hour] = this.#weather.at_Cel(middle_s);
      meanTemperature_Cel[hour] = this.#weather.mean_Cel(middle_s);
    }
    return { day, localHour, date, temperature_Cel, meanTemperature_Cel };
  }
}

export function localDate(day: number, hasLocalLaw: boolean): LocalDate {
  const year = new Date(day * DAY_MS).getUTCFullYear();
  const weekday = (day + 3) % 7; // 1970-01-01 was a Thursday.
  const isPublicHoliday = publicHolidays(year, hasLocalLaw).has(day);
  return {
    day,
    year,
    dayOfYear: day - Date.UTC(year, 0, 1) / DAY_MS,
    weekday,
    isPublicHoliday,
    isSchoolHoliday: isSchoolHoliday(day),
    isWorkday: weekday < 5 && !isPublicHoliday,
  };
}
