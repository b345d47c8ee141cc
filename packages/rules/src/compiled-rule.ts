import { isWorse, severityOf, verdictOf } from './condition.ts';
import { compileExpression } from './expression.ts';
import type { History } from './history.ts';
import { type DeviceRule, isBounded, type Rule, type RuleOf, type When } from './language/rule.ts';
import type { Evidence, MachineSettings } from './machine.ts';
import { nightMinimumSignal, pastSignal } from './signals/of-calendar.ts';
import {
  continuousFlowSignal,
  eventsSignal,
  rateSignal,
  valueSignal,
  windowSignal,
} from './signals/of-series.ts';
import type { Place, Signal } from './signals/signal.ts';
import type { Tape } from './tape.ts';
import { countsAt, firstCounting, type IsHoliday } from './when.ts';

/** A rule made ready to be evaluated on one device, or site, at a time. */
export interface CompiledRule<Told extends Rule = DeviceRule> {
  readonly rule: Told;
  readonly horizonMs: number;
  readonly settings: MachineSettings;
  triggers(history: History): readonly Tape[];
  /** Null: this moment says nothing. */
  evidenceAt(history: History, time: number, place: Place): Evidence | null;
  /** The next moment after `time` at which silence alone may be evidence; infinite: none. */
  silentAt(history: History, time: number, place: Place): number;
}

export interface CompileOptions {
  readonly isHoliday: IsHoliday;
  /** Told each time that a rule's expression cannot be worked out with what is known at a moment. */
  readonly onExpressionFail?: ((rule: string, error: string) => void) | undefined;
}

/** @throws VeilleurError `expression_invalid` */
export function compileRule(rule: DeviceRule, options: CompileOptions): CompiledRule {
  const { isHoliday } = options;
  const settings: MachineSettings = {
    forMs: rule.for,
    clearForMs: rule.clearFor,
    reopenWithinMs: rule.reopenWithin,
    samples: rule.kind === 'absence' ? 1 : rule.samples,
    isWorse: (value, than) => isBounded(rule) && isWorse(rule, value, than),
  };
  const counts = (time: number, place: Place) => countsAt(rule.when, time, place, isHoliday);
  const holdOf = (history: History, time: number) => rule.hold ?? history.hold(time);
  if (rule.kind === 'absence') return compileAbsence(rule, settings, counts, isHoliday);
  const signal = signalOf(rule, options);
  return {
    rule,
    settings,
    horizonMs: signal.horizonMs,
    triggers: (history) => signal.triggers(history),
    evidenceAt(history, time, place) {
      if (!counts(time, place)) return null;
      const value = signal.at(history, time, place);
      if (value === null) return null;
      const holdMs = holdOf(history, time);
      if (!isBounded(rule)) {
        const verdict = value === 0 ? 'clear' : 'raise';
        return { time, verdict, severity: rule.severity, value: null, holdMs };
      }
      // Infinitely much is no number that a person is told, or that JSON can hold.
      const told = Number.isFinite(value) ? value : null;
      return {
        time,
        verdict: verdictOf(rule, value),
        severity: severityOf(rule, value),
        value: told,
        holdMs,
      };
    },
    silentAt: () => Number.POSITIVE_INFINITY,
  };
}

function signalOf(
  rule: Exclude<DeviceRule, RuleOf<'absence'>>,
  { onExpressionFail }: CompileOptions,
): Signal {
  switch (rule.kind) {
    case 'value':
      return valueSignal(rule);
    case 'rate':
      return rateSignal(rule);
    case 'window':
      return windowSignal(rule);
    case 'continuous_flow':
      return continuousFlowSignal(rule);
    case 'night_minimum':
      return nightMinimumSignal(rule);
    case 'past':
      return pastSignal(rule);
    case 'events':
      return eventsSignal(rule);
    case 'expression':
      return compileExpression(rule, (error) => onExpressionFail?.(rule.name, error));
  }
}

/** Reports that teach how often a device reports, and how long it is not heard though it works. */
const LEARNING_HORIZON_MS = 15 * 86_400_000;
/** A device of which too little is known may report once a week. */
const UNLEARNED_MS = 8 * 86_400_000;
/** A silence is strange when it is so much longer than those that the radio makes now and then. */
const TIMES_USUAL_SILENCE = 3;

function learnedSilence({ intervals }: RuleOf<'absence'>, history: History, last: number): number {
  const interval = history.reportInterval(last);
  if (interval === null) return UNLEARNED_MS;
  return Math.max(intervals * interval, TIMES_USUAL_SILENCE * (history.usualSilence(last) ?? 0));
}
function compileAbsence(
  rule: RuleOf<'absence'>,
  settings: MachineSettings,
  counts: (time: number, place: Place) => boolean,
  isHoliday: IsHoliday,
): CompiledRule {
  const tapeOf = (history: History) =>
    rule.quantity === undefined ? history.heard : history.tape(rule.quantity, rule.channel);
  const silentAfter = (history: History, last: number) =>
    last + (rule.after ?? Math.max(rule.atLeast, learnedSilence(rule, history, last)));
  // A device that stays silent is asked about again and again.
  const known = new WeakMap<History, { readonly due: number; readonly at: number }>();
  const countsFrom = (when: When, history: History, due: number, place: Place) => {
    const before = known.get(history);
    if (before?.due === due) return before.at;
    const at = firstCounting(when, due, place, isHoliday);
    known.set(history, { due, at });
    return at;
  };
  return {
    rule,
    settings,
    horizonMs: Math.max(LEARNING_HORIZON_MS, rule.after ?? 0),
    triggers: (history) => [tapeOf(history)],
    evidenceAt(history, time, place) {
      const tape = tapeOf(history);
      const at = tape.atOrBefore(time);
      if (at < 0) return null;
      const severity = rule.severity;
      if (tape.timeAt(at) === time)
        return { time, verdict: 'clear', severity, value: null, holdMs: Number.POSITIVE_INFINITY };
      if (time < silentAfter(history, tape.timeAt(at)) || !counts(time, place)) return null;
      return { time, verdict: 'raise', severity, value: null, holdMs: Number.POSITIVE_INFINITY };
    },
    silentAt(history, time, place) {
      const tape = tapeOf(history);
      const at = tape.atOrBefore(time);
      if (at < 0) return Number.POSITIVE_INFINITY;
      const due = silentAfter(history, tape.timeAt(at));
      if (due > time) return due;
      if (rule.when === undefined) return Number.POSITIVE_INFINITY;
      // It was due while it does not count: it is told when it does.
      const counted = countsFrom(rule.when, history, due, place);
      return counted > time ? counted : Number.POSITIVE_INFINITY;
    },
  };
}
