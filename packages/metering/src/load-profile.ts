import type { Interval } from './intervals.ts';
import { DAY_MS, HOUR_MS, type LocalTime, localDay, localTime } from './local-time.ts';

export interface LoadProfile {
  /**
   * What never sleeps, millionths of the unit an hour: the median over the days of each day's lowest
   * hour. Null under three whole days.
   */
  readonly baseLoad: number | null;
  /** The part of the day's use that falls into the night, 0 to 1; null without use or without whole days. */
  readonly nightShare: number | null;
  /** The lowest single hour of any night, the second rule for leaks. */
  readonly nightMinimum: number | null;
  /** Days of which every hour is known. */
  readonly wholeDays: number;
}

export interface Night {
  readonly fromHour: number;
  readonly toHour: number;
}

/** When a leak shows: nobody draws water. */
export const QUIET_NIGHT: Night = { fromHour: 2, toHour: 5 };

/** What a year of hours says of a building. Only days count of which every hour is known. */
export function loadProfile(
  hours: readonly Interval[],
  zone: string,
  night: Night = QUIET_NIGHT,
): LoadProfile {
  const time = localTime(zone);
  const days = Map.groupBy(hours, (hour) => localDay(time, hour.from));
  const lowest: number[] = [];
  let [nightUse, use] = [0, 0];
  let nightMinimum: number | null = null;
  for (const [day, own] of days) {
    if (!whole(own, day, time)) continue;
    lowest.push(Math.min(...own.map((one) => ((one.value ?? 0) * HOUR_MS) / (one.to - one.from))));
    for (const one of own) {
      const value = one.value ?? 0;
      use += value;
      if (!isNight(one.from, time, night)) continue;
      nightUse += value;
      nightMinimum = nightMinimum === null ? value : Math.min(nightMinimum, value);
    }
  }
  lowest.sort((a, b) => a - b);
  return {
    baseLoad: lowest.length < 3 ? null : (lowest[lowest.length >> 1] ?? null),
    nightShare: use > 0 ? nightUse / use : null,
    nightMinimum,
    wholeDays: lowest.length,
  };
}

function whole(own: readonly Interval[], day: number, time: LocalTime): boolean {
  const length = time.instantOf((day + 1) * DAY_MS) - time.instantOf(day * DAY_MS);
  const told = own.reduce((sum, one) => sum + (one.value === null ? 0 : one.to - one.from), 0);
  return told === length;
}

function isNight(instant: number, time: LocalTime, { fromHour, toHour }: Night): boolean {
  const local = instant + time.offsetAt(instant);
  const hour = (((local % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
  return fromHour <= toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
}
