import type { Quantity } from '@veilleur/domain';
import type { AlertChange } from './episode.ts';
import type { History } from './history.ts';
import type { DeviceRule } from './language/rule.ts';
import type { Tape } from './tape.ts';
import type { Watch } from './watch.ts';

/** What is told of a device. Times are ms since 1970. */
export type Fact =
  | {
      readonly kind: 'measurement';
      readonly quantity: Quantity;
      readonly channel: number;
      readonly time: number;
      readonly value: number;
    }
  /** The network server received a frame of it, whatever it said. */
  | { readonly kind: 'heard'; readonly time: number }
  | { readonly kind: 'event'; readonly event: string; readonly time: number };

/**
 * News of a longer past changes no alert: it comes from a device whose clock fell back, or is an import of
 * history. A clock that fell back to 2013 would make today's alert one that lasts since then.
 */
export const TAKEN_LATE_MS = 35 * 86_400_000;

export interface RuleChange {
  readonly rule: DeviceRule;
  readonly change: AlertChange;
}

export type Told =
  | { readonly kind: 'told'; readonly changes: readonly RuleChange[] }
  /** What is remembered does not reach back so far: make it anew from history. Nothing was evaluated. */
  | { readonly kind: 'too_old'; readonly from: number };

/** All rules of one device, over one memory of its past. */
export class DeviceWatches {
  readonly history: History;
  readonly watches: readonly Watch[];
  /** The history is complete from here on. */
  #since: number;

  constructor(history: History, watches: readonly Watch[], since: number) {
    this.history = history;
    this.watches = watches;
    this.#since = since;
  }

  /** When it must be looked at again though nothing comes; infinite: never. */
  get dueAt(): number {
    return this.watches.reduce(
      (due, watch) => Math.min(due, watch.dueAt(this.history)),
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * Takes facts in any order, each as of its own time. What was known already changes nothing; what is
   * later than `TAKEN_LATE_MS` is remembered, and changes no alert.
   */
  tell(facts: readonly Fact[], now: number): Told {
    const earliest = new Map<Tape, number>();
    for (const fact of facts) {
      const tape = this.history.tapeOf(fact);
      if (this.history.remember(fact) === 'same' || fact.time < now - TAKEN_LATE_MS) continue;
      earliest.set(tape, Math.min(fact.time, earliest.get(tape) ?? fact.time));
    }
    const late = this.watches.map((watch) => this.#lateFor(watch, earliest));
    const oldest = Math.min(
      ...late.map((from, i) => {
        const watch = this.watches[i] as Watch;
        return from === null
          ? Number.POSITIVE_INFINITY
          : watch.rewindsTo(this.history, from) - watch.compiled.horizonMs;
      }),
    );
    if (oldest < this.#since) return { kind: 'too_old', from: oldest };
    const changes = this.watches.flatMap((watch, i): RuleChange[] => {
      const from = late[i] ?? null;
      const made = from === null ? watch.advance(this.history, now) : watch.rewind(this.history, from, now);
      return made.map((change) => ({ rule: watch.compiled.rule, change }));
    });
    return { kind: 'told', changes };
  }

  /** Lets time pass. */
  advance(now: number): RuleChange[] {
    return this.watches.flatMap((watch) =>
      watch.advance(this.history, now).map((change) => ({ rule: watch.compiled.rule, change })),
    );
  }

  /** Everything from a moment on is found again: the history was replaced. */
  rewind(from: number, now: number): RuleChange[] {
    return this.watches.flatMap((watch) =>
      watch.rewind(this.history, from, now).map((change) => ({ rule: watch.compiled.rule, change })),
    );
  }

  /** Forgets what lies too far back for any rule, once it is worth it. Late facts from there are `too_old`. */
  forgetBefore(time: number): void {
    if (time <= this.#since) return;
    this.history.forgetBefore(time);
    for (const watch of this.watches) watch.forgetBefore(time);
    this.#since = time;
  }

  /** The earliest news that lies in what a watch has evaluated; null: all of it lies ahead. */
  #lateFor(watch: Watch, earliest: ReadonlyMap<Tape, number>): number | null {
    let from = Number.POSITIVE_INFINITY;
    for (const tape of watch.compiled.triggers(this.history)) {
      from = Math.min(from, earliest.get(tape) ?? from);
    }
    return from <= watch.upTo ? from : null;
  }
}
