import { isQuantity } from '@veilleur/domain';
import { isFrenchHoliday } from '@veilleur/metering';
import { type CompiledRule, compileRule } from '../compiled-rule.ts';
import { DeviceWatches, type Fact, type RuleChange } from '../device-watches.ts';
import type { Episode } from '../episode.ts';
import { History } from '../history.ts';
import { parseDuration } from '../language/duration.ts';
import { isDeviceRule } from '../language/rule.ts';
import { loadRules } from '../language/rules-file.ts';
import type { Place } from '../signals/signal.ts';
import { Watch } from '../watch.ts';
import { StoryClock } from './story-time.ts';

/** By quantity; `pulse_count/1` is its channel 1. */
export type Values = Readonly<Record<string, number>>;

interface StorySetting {
  /** Local; `08:30` is a time of this day until another is told. */
  readonly day: string;
  /** Paris unless told. */
  readonly zone?: string;
  /** Mulhouse unless told; null: unknown. */
  readonly position?: Place['position'];
}

const MULHOUSE = { latitude: 47.75, longitude: 7.34 };

/**
 * What one device tells, hour by hour, and what rules make of it: the words of timeline tests. Time passes
 * from line to line, and timers go off in between. What was raised, cleared ... since the last `expect`
 * must be exactly what it names: `10:30 raised dark`, or `10:30 raised dark, known 14:00` for what was
 * found out later than it happened.
 *
 * @param rules A file of rules, as people write it.
 */
export function story(rules: string, setting: StorySetting): Story {
  const { rules: read, problems } = loadRules(rules);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const isHoliday = isFrenchHoliday({ alsaceMoselle: true });
  const compiled = read.filter(isDeviceRule).map((rule) => compileRule(rule, { isHoliday }));
  return new Story(compiled, setting);
}

export class Story {
  readonly #rules: readonly CompiledRule[];
  readonly #place: Place;
  readonly #clock: StoryClock;
  readonly #facts: Fact[] = [];
  /** What a store would hold: by rule, by the time at which it opened. */
  readonly #alerts = new Map<string, Map<number, Episode>>();
  #watches: DeviceWatches;
  #now = Number.NEGATIVE_INFINITY;
  #told: string[] = [];

  constructor(
    rules: readonly CompiledRule[],
    { day, zone = 'Europe/Paris', position = MULHOUSE }: StorySetting,
  ) {
    this.#rules = rules;
    this.#place = { zone, position };
    this.#clock = new StoryClock(zone, day);
    this.#watches = this.#load(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY);
  }

  /** From here on `08:30` is a time of that day. */
  day(day: string): this {
    this.#clock.setDay(day);
    return this;
  }

  /** The device measures, and is heard at once. */
  at(time: string, values: Values): this {
    return this.late(time, time, values);
  }

  /** The device measured at a time, and is heard later. */
  late(heard: string, measured: string, values: Values): this {
    return this.frame(heard, { [measured]: values });
  }

