import type { CompiledRule } from '../compiled-rule.ts';
import { DeviceWatches, type Fact } from '../device-watches.ts';
import { History } from '../history.ts';
import type { Place } from '../signals/signal.ts';
import { Watch } from '../watch.ts';
import type { BacktestSpan, FoundAlert } from './found-alert.ts';

const DAY_MS = 86_400_000;

/** From when on rules must be evaluated, and from when on facts must be known, so that a span comes out right. */
export interface Lead {
  /** Evaluation begins this long before the span, ms: what is open at its start was opened by then. */
  readonly evaluateMs: number;
  /** Facts reach this long before the span, ms. */
  readonly rememberMs: number;
}

type Looking = Pick<CompiledRule, 'horizonMs' | 'settings'>;

/**
 * How far before a span to begin. Two sets of rules that are compared take one lead together: an alert that
 * began before it would else begin at different moments.
 */
export function leadOf(rules: readonly Looking[]): Lead {
  const most = (of: (rule: Looking) => number) =>
    rules.reduce((longest, rule) => Math.max(longest, of(rule)), 0);
  const evaluateMs =
    2 * DAY_MS + most(({ settings }) => settings.forMs + settings.clearForMs + settings.reopenWithinMs);
  return { evaluateMs, rememberMs: evaluateMs + most(({ horizonMs }) => horizonMs) };
}

/**
 * What rules would have raised on one device, rule by rule, each in the order of time: in the span, and in the
 * lead before it. An alert that lasted since before the lead begins there.
 *
 * @param facts What is known of the device from `span.from - lead.rememberMs` on, in any order.
 */
export function backtestDevice(
  rules: readonly CompiledRule[],
  subject: string,
  place: Place,
  facts: Iterable<Fact>,
  { from, to }: BacktestSpan,
  lead: Lead,
): FoundAlert[] {
  const history = new History();
  for (const fact of facts) if (fact.time < to) remember(history, fact);
  const begin = from - lead.evaluateMs;
  const watches = rules.map((rule) => new Watch(rule, place, begin, []));
  new DeviceWatches(history, watches, from - lead.rememberMs).advance(to);
  return watches.flatMap(({ compiled, episodes }) =>
    episodes
      .filter(({ openedAt }) => openedAt < to)
      .map((episode) => ({ rule: compiled.rule.name, subject, ...episode })),
  );
}

export function remember(history: History, fact: Fact): void {
  switch (fact.kind) {
    case 'measurement':
      history.tape(fact.quantity, fact.channel).put(fact.time, fact.value);
      break;
    case 'heard':
      history.heard.put(fact.time, 1);
      break;
    case 'event':
      history.events(fact.event).put(fact.time, 1);
      break;
  }
}
