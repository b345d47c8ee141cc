import { between, derive, hash, type Key } from '../seeded.ts';
import type { CityDays } from './city-day.ts';
import type { Flow } from './flow.ts';
import { type Household, householdOf, isTravelling } from './household.ts';
import type { HouseholdWater } from './water-flow.ts';

/** Above this a house is warm enough from the sun and the people in it. */
const NO_HEATING_ABOVE_CEL = 16;
/** A third of the water is drawn hot; a litre of it takes 52 Wh into the water, 5.3 dm3 through the boiler. */
const HOT_SHARE = 0.33;
const HOT_DM3_PER_L = 5.3;

/** Percent of a day's heating in each local hour: night setback, a boost at six, the evening at home. */
const HEATING_HOURLY_PERCENT = [
  2.4, 2.4, 2.4, 2.4, 2.6, 3.4, 7, 7.4, 6.2, 4.6, 4, 3.8, 3.8, 3.6, 3.6, 3.8, 4.4, 5.4, 5.8, 5.8, 5.4, 4.6, 3,
  2.2,
] as const;

/** Gas that a household burns in each hour of a UTC day, in dm3: heating by the cold, hot water by its taps. */
export class HouseholdGas implements Flow {
  readonly customers: number;
  readonly stepsPerDay = 24;
  readonly registers = 1;
  readonly #households: Key;
  readonly #householdOf: (customer: number) => number;
  readonly #days: CityDays;
  readonly #water: HouseholdWater;

  /** @param householdNumber which household the number-th gas customer is. */
  constructor(
    customers: number,
    households: Key,
    householdNumber: (customer: number) => number,
    days: CityDays,
    water: HouseholdWater,
  ) {
    this.customers = customers;
    this.#households = households;
    this.#householdOf = householdNumber;
    this.#days = days;
    this.#water = water;
  }

  registerOf(): 0 {
    return 0;
  }

  fill(customer: number, day: number, into: Float64Array, at: number): void {
    const household = householdOf(this.#households, this.#householdOf(customer));
    this.#water.fillFor(household, day, into, at);
    const { localHour, date, meanTemperature_Cel } = this.#days.at(day);
    const key = derive(household.key, 'g');
    const heating_dm3_per_K = heatLoss_dm3_per_K(household);
    for (let hour = 0; hour < 24; hour++) {
      const today = date[hour];
      if (today === undefined) continue;
      const cold_K = Math.max(0, NO_HEATING_ABOVE_CEL - (meanTemperature_Cel[hour] ?? 0));
      const hot_dm3 = ((into[at + hour] ?? 0) / 1000) * HOT_SHARE * HOT_DM3_PER_L;
      const setback = cold_K > 0 && isTravelling(household, today) ? 0.5 : 1;
      const share = (HEATING_HOURLY_PERCENT[localHour[hour] ?? 0] ?? 0) / 100;
      const cycles = 0.7 + (0.6 * hash(key, day * 24 + hour)) / 2 ** 32;
      const heating_dm3 = cold_K * heating_dm3_per_K * share * setback * cycles;
      into[at + hour] = Math.round(hot_dm3 + heating_dm3);
    }
  }
}

/** A day's gas for a degree: 0.9 m3 gives the 2,079 m3 a year of a real delivery point. */
function heatLoss_dm3_per_K(household: Household): number {
  return 1000 * between(derive(household.key, 'house'), 0, 0.5, 1.1);
}
