import { type Key, smooth } from './seeded.ts';

/** 18 January 1970: the middle of the cold season, in days since 1970-01-01. */
const COLDEST_DAY = 17;
const YEAR_DAYS = 365.2425;

/** 1 in the middle of winter, -1 in the middle of summer, without jumps. */
export function winterness(day: number): number {
  return Math.cos((2 * Math.PI * (day - COLDEST_DAY)) / YEAR_DAYS);
}

/**
 * The day's mean outdoor temperature: 11 Cel over the year, 9.5 less in January and more in July, and
 * spells of some three days that differ more in winter (6 K) than in summer (3 K). One weather for the
 * whole city.
 */
export function outdoorTemperature_Cel(weather: Key, day: number): number {
  const spell = 2 * smooth(weather, day / 3) - 1;
  return 11 - 9.5 * winterness(day) + spell * (4.5 + 1.5 * winterness(day));
}