  /** One frame that tells of several times. */
  frame(heard: string, readings: Readonly<Record<string, Values>>): this {
    const time = this.#clock.instantOf(heard);
    const measured = Object.entries(readings).flatMap(([at, values]) =>
      measurementsOf(values, this.#clock.instantOf(at)),
    );
    return this.#tell(time, [{ kind: 'heard', time }, ...measured]);
  }

  /** The same at regular intervals, the last one included; `nth` counts from 0. */
  every(interval: string, from: string, to: string, values: Values | ((nth: number) => Values)): this {
    const [first, last] = [this.#clock.instantOf(from), this.#clock.instantOf(to)];
    const step = parseDuration(interval);
    if (step === null) throw new Error(`"${interval}" is no interval`);
    for (let time = first, nth = 0; time <= last; time += step, nth += 1) {
      const now = typeof values === 'function' ? values(nth) : values;
      this.#tell(time, [{ kind: 'heard', time }, ...measurementsOf(now, time)]);
    }
    return this;
  }

  /** The device is heard, and says nothing that a rule looks at. */
  heard(time: string): this {
    const at = this.#clock.instantOf(time);
    return this.#tell(at, [{ kind: 'heard', time: at }]);
  }

  /** An event of the network server: join, status ... */
  event(time: string, event: string): this {
    const at = this.#clock.instantOf(time);
    return this.#tell(at, [{ kind: 'event', event, time: at }]);
  }

  /** Nothing comes until then. */
  until(time: string): this {
    this.#pass(this.#clock.instantOf(time));
    return this;
  }

  /** The process ends here, and comes back at that time, or at once, with what a store holds. */
  restart(back?: string): this {
    if (back !== undefined) this.#now = this.#clock.instantOf(back);
    const last = this.#facts.reduce((latest, { time }) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
    this.#reload(Number.NEGATIVE_INFINITY, Math.min(last, this.#now));
    return this;
  }

  /** What lies before is remembered no longer: as of a service that runs for weeks. */
  forgetsBefore(time: string): this {
    this.#watches.forgetBefore(this.#clock.instantOf(time));
    return this;
  }

  /** Exactly this became of the rules since the last `expect`. */
  expect(...lines: readonly string[]): this {
    const told = this.#told;
    this.#told = [];
    if (told.length === lines.length && told.every((line, i) => line === lines[i])) return this;
    const list = (some: readonly string[]) =>
      some.length === 0 ? '  nothing' : some.map((line) => `  ${line}`).join('\n');
    throw new Error(`expected\n${list(lines)}\nbut there was\n${list(told)}`);
  }

  /** The rules that have an open alert. */
  get open(): string[] {
    return [...this.#alerts]
      .filter(([, episodes]) => [...episodes.values()].some(({ clearedAt }) => clearedAt === null))
      .map(([rule]) => rule);
  }

  #tell(now: number, facts: readonly Fact[]): this {
    this.#pass(now);
    this.#facts.push(...facts);
    const told = this.#watches.tell(facts, now);
    if (told.kind === 'told') this.#note(told.changes, now);
    else this.#reload(Number.NEGATIVE_INFINITY, Math.min(...facts.map(({ time }) => time)));
    return this;
  }

  #pass(to: number): void {
    if (to < this.#now) throw new Error(`${this.#clock.textOf(to)} lies before what was told already`);
    for (let due = this.#watches.dueAt; due <= to; due = this.#watches.dueAt) {
      this.#note(this.#watches.advance(due), due);
      if (this.#watches.dueAt <= due) throw new Error(`it is due at ${this.#clock.textOf(due)} for ever`);
    }
    this.#note(this.#watches.advance(to), to);
    this.#now = to;
  }

  /** A history and watches, made of what a store holds. */
  #load(since: number, upTo: number): DeviceWatches {
    const history = new History();
    const watches = this.#rules.map((rule) => {
      const episodes = [...(this.#alerts.get(rule.rule.name)?.values() ?? [])];
      return new Watch(
        rule,
        this.#place,
        upTo,
        episodes.toSorted((a, b) => a.openedAt - b.openedAt),
      );
    });
    for (const fact of this.#facts) history.remember(fact);
    return new DeviceWatches(history, watches, since);
  }

  #reload(since: number, from: number): void {
    this.#watches = this.#load(since, from);
    this.#note(this.#watches.rewind(from, this.#now), this.#now);
  }

  #note(changes: readonly RuleChange[], known: number): void {
    for (const { rule, change } of changes) {
      const alerts = this.#alerts.get(rule.name) ?? new Map<number, Episode>();
      this.#alerts.set(rule.name, alerts);
      if (change.kind !== 'raised') alerts.delete(change.before.openedAt);
      if (change.kind !== 'withdrawn') alerts.set(change.episode.openedAt, change.episode);
      const severity =
        change.kind === 'withdrawn' || change.episode.severity === rule.severity
          ? ''
          : ` ${change.episode.severity}`;
      const late = known === change.at ? '' : `, known ${this.#clock.textOf(known)}`;
      this.#told.push(`${this.#clock.textOf(change.at)} ${change.kind} ${rule.name}${severity}${late}`);
    }
  }
}

function measurementsOf(values: Values, time: number): Fact[] {
  return Object.entries(values).map(([name, value]) => {
    const [quantity = '', channel = '0'] = name.split('/');
    if (!isQuantity(quantity)) throw new Error(`"${quantity}" is not a quantity`);
    return { kind: 'measurement', quantity, channel: Number(channel), time, value };
  });
}
