import { localDay, localTime } from '@veilleur/metering';
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
  if (when.days !== undefined) {
    const weekday = WEEKDAYS[(((day + EPOCH_WEEKDAY) % 7) + 7) % 7];
    if (weekday === undefined || !when.days.includes(weekday)) return false;
  }
  if (when.months !== undefined && !when.months.includes(new Date(day * DAY_MS).getUTCMonth() + 1))
    return false;
  if (when.holidays !== undefined && isHoliday(day) !== (when.holidays === 'only')) return false;
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

/** Degrees over the horizon. */
function sunElevation(time: number, { position }: Place): number | null {
  if (position === null) return null;
  return getPosition(new Date(time), position.latitude, position.longitude).altitude;
}
