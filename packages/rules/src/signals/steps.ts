import type { Tape } from '../tape.ts';

const HOUR_MS = 3_600_000;

/** How much an index grew from a moment to another; null across a gap, or where it fell. */
export function increase(tape: Tape, from: number, to: number, holdMs: number): number | null {
  const first = readingAt(tape, from, holdMs);
  const last = readingAt(tape, to, holdMs);
  if (first === null || last === null || last < first) return null;
  return last - first;
}

/** What an index showed: on a straight line between readings not too far apart. */
function readingAt(tape: Tape, time: number, holdMs: number): number | null {
  const at = tape.atOrBefore(time);
  if (at < 0) return null;
  const [before, value] = [tape.timeAt(at), tape.valueAt(at)];
  if (before === time) return value;
  if (at + 1 >= tape.length) return null;
  const [after, next] = [tape.timeAt(at + 1), tape.valueAt(at + 1)];
  if (after - before > holdMs) return null;
  return value + ((next - value) * (time - before)) / (after - before);
}

/**
 * Stretches of this length tell whether a meter stood still for an hour: an hourly report may come a little
 * early. Between readings that lie closer together an index of whole litres often stands still by rounding.
 */
const STILL_MS = 55 * 60_000;

/**
 * The least rate, per hour, of the stretches of an hour from a moment to another. Null where readings are
 * missing: further apart than `holdMs` they do not tell whether it ever stood still; or where the index fell.
 */
export function leastRate(tape: Tape, from: number, to: number, holdMs: number): number | null {
  const first = tape.atOrBefore(from);
  const last = tape.atOrBefore(to);
  if (first < 0 || to - tape.timeAt(last) > holdMs) return null;
  let least: number | null = null;
  let start = first - 1;
  for (let at = first + 1; at <= last; at += 1) {
    const end = tape.timeAt(at);
    if (end - tape.timeAt(at - 1) > holdMs || tape.valueAt(at) < tape.valueAt(at - 1)) return null;
    while (end - tape.timeAt(start + 1) >= STILL_MS) start += 1;
    if (start < first) continue;
    const rate = ((tape.valueAt(at) - tape.valueAt(start)) * HOUR_MS) / (end - tape.timeAt(start));
    least = least === null ? rate : Math.min(least, rate);
  }
  return least;
}
