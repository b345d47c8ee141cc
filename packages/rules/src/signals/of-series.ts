import type { History } from '../history.ts';
import type { RuleOf } from '../language/rule.ts';
import type { Tape } from '../tape.ts';
import type { Signal } from './signal.ts';
import { increase, leastRate } from './steps.ts';

/** The reading itself. */
export function valueSignal({ quantity, channel }: RuleOf<'value'>): Signal {
  return {
    horizonMs: 0,
    triggers: (history) => [history.tape(quantity, channel)],
    at(history, time) {
      const tape = history.tape(quantity, channel);
      const at = tape.atOrBefore(time);
      return at >= 0 && tape.timeAt(at) === time ? tape.valueAt(at) : null;
    },
  };
}

/** Change since the reading before, for one `per`. */
export function rateSignal({ quantity, channel, per, hold }: RuleOf<'rate'>): Signal {
  return {
    horizonMs: hold ?? 86_400_000,
    triggers: (history) => [history.tape(quantity, channel)],
    at(history, time) {
      const tape = history.tape(quantity, channel);
      const at = tape.atOrBefore(time);
      if (at < 1 || tape.timeAt(at) !== time) return null;
      const elapsed = time - tape.timeAt(at - 1);
      if (elapsed > (hold ?? history.hold(time))) return null;
      return ((tape.valueAt(at) - tape.valueAt(at - 1)) * per) / elapsed;
    },
  };
}

/** An aggregate of the readings of a window that ends at the moment. */
export function windowSignal(rule: RuleOf<'window'>): Signal {
  const { quantity, channel, over, minSamples, hold } = rule;
  return {
    horizonMs: over + (hold ?? 86_400_000),
    triggers: (history) => [history.tape(quantity, channel)],
    at(history, time) {
      const tape = history.tape(quantity, channel);
      const last = tape.atOrBefore(time);
      const first = tape.atOrBefore(time - over) + 1;
      if (last - first + 1 < minSamples) return null;
      if (rule.function === 'increase') {
        return increase(tape, time - over, time, hold ?? history.hold(time));
      }
      return aggregate(rule, tape, first, last);
    },
  };
}

function aggregate(rule: RuleOf<'window'>, tape: Tape, first: number, last: number): number | null {
  const values = tape.values.slice(first, last + 1);
  const sum = values.reduce((total, value) => total + value, 0);
  switch (rule.function) {
    case 'mean':
      return sum / values.length;
    case 'sum':
      return sum;
    case 'count':
      return values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    case 'spread': {
      const sorted = values.toSorted((a, b) => a - b);
      return (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
    }
    case 'quantile': {
      // Between two samples on a straight line, as PostgreSQL's percentile_cont does.
      const sorted = values.toSorted((a, b) => a - b);
      const place = rule.quantile * (sorted.length - 1);
      const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
      return low + (high - low) * (place - Math.floor(place));
    }
    case 'increase':
      return null;
  }
}

/** The least hourly rate of the window: above zero, the meter never stood still. */
export function continuousFlowSignal({ quantity, channel, over, hold }: RuleOf<'continuous_flow'>): Signal {
  return {
    horizonMs: over + (hold ?? 86_400_000),
    triggers: (history) => [history.tape(quantity, channel)],
    at(history, time) {
      return leastRate(history.tape(quantity, channel), time - over, time, hold ?? history.hold(time));
    },
  };
}

/** How many events of a kind lie in the window. It is looked at when the device is heard, too. */
export function eventsSignal({ event, over }: RuleOf<'events'>): Signal {
  return {
    horizonMs: over,
    triggers: (history: History) => [history.events(event), history.heard],
    at(history, time) {
      const tape = history.events(event);
      return tape.atOrBefore(time) - tape.atOrBefore(time - over);
    },
  };
}
