import { VeilleurError } from '@veilleur/domain';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/**
 * An IANA zone as arithmetic: its offsets are looked up once, then local time is an addition. Local
 * times are milliseconds as if the wall clock were UTC; day numbers count from 1970-01-01.
 */
export interface LocalTime {
  readonly zone: string;
  /** Local time minus UTC at an instant, ms. */
  offsetAt(instant: number): number;
  /**
   * The instant at which a wall clock shows this. Of an hour that comes twice the first; of an hour that
   * is left out, the moment as many minutes after the change.
   */
  instantOf(local: number): number;
}

const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(2100, 0, 1);
const known = new Map<string, LocalTime>();

/** @throws VeilleurError `zone_unknown` for a name that the tz database does not have. */
export function localTime(zone: string): LocalTime {
  const existing = known.get(zone);
  if (existing !== undefined) return existing;
  const made = make(zone);
  known.set(zone, made);
  return made;
}

/** The number of the local day of an instant, for days that begin `dayStartMs` after midnight. */
export function localDay(time: LocalTime, instant: number, dayStartMs = 0): number {
  return Math.floor((instant + time.offsetAt(instant) - dayStartMs) / DAY_MS);
}

/** When a local day begins. */
export function startOfDay(time: LocalTime, day: number, dayStartMs = 0): number {
  return time.instantOf(day * DAY_MS + dayStartMs);
}

/** The number of the day that an ISO date names, such as `2021-03-28`. */
export function dayOfDate(date: string): number {
  const day = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  if (!Number.isInteger(day)) {
    throw new VeilleurError('date_invalid', `"${date}" is not a date`, {
      remedy: 'Write it as 2021-03-28.',
    });
  }
  return day;
}

/** 0 is Sunday. */
export const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;

function make(zone: string): LocalTime {
  const starts: number[] = [Number.NEGATIVE_INFINITY];
  const offsets: number[] = [];
  let at = zoned(zone, FIRST);
  offsets.push(at.offsetNanoseconds / 1e6);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds >= LAST) break;
    starts.push(next.epochMilliseconds);
    offsets.push(next.offsetNanoseconds / 1e6);
    at = next;
  }
  let last = 0;
  const offsetAt = (instant: number) => {
    if (!(instant >= (starts[last] ?? 0) && instant < (starts[last + 1] ?? Number.POSITIVE_INFINITY))) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= instant) low = middle;
        else high = middle - 1;
      }
      last = low;
    }
    return offsets[last] ?? 0;
  };
  const instantOf = (local: number) => {
    // A day to either side lies at most one change of the clocks.
    const before = offsetAt(local - DAY_MS);
    const after = offsetAt(local + DAY_MS);
    const first = local - before;
    if (before === after || offsetAt(first) === before) return first;
    const second = local - after;
    return offsetAt(second) === after ? second : first;
  };
  return { zone, offsetAt, instantOf };
}

function zoned(zone: string, instant: number): Temporal.ZonedDateTime {
  try {
    return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  } catch (cause) {
    throw new VeilleurError('zone_unknown', `"${zone}" is not a time zone`, {
      remedy: 'Use a name of the tz database, such as Europe/Paris.',
      cause,
    });
  }
}
