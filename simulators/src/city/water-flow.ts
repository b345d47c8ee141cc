import { derive, hash, type Key } from '../seeded.ts';
import type { CityDays, LocalDate } from './city-day.ts';
import type { Flow } from './flow.ts';
import { dayFactor, type Household, householdOf, isTravelling, presence } from './household.ts';

/** What one person draws a day at home, the French average. */
const WATER_PER_PERSON_L = 148;

/** Percent of a day's water drawn in each local hour, measured in the AMPds2 house (CC BY 4.0). */
export const WATER_HOURLY_PERCENT = [
  0.7, 0.2, 0.3, 0.1, 0.1, 0.3, 2.7, 2.3, 4.2, 4.6, 4.6, 3.6, 2.9, 2.3, 3.3, 3.6, 5.3, 7.5, 7, 12.6, 14.4,
  9.9, 4.7, 3.1,
] as const;

/** Ways to draw water: how often of a hundred draws, and litres from and to. Their mean is some 11 L. */
const DRAWS: readonly (readonly [share: number, from_L: number, to_L: number])[] = [
  [50, 0.3, 4], // hands, a glass, dishes
  [33, 5, 9], // a flush
  [11, 30, 65], // a shower
  [6, 35, 60], // a machine
];
const MEAN_DRAW_L = DRAWS.reduce((sum, [share, from, to]) => sum + (share / 100) * ((from + to) / 2), 0);
const MOST_DRAWS_AN_HOUR = 40;
/** The way of each of a hundred draws: this is asked for each draw of each household. */
const WAY_OF = Uint8Array.from(DRAWS.flatMap(([share], way) => Array<number>(share).fill(way)));
const FROM_L = Float64Array.from(DRAWS, ([, from_L]) => from_L);
const SPAN_L = Float64Array.from(DRAWS, ([, from_L, to_L]) => to_L - from_L);

/** Water that the number-th household draws in each hour of a UTC day, in mL. */
export class HouseholdWater implements Flow {
  readonly customers: number;
  readonly stepsPerDay = 24;
  readonly registers = 1;
  readonly #households: Key;
  readonly #days: CityDays;
  readonly #expected_L = new Float64Array(24);

  /** @param meanPresence of the city's people by local hour: see `household.ts`. */
  constructor(customers: number, households: Key, days: CityDays, meanPresence: Float64Array) {
    this.customers = customers;
    this.#households = households;
    this.#days = days;
    for (let hour = 0; hour < 24; hour++) {
      const share = (WATER_HOURLY_PERCENT[hour] ?? 0) / 100;
      this.#expected_L[hour] = (share * WATER_PER_PERSON_L) / (meanPresence[hour] ?? 1);
    }
  }

  registerOf(): 0 {
    return 0;
  }

  fill(customer: number, day: number, into: Float64Array, at: number): void {
    this.fillFor(householdOf(this.#households, customer), day, into, at);
  }

  fillFor(household: Household, day: number, into: Float64Array, at: number): void {
    const { localHour, date } = this.#days.at(day);
    const draws = derive(household.key, 'w');
    let lived: LocalDate | undefined;
    let scale = 0;
    for (let hour = 0; hour < 24; hour++) {
      const today = date[hour];
      if (today === undefined) continue;
      if (today !== lived) {
        lived = today;
        const weekend = today.isWorkday ? 0.97 : 1.07;
        scale = isTravelling(household, today)
          ? 0
          : household.persons * weekend * dayFactor(draws, today.day);
      }
      const local = localHour[hour] ?? 0;
      const expected_L = scale * (this.#expected_L[local] ?? 0) * presence(household, today, local);
      into[at + hour] = expected_L === 0 ? 0 : drawn_mL(hash(draws, day * 24 + hour), expected_L);
    }
  }
}

/** Water comes in draws, so that a night hour that expects half a litre is one flush in twenty nights. */
function drawn_mL(hour: Key, expected_L: number): number {
  const mean = expected_L / MEAN_DRAW_L;
  // Knuth's way to a Poisson number: uniform numbers are multiplied until they fall below exp(-mean).
  const least = Math.exp(-mean);
  let product = hash(hour, 0) / 2 ** 32;
  let volume_mL = 0;
  for (let n = 1; product > least && n < MOST_DRAWS_AN_HOUR; n++) {
    const draw = hash(hour, n);
    volume_mL += volumeOf_mL(draw);
    product *= hash(draw, n) / 2 ** 32;
  }
  return volume_mL;
}

function volumeOf_mL(draw: number): number {
  const way = WAY_OF[draw % 100] as number;
  return Math.round(1000 * ((FROM_L[way] as number) + (SPAN_L[way] as number) * ((draw >>> 8) / 2 ** 24)));
}
