import type { Piece } from './known.ts';
import { DAY_MS, HOUR_MS, type LocalTime, localDay, weekdayOf } from './local-time.ts';

const DAYS_TO_LOOK_BACK = 21;

/** What measured days of the weeks before a gap used at the same time of day. */
export interface SimilarDays {
  /**
   * The mean use on the similar days of the three weeks before `gapStart`, for the same local time of day
   * as `[from, to)`; null where none of them was measured finely enough. A straight line between readings
   * of no more than `finestMs` is taken for measured.
   */
  expected(from: number, to: number, gapStart: number, finestMs: number): number | null;
}

/** Working day, Saturday, or Sunday and holiday: what the trade compares with each other. */
export function dayClass(day: number, holidays: ReadonlySet<number>): 'working' | 'saturday' | 'sunday' {
  const weekday = weekdayOf(day);
  if (weekday === 0 || holidays.has(day)) return 'sunday';
  return weekday === 6 ? 'saturday' : 'working';
}

export function similarDays(
  pieces: readonly Piece[],
  time: LocalTime,
  holidays: ReadonlySet<number>,
): SimilarDays {
  const measured = pieces.filter(
    ({ known }) =>
      known.quality === 'measured' && !known.gap && known.value !== null && known.pieces.length === 1,
  );
  const starts = Float64Array.from(measured, (one) => one.from);

  const used = (from: number, to: number, finestMs: number): number | null => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= from) low = middle;
      else high = middle - 1;
    }
    let sum = 0;
    let reached = from;
    for (let i = low; reached < to; i += 1) {
      const one = measured[i];
      if (one === undefined || one.from > reached || one.to <= reached) return null;
      const length = one.to - one.from;
      if (length > finestMs) return null;
      const end = Math.min(to, one.to);
      sum += ((one.known.value ?? 0) * (end - reached)) / length;
      reached = end;
    }
    return Math.max(0, sum);
  };

  return {
    expected(from, to, gapStart, finestMs) {
      const first = measured[0];
      if (first === undefined || first.from >= gapStart) return null;
      const offset = time.offsetAt(from);
      const wanted = dayClass(localDay(time, from), holidays);
      // The nearest day whose hours lie before the gap, and the three weeks that end with it.
      const nearest = Math.max(1, Math.ceil((to - gapStart) / DAY_MS));
      let sum = 0;
      let days = 0;
      for (let back = nearest; back < nearest + DAYS_TO_LOOK_BACK; back += 1) {
        let then = from - back * DAY_MS;
        then += offset - time.offsetAt(then);
        if (then + (to - from) > gapStart || dayClass(localDay(time, then), holidays) !== wanted) continue;
        const use = used(then, then + (to - from), finestMs);
        if (use === null) continue;
        sum += use;
        days += 1;
      }
      return days === 0 ? null : sum / days;
    },
  };
}

/** Readings this near to each other show the shape of an hour; daily ones show that of a week. */
export function finestFor(gapMs: number): number {
  return Math.max(2 * HOUR_MS, Math.min(26 * HOUR_MS, gapMs / 2));
}
