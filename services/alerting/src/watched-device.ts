import type { Quantity } from '@veilleur/domain';
import {
  type CompiledRule,
  DeviceWatches,
  type Fact,
  History,
  type Place,
  type RuleChange,
  TAKEN_LATE_MS,
  Watch,
} from '@veilleur/rules';
import type { AttributesOfDevice, HeldAlert } from '@veilleur/store';
import { AlertLedger } from './alert-ledger.ts';
import { buildUpOf, type Interest, interestOf, type Reach, wholeHorizonOf } from './rule-set.ts';

/** How late a measurement may be without its device being read from the database again. */
export const LATE_BY_MS = 2 * 86_400_000;
const SAMPLES_OF_A_WATCH = 30;
/** What a device's habits are learned from reaches back beyond what its rules look at. */
export const HEARD_KEPT = 110;

export interface LoadedDevice {
  readonly attributes: AttributesOfDevice;
  readonly rules: readonly CompiledRule[];
  readonly place: Place;
  readonly reach: Reach;
  /** From here on the facts are complete, ms; those that are thinned lie before. */
  readonly since: number;
  readonly facts: Iterable<Fact>;
  readonly held: readonly HeldAlert[];
  /** The last change that the facts may contain though the tail has not told it. */
  readonly lastChange: number;
}

/** A device's past, its rules over it, and the alerts that came of them. */
export class WatchedDevice {
  readonly attributes: AttributesOfDevice;
  /** As text, to compare. */
  readonly attributesText: string;
  readonly interest: Interest;
  /** What the tail tells up to here may be known already, and evaluated by nobody. */
  readonly lastChange: number;
  readonly ledger: AlertLedger;
  readonly #watches: DeviceWatches;
  readonly #reach: Reach;
  #since: number;
  /** It was let see this moment, ms: what was found by then must not depend on who tells it what. */
  #advancedTo = Number.NEGATIVE_INFINITY;

  constructor({ attributes, rules, place, reach, since, facts, held, lastChange }: LoadedDevice) {
    this.attributes = attributes;
    this.attributesText = JSON.stringify(attributes);
    this.interest = interestOf(rules.map(({ rule }) => rule));
    this.lastChange = lastChange;
    const ofRule = Map.groupBy(held, ({ rule }) => rule);
    const history = new History();
    const watches = rules.map((compiled) => {
      const episodes = (ofRule.get(compiled.rule.name) ?? []).map(({ episode }) => episode);
      return new Watch(compiled, place, Number.NEGATIVE_INFINITY, episodes);
    });
    this.#watches = new DeviceWatches(history, watches, since - reach.thinnedMs);
    this.#since = since;
    this.#reach = reach;
    for (const fact of facts) {
      if (fact.kind !== 'measurement' || this.wants(fact.quantity)) history.remember(fact);
    }
    this.ledger = new AlertLedger(attributes.id, attributes.devEui, held);
  }

  get id(): number {
    return this.attributes.id;
  }

  get dueAt(): number {
    return this.#watches.dueAt;
  }

  /** A measure of the memory that it takes. */
  get weight(): number {
    let weight = SAMPLES_OF_A_WATCH * (1 + this.#watches.watches.length);
    for (const tape of this.#watches.history.tapes()) weight += tape.length;
    return weight;
  }

  wants(quantity: Quantity): boolean {
    return this.interest.quantities.has(quantity);
  }

  /** @returns From where on its history is needed, where it does not reach back so far; then nothing was done. */
  tell(facts: readonly Fact[], now: number): number | null {
    if (this.#reach.thinnedMs > 0) {
      const oldest = this.#neededFor(earliestOf(takenOf(facts, now)));
      if (oldest < this.#since) return oldest;
    }
    const told = this.#watches.tell(facts, this.#until(now));
    if (told.kind === 'too_old') return told.from;
    this.#take(told.changes);
    return null;
  }

  /**
   * Takes facts that may be known though nobody has evaluated them, and finds again what follows from them.
   *
   * @returns As `tell`.
   */
  tellAgain(facts: readonly Fact[], now: number): number | null {
    const from = earliestOf(takenOf(facts, now));
    const oldest = this.#neededFor(from);
    if (oldest < this.#since) return oldest;
    for (const fact of facts) this.#watches.history.remember(fact);
    const to = this.#until(now);
    this.#take(
      from === Number.POSITIVE_INFINITY ? this.#watches.advance(to) : this.#watches.rewind(from, to),
    );
    return null;
  }

  advance(now: number): void {
    this.#take(this.#watches.advance(this.#until(now)));
  }

  /**
   * Goes on, after it was read from the database, where somebody stopped: all that had an effect by
   * `evaluatedTo` is in the alerts, but what was building up then was in nobody's database.
   *
   * @param news The earliest moment that may not have been evaluated though it lies before that.
   * @returns As `tell`.
   */
  begin(evaluatedTo: number, news: number, now: number): number | null {
    const oldest = this.#neededFor(news);
    if (oldest < this.#since) return oldest;
    const { history, watches } = this.#watches;
    const to = this.#until(now);
    const changes = watches.flatMap((watch): RuleChange[] => {
      const from = this.#startOf(watch, Math.min(evaluatedTo, now), news);
      const made = from === null ? watch.advance(history, to) : watch.rewind(history, from, to);
      return made.map((change) => ({ rule: watch.compiled.rule, change }));
    });
    this.#take(changes);
    return null;
  }

  /** Forgets what no rule looks at any longer, once that is worth it. */
  forget(now: number): void {
    const { wholeMs, thinnedMs } = this.#reach;
    const { heard } = this.#watches.history;
    const kept = heard.atOrBefore(now - wholeMs - LATE_BY_MS) - HEARD_KEPT;
    if (kept < 0) return;
    const before = heard.timeAt(kept);
    if (before - this.#since < LATE_BY_MS) return;
    this.#watches.forgetBefore(before - thinnedMs);
    this.#since = before;
  }

  #until(now: number): number {
    this.#advancedTo = Math.max(this.#advancedTo, now);
    return this.#advancedTo;
  }

  #neededFor(from: number): number {
    if (from === Number.POSITIVE_INFINITY) return from;
    return this.#watches.watches.reduce(
      (oldest, watch) =>
        Math.min(oldest, watch.rewindsTo(this.#watches.history, from) - wholeHorizonOf(watch.compiled)),
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * Where to find again what one rule has building up: at its last evidence. Evidence that is too old for
   * what is remembered around it had all its effect long ago.
   */
  #startOf({ compiled }: Watch, evaluatedTo: number, news: number): number | null {
    const whole = this.#since + wholeHorizonOf(compiled) + buildUpOf(compiled);
    let last = Number.NEGATIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const tape of compiled.triggers(this.#watches.history)) {
      const at = tape.atOrBefore(evaluatedTo);
      last = Math.max(last, tape.times[at] ?? last);
      next = Math.min(next, tape.times[at + 1] ?? next);
    }
    const from = Math.min(last === Number.NEGATIVE_INFINITY ? next : Math.max(last, whole), news);
    return from === Number.POSITIVE_INFINITY ? null : from;
  }

  #take(changes: readonly RuleChange[]): void {
    this.ledger.take(changes, this.#watches);
  }
}

/** What is so late that the engine changes no alert for it is remembered all the same. */
export function takenOf(facts: readonly Fact[], now: number): Fact[] {
  return facts.filter(({ time }) => time >= now - TAKEN_LATE_MS);
}

export function earliestOf(facts: readonly Fact[]): number {
  return facts.reduce((first, { time }) => Math.min(first, time), Number.POSITIVE_INFINITY);
}
