import { between, derive, hash, type Key, unit } from '../seeded.ts';
import type { CityDays, LocalDate } from './city-day.ts';
import type { Flow } from './flow.ts';
import { dayFactor, householdOf, isTravelling, presence } from './household.ts';

/**
 * Percent of what people use (not what runs by itself) in each local hour: breakfast to noon, and an
 * evening that ends late, as in the load curve of a real home (Enedis, see shapes/real).
 */
const LIVING_HOURLY_PERCENT = [
  1.3, 0.6, 0.5, 0.4, 0.4, 0.5, 1.6, 4, 6.3, 6.7, 5.8, 5.4, 6.1, 5.4, 4.2, 3.8, 3.6, 3.8, 4.6, 6.4, 7.8, 9.6,
  7.9, 3.3,
] as const;

/** A tank that heats on the off-peak signal is hot after three hours or so: 22:00 to 01:00. */
const TANK_HOURS: ReadonlySet<number> = new Set([22, 23, 0]);
const NO_HEATING_ABOVE_CEL = 15;

/** The off-peak hours of this city's contracts; in France they differ from one delivery point to the next. */
export function isOffPeak(localHour: number): boolean {
  return localHour >= 22 || localHour < 6;
}

/** What stands in a home. */
export interface Appliances {
  readonly standby_W: number;
  readonly living_Wh_per_day: number;
  readonly tank_Wh_per_day: number;
  readonly heating_Wh_per_K: number;
}

export function appliancesOf(key: Key, persons: number, electricHeatingShare: number): Appliances {
  const hasHeating = unit(key, 11) < electricHeatingShare;
  return {
    standby_W: between(key, 12, 60, 140),
    living_Wh_per_day: between(key, 13, 2400, 3600) + persons * between(key, 14, 1500, 2500),
    tank_Wh_per_day: unit(key, 15) < 0.45 ? 900 + persons * 1500 : 0,
    heating_Wh_per_K: hasHeating ? between(key, 16, 800, 1500) : 0,
  };
}

/** Electricity of a household in each half hour of a UTC day, in mWh; register 1 is peak, 0 off-peak. */
export class HouseholdElectricity implements Flow {
  readonly customers: number;
  readonly stepsPerDay = 48;
  readonly registers = 2;
  readonly #households: Key;
  readonly #householdNumber: (customer: number) => number;
  readonly #days: CityDays;
  readonly #meanPresence: Float64Array;
  readonly #electricHeatingShare: number;

  constructor(
    customers: number,
    households: Key,
    householdNumber: (customer: number) => number,
    days: CityDays,
    meanPresence: Float64Array,
    electricHeatingShare: number,
  ) {
    this.customers = customers;
    this.#households = households;
    this.#householdNumber = householdNumber;
    this.#days = days;
    this.#meanPresence = meanPresence;
    this.#electricHeatingShare = electricHeatingShare;
  }

  registerOf(day: number, step: number): 0 | 1 {
    return isOffPeak(this.#days.at(day).localHour[step >> 1] ?? 0) ? 0 : 1;
  }

  fill(customer: number, day: number, into: Float64Array, at: number): void {
    const household = householdOf(this.#households, this.#householdNumber(customer));
    const key = derive(household.key, 'e');
    const home = appliancesOf(key, household.persons, this.#electricHeatingShare);
    const { localHour, date, meanTemperature_Cel } = this.#days.at(day);
    let lived: LocalDate | undefined;
    let livingToday_Wh = 0;
    let tankToday_Wh = 0;
    let isAway = false;
    for (let hour = 0; hour < 24; hour++) {
      const today = date[hour];
      if (today === undefined) continue;
      if (today !== lived) {
        lived = today;
        isAway = isTravelling(household, today);
        const factor = dayFactor(key, today.day);
        livingToday_Wh = isAway ? 0 : home.living_Wh_per_day * factor * winterLight(today.dayOfYear);
        tankToday_Wh = isAway ? 0 : home.tank_Wh_per_day * factor;
      }
      const local = localHour[hour] ?? 0;
      // Some of the living runs on with nobody in: a freezer that was opened, a machine that was started.
      const present = 0.25 + 0.75 * presence(household, today, local);
      const mean = 0.25 + 0.75 * (this.#meanPresence[local] ?? 1);
      const living_Wh = (livingToday_Wh * (LIVING_HOURLY_PERCENT[local] ?? 0) * present) / mean / 200;
      const tank_Wh = TANK_HOURS.has(local) ? tankToday_Wh / (2 * TANK_HOURS.size) : 0;
      const cold_K = Math.max(0, NO_HEATING_ABOVE_CEL - (meanTemperature_Cel[hour] ?? 0));
      const isComfort = !isAway && local >= 6 && local < 23;
      const heating_Wh = (home.heating_Wh_per_K * cold_K * (isComfort ? 1.16 : 0.6)) / 48;
      for (let half = 0; half < 2; half++) {
        const noise = hash(key, day * 48 + 2 * hour + half);
        into[at + 2 * hour + half] = Math.round(
          1000 *
            (home.standby_W / 2 +
              living_Wh * burst(noise) +
              tank_Wh * (0.9 + 0.2 * ((noise >>> 16) / 2 ** 16)) +
              heating_Wh * (0.8 + 0.4 * ((noise & 0xffff) / 2 ** 16))),
        );
      }
    }
  }
}

/** Half hours of cooking or washing stand out of the others; 1 on average. */
function burst(noise: number): number {
  const draw = (noise >>> 8) / 2 ** 24;
  return draw < 0.82 ? 0.45 + 0.5 * (draw / 0.82) : 1.4 + 2.2 * ((draw - 0.82) / 0.18);
}

/** Lamps and days indoors: a tenth more in January, a tenth less in July. */
function winterLight(dayOfYear: number): number {
  return 1 + 0.1 * Math.cos((2 * Math.PI * (dayOfYear - 17)) / 365);
}
