import { hash, type Key, unit, weightedIndex } from '../seeded.ts';
import type { LocalDate } from './city-day.ts';

/** How many of a hundred homes have 1 to 5 people: the order of size of French households. */
const HOUSEHOLD_SIZES = [37, 33, 14, 11, 5] as const;

/** How a household spends its weekdays. */
type Rhythm = 'at_work' | 'at_home' | 'family';

/** Who lives behind the meters of one home; all its meters share it. */
export interface Household {
  readonly key: Key;
  readonly persons: number;
  readonly rhythm: Rhythm;
  /** Local hours on a workday. */
  readonly leavesAt: number;
  readonly comesBackAt: number;
}

/** What is used with nobody at home, against what is used with everybody in. */
const EMPTY = 0.04;

/** The number-th of a city's households; `households` names the city's. */
export function householdOf(households: Key, number: number): Household {
  const key = hash(households, number);
  const persons = 1 + weightedIndex(unit(key, 1), HOUSEHOLD_SIZES);
  const draw = unit(key, 2);
  const rhythm: Rhythm =
    persons >= 3 ? (draw < 0.85 ? 'family' : 'at_home') : draw < 0.5 ? 'at_work' : 'at_home';
  return {
    key,
    persons,
    rhythm,
    leavesAt: rhythm === 'family' ? 8 : 7 + Math.floor(3 * unit(key, 3)),
    comesBackAt: rhythm === 'family' ? 16 + Math.floor(3 * unit(key, 4)) : 17 + Math.floor(3 * unit(key, 4)),
  };
}

/** Nobody sleeps there: two weeks of most summers, and a week of some families' winter holidays. */
export function isTravelling({ key, rhythm }: Household, date: LocalDate): boolean {
  const draw = hash(key, 1000 + date.year);
  if (draw % 100 < 65) {
    const from = 181 + (hash(draw, 1) % 50);
    if (date.dayOfYear >= from && date.dayOfYear < from + 7 + (hash(draw, 2) % 14)) return true;
  }
  return (
    rhythm === 'family' &&
    date.isSchoolHoliday &&
    date.dayOfYear > 30 &&
    date.dayOfYear < 75 &&
    hash(draw, 3 + Math.floor((date.day + 5) / 7)) % 100 < 20
  );
}

/** The part of the household's people that are in, 0 to 1. */
export function presence(household: Household, date: LocalDate, localHour: number): number {
  if (isTravelling(household, date)) return 0;
  const isOutDay =
    household.rhythm !== 'at_home' &&
    date.isWorkday &&
    !(household.rhythm === 'family' && date.isSchoolHoliday);
  if (!isOutDay) return localHour >= 9 && localHour < 19 ? 0.8 : 1;
  const isOut = localHour >= household.leavesAt && localHour < household.comesBackAt;
  if (!isOut) return 1;
  // French schools close on Wednesday afternoon.
  return household.rhythm === 'family' && date.weekday === 2 && localHour >= 12 ? 0.7 : EMPTY;
}

const SAMPLE = 300;

/**
 * The mean presence by local hour over a plain week of many households. Hourly shares that were measured
 * are divided by it, so that the city as a whole keeps them while each home has its own.
 */
export function meanPresence(households: Key): Float64Array {
  const means = new Float64Array(24);
  for (let number = 0; number < SAMPLE; number++) {
    const household = householdOf(households, number);
    for (let weekday = 0; weekday < 7; weekday++) {
      const date: LocalDate = {
        day: weekday,
        year: 1970,
        dayOfYear: 120,
        weekday,
        isPublicHoliday: false,
        isSchoolHoliday: false,
        isWorkday: weekday < 5,
      };
      for (let hour = 0; hour < 24; hour++) {
        means[hour] = (means[hour] ?? 0) + (presence(household, date, hour) * household.persons) / 7;
      }
    }
  }
  let persons = 0;
  for (let number = 0; number < SAMPLE; number++) persons += householdOf(households, number).persons;
  return means.map((sum) => sum / persons);
}

/** A factor around 1 that most days keep near to it: the sum of three draws, a fifth wide. */
export function dayFactor(key: Key, day: number): number {
  const sum = unit(key, 3 * day) + unit(key, 3 * day + 1) + unit(key, 3 * day + 2);
  return Math.max(0.2, 1 + (sum - 1.5) * 0.4);
}
