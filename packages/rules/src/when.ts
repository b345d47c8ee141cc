import { localDay, localTime, startOfDay } from '@veilleur/metering';
import { getPosition } from 'suncalc';
import { WEEKDAYS, type When } from './language/rule.ts';
import type { Place } from './signals/signal.ts';
import { minutesOf } from './time-of-day.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Day 0, 1970-01-01, was a Thursday. */
const EPOCH_WEEKDAY = 3;

/** Whether a local day (counted from 1970-01-01) is a public holiday. */
export type IsHoliday = (localDay: number) => boolean;

/** Whether a moment counts for a rule. Without a position nothing can be said of the sun: it does not count. */
export function countsAt(when: When | undefined, time: number, place: Place, isHoliday: IsHoliday): boolean {
  if (when === undefined) return true;
  const local = localTime(place.zone);
  const day = localDay(local, time);
  if (!isDayOf(when, day, isHoliday)) return false;
  if (when.between !== undefined) {
    const minute = Math.floor((time + local.offsetAt(time) - day * DAY_MS) / MINUTE_MS);
    const [from, to] = [minutesOf(when.between[0]), minutesOf(when.between[1])];
    if (from <= to ? minute < from || minute >= to : minute < from && minute >= to) return false;
  }
  if (when.sunAbove === undefined && when.sunBelow === undefined) return true;
  const elevation = sunElevation(time, place);
  if (elevation === null) return false;
  if (when.sunAbove !== undefined && !(elevation > when.sunAbove)) return false;
  return when.sunBelow === undefined || elevation < when.sunBelow;
}

function isDayOf({ days, months, holidays }: When, day: number, isHoliday: IsHoliday): boolean {
  if (days !== undefined) {
    const weekday = WEEKDAYS[(((day + EPOCH_WEEKDAY) % 7) + 7) % 7];
    if (weekday === undefined || !days.includes(weekday)) return false;
  }
  if (months !== undefined && !months.includes(new Date(day * DAY_MS).getUTCMonth() + 1)) return false;
  return holidays === undefined || isHoliday(day) === (holidays === 'only');
}

/** Days that do not count are passed over whole, so a year ahead costs hundreds of looks, not thousands. */
const AHEAD_MS = 366 * DAY_MS;
/** The sun is slow, and costs more to ask. */
const SUN_STEP_MS = 15 * MINUTE_MS;

/**
 * The first moment from `time` on that counts, to the minute, or to a quarter of an hour where the sun has a say.
 * Infinite: none within a year.
 */
export function firstCounting(when: When, time: number, place: Place, isHoliday: IsHoliday): number {
  const hasSun = when.sunAbove !== undefined || when.sunBelow !== undefined;
  const isNever = when.between !== undefined && when.between[0] === when.between[1];
  if (isNever || (hasSun && place.position === null)) return Number.POSITIVE_INFINITY;
  const stepMs = hasSun ? SUN_STEP_MS : MINUTE_MS;
  const local = localTime(place.zone);
  for (let at = time; at <= time + AHEAD_MS; ) {
    const day = localDay(local, at);
    if (countsAt(when, at, place, isHoliday)) return at;
    at = isDayOf(when, day, isHoliday) ? (Math.floor(at / stepMs) + 1) * stepMs : startOfDay(local, day + 1);
  }
  return Number.POSITIVE_INFINITY;
}

/** Degrees over the horizon. */
function sunElevation(time: number, { position }: Place): number | null {
  if (position === null) return null;
  return getPosition(new Date(time), position.latitude, position.longitude).altitude;
}
