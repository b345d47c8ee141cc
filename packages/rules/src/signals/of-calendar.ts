import { localDay, localTime, startOfDay } from '@veilleur/metering';
import type { History } from '../history.ts';
import type { RuleOf } from '../language/rule.ts';
import { minutesOf } from '../time-of-day.ts';
import type { Place, Signal } from './signal.ts';
import { increase, leastRate } from './steps.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The least rate of so many last nights that are over, each: the lowest of them. */
export function nightMinimumSignal(rule: RuleOf<'night_minimum'>): Signal {
  const { quantity, channel, nights, hold } = rule;
  const [startMinutes, endMinutes] = [minutesOf(rule.between[0]), minutesOf(rule.between[1])];
  return {
    horizonMs: (nights + 2) * DAY_MS,
    triggers: (history) => [history.tape(quantity, channel)],
    at(history, time, { zone }) {
      const local = localTime(zone);
      let day = localDay(local, time);
      if (startOfDay(local, day, endMinutes * MINUTE_MS) > time) day -= 1;
      const tape = history.tape(quantity, channel);
      let least = Number.POSITIVE_INFINITY;
      for (let night = 0; night < nights; night += 1, day -= 1) {
        const to = startOfDay(local, day, endMinutes * MINUTE_MS);
        const startDay = startMinutes < endMinutes ? day : day - 1;
        const from = startOfDay(local, startDay, startMinutes * MINUTE_MS);
        const rate = leastRate(tape, from, to, hold ?? history.hold(time));
        if (rate === null) return null;
        least = Math.min(least, rate);
      }
      return least;
    },
  };
}

/** Fewer periods of the past are no measure. */
const LEAST_PERIODS = 2;

/** A period against the same of days, weeks or years before, at the same local time. */
export function pastSignal(rule: RuleOf<'past'>): Signal {
  const { over, against, as, atLeast } = rule;
  const days = { day: 1, week: 7, year: 364 }[against.every];
  return {
    horizonMs: over + (against.back * days + 2) * DAY_MS,
    triggers: (history) => [history.tape(rule.quantity, rule.channel)],
    at(history, time, place) {
      const now = periodOf(rule, history, time);
      if (now === null) return null;
      const before: number[] = [];
      for (let back = 1; back <= against.back; back += 1) {
        const value = periodOf(rule, history, daysBefore(time, back * days, place));
        if (value !== null) before.push(value);
      }
      if (before.length < Math.min(LEAST_PERIODS, against.back)) return null;
      const mean = before.reduce((sum, value) => sum + value, 0) / before.length;
      const difference = now - mean;
      const counts = Math.abs(difference) >= atLeast;
      switch (as) {
        case 'difference':
          return counts ? difference : 0;
        case 'ratio':
          if (!counts) return 1;
          return ratioOf(now, mean, atLeast);
        case 'sigma': {
          if (!counts) return 0;
          const squares = before.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          const deviation = Math.sqrt(squares / Math.max(1, before.length - 1));
          return deviation > 0 ? difference / deviation : null;
        }
      }
    },
  };
}

/**
 * Against nothing at all whatever counts is infinitely much; where no least amount is set, a drop would be, so
 * nothing is said of it.
 */
function ratioOf(now: number, mean: number, atLeast: number): number | null {
  if (mean > 0) return now / mean;
  if (mean < 0) return null;
  if (now === 0) return 1;
  return atLeast > 0 && now > 0 ? Number.POSITIVE_INFINITY : null;
}

function periodOf(rule: RuleOf<'past'>, history: History, to: number): number | null {
  const tape = history.tape(rule.quantity, rule.channel);
  const holdMs = rule.hold ?? history.hold(to);
  if (rule.function === 'increase') return increase(tape, to - rule.over, to, holdMs);
  const last = tape.atOrBefore(to);
  const first = tape.atOrBefore(to - rule.over) + 1;
  if (last < first || to - tape.timeAt(last) > holdMs) return null;
  let sum = 0;
  for (let at = first; at <= last; at += 1) sum += tape.valueAt(at);
  return sum / (last - first + 1);
}

function daysBefore(time: number, days: number, { zone }: Place): number {
  const local = localTime(zone);
  return local.instantOf(time + local.offsetAt(time) - days * DAY_MS);
}
