import { localDay, localTime, startOfDay } from '@veilleur/metering';
import { WEEKDAYS } from '../language/rule.ts';
import { minutesOf } from '../time-of-day.ts';
import type { QuietHours } from './settings.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Day 0, 1970-01-01, was a Thursday. */
const EPOCH_WEEKDAY = 3;
const LONGEST_DAYS = 15;

/**
 * When something that is not critical may be told: `now`, or the end of the quiet hours that it lies in, by
 * the local clock, whatever daylight saving does that night. ms since 1970.
 */
export function earliestTelling(quiet: QuietHours | undefined, now: number, timeZone: string): number {
  if (quiet === undefined) return now;
  let at = now;
  // Quiet days may follow quiet nights: each end is looked at again.
  for (let i = 0; i < 2 * LONGEST_DAYS; i += 1) {
    const end = endOf(quiet, at, timeZone);
    if (end === null) return at;
    at = end;
  }
  return at;
}

/** The end of the quiet span around a moment; null: it is not quiet. */
function endOf({ between, days }: QuietHours, at: number, timeZone: string): number | null {
  const local = localTime(timeZone);
  const day = localDay(local, at);
  const weekday = WEEKDAYS[(((day + EPOCH_WEEKDAY) % 7) + 7) % 7];
  if (weekday !== undefined && days?.includes(weekday)) return startOfDay(local, day + 1);
  const sinceMidnight = at + local.offsetAt(at) - day * DAY_MS;
  const minute = Math.floor(sinceMidnight / MINUTE_MS);
  const [from, to] = [minutesOf(between[0]), minutesOf(between[1])];
  const isQuiet = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return null;
  const endsTomorrow = from > to && minute >= from;
  const end = local.instantOf((day + (endsTomorrow ? 1 : 0)) * DAY_MS + to * MINUTE_MS);
  // Of an hour that comes twice this is the second: the end that was found lies in the first.
  return end > at ? end : at + to * MINUTE_MS - sinceMidnight;
}
