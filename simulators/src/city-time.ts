import { CityClock } from './city/clock.ts';

export { DAY_MS, HOUR_MS, utcDay } from './city/clock.ts';

/** The simulated quarter lies in Mulhouse. */
export const CITY = { latitude: 47.75, longitude: 7.34, timeZone: 'Europe/Paris' } as const;

const clock = new CityClock(CITY.timeZone);

/** What the city's clocks are ahead of UTC. */
export const offsetMs = (timeMs: number): number => clock.offsetMs(timeMs);

/** Whole days from 1970-01-01 to the local date. */
export const localDay = (timeMs: number): number => clock.localDay(timeMs);

/** 0 to 23, as the city's clocks show it. */
export const localHour = (timeMs: number): number => clock.localHour(timeMs);

/** When the clocks show a time of a local date: see `CityClock`. */
export const instantOfLocal = (day: number, minuteOfDay: number): number =>
  clock.instantOfLocal(day, minuteOfDay);
