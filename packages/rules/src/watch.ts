import type { CompiledRule } from './compiled-rule.ts';
import { type AlertChange, changesBetween, type Episode } from './episode.ts';
import type { History } from './history.ts';
import type { DeviceRule, Rule } from './language/rule.ts';
import { Machine } from './machine.ts';
import type { Place } from './signals/signal.ts';

/** A rule on a device, or on a site: what it has made of the history so far. */
export class Watch<Told extends Rule = DeviceRule> {
  readonly compiled: CompiledRule<Told>;
  readonly #place: Place;
  #machine: Machine;
  /** What lies before this moment, or at it, has been evaluated. */
  #upTo: number;
  /** Episodes that ended before the machine began. */
  #earlier: readonly Episode[];

  /**
   * @param episodes What was found until `upTo`, in the order of time: the open one, and those that ended
   *   in the time for which late measurements are taken.
   */
  constructor(compiled: CompiledRule<Told>, place: Place, upTo: number, episodes: readonly Episode[]) {
    this.compiled = compiled;
    this.#place = place;
    this.#upTo = upTo;
    this.#earlier = episodes.slice(0, -1);
    this.#machine = new Machine(compiled.settings, episodes.at(-1) ?? null);
  }

  /** What is told of this moment or an earlier one comes late: `rewind`. */
  get upTo(): number {
    return Math.max(this.#upTo, this.#machine.upTo);
  }

  get episodes(): readonly Episode[] {
    return [...this.#earlier, ...this.#machine.episodes];
  }

  /** When it must be looked at again though nothing comes; infinite: never. */
  dueAt(history: History): number {
    return Math.min(
      this.#nextTold(history),
      this.#machine.dueAt,
      this.compiled.silentAt(history, this.#upTo, this.#place),
    );
  }

  /** Goes on with what came since, in the order of event time, up to `now`. */
  advance(history: History, now: number): AlertChange[] {
    const before = this.#machine.episodes;
    this.#run(history, now);
    return changesBetween(before, this.#machine.episodes);
  }

  /**
   * Something became known, or otherwise, at `from` or after: what was found since is found again. The
   * history must reach back to `rewindsTo(history, from)` less the rule's horizon.
   */
  rewind(history: History, from: number, now: number): AlertChange[] {
    const start = this.rewindsTo(history, from);
    const before = this.episodes;
    const ended = before.filter(({ clearedAt }) => clearedAt !== null && clearedAt <= start);
    const open = before.find(
      (one) => one.openedAt <= start && (one.clearedAt === null || one.clearedAt > start),
    );
    const current =
      open === undefined ? (ended.pop() ?? null) : asOf(open, start, this.compiled.rule.severity);
    this.#earlier = ended;
    this.#machine = new Machine(this.compiled.settings, current);
    this.#upTo = start;
    this.#run(history, Math.max(now, start));
    return changesBetween(before.slice(ended.length), this.#machine.episodes);
  }

  /**
   * Where evaluation begins again for something that concerns `from`: what was building up then began no
   * earlier, and nothing that took effect since was building up here.
   */
  rewindsTo(history: History, from: number): number {
    const { forMs, clearForMs } = this.compiled.settings;
    let start = Math.min(from - forMs - clearForMs, this.#streakBefore(history, from)) - 1;
    const buildUps = this.episodes.flatMap(({ from: began, openedAt, clearedAt, pauses, worst }) => [
      { began, done: openedAt },
      // Which value was the worst before it, no episode tells: it is found again from the beginning.
      ...(worst === null ? [] : [{ began, done: worst.at }]),
      ...pauses.flatMap((pause) => [
        { began: pause.clearedAt - clearForMs, done: pause.clearedAt },
        {
          began: Math.min(pause.reopenedAt - forMs, this.#streakBefore(history, pause.reopenedAt)),
          done: pause.reopenedAt,
        },
      ]),
      ...(clearedAt === null ? [] : [{ began: clearedAt - clearForMs, done: clearedAt }]),
    ]);
    for (const { began, done } of buildUps.toReversed()) {
      if (began <= start && start < done) start = began - 1;
    }
    return start;
  }

  /** Forgets episodes that ended before a moment; nothing that concerns an earlier one may come. */
  forgetBefore(time: number): void {
    this.#earlier = this.#earlier.filter(({ clearedAt }) => clearedAt === null || clearedAt >= time);
    this.#machine.forgetBefore(time);
  }

  #run(history: History, now: number): void {
    for (;;) {
      const next = Math.min(
        this.#nextTold(history),
        this.compiled.silentAt(history, this.#upTo, this.#place),
      );
      if (next > now) break;
      const evidence = this.compiled.evidenceAt(history, next, this.#place);
      if (evidence !== null) this.#machine.take(evidence);
      this.#upTo = next;
    }
    this.#machine.advance(now);
  }

  /** The first of the last samples before a moment that may count together for `samples`. */
  #streakBefore(history: History, from: number): number {
    const { settings } = this.compiled;
    let first = from;
    let time = from;
    for (let left = settings.samples - 1; left > 0; ) {
      time = this.#lastToldBefore(history, time);
      if (time === Number.NEGATIVE_INFINITY) break;
      const evidence = this.compiled.evidenceAt(history, time, this.#place);
      if (evidence === null) continue;
      if (evidence.verdict !== 'raise' || time + evidence.holdMs < first) break;
      first = time;
      left -= 1;
    }
    return first;
  }

  #lastToldBefore(history: History, time: number): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const tape of this.compiled.triggers(history)) {
      let at = tape.atOrBefore(time);
      if (tape.times[at] === time) at -= 1;
      last = Math.max(last, tape.times[at] ?? last);
    }
    return last;
  }

  #nextTold(history: History): number {
    let next = Number.POSITIVE_INFINITY;
    for (const tape of this.compiled.triggers(history)) {
      next = Math.min(next, tape.times[tape.atOrBefore(this.#upTo) + 1] ?? next);
    }
    return next;
  }
}

/** An episode as it stood at a moment inside it. */
function asOf(episode: Episode, time: number, severity: Episode['severity']): Episode {
  const pause = episode.pauses.find(({ clearedAt, reopenedAt }) => clearedAt <= time && time < reopenedAt);
  const isLater = episode.worst !== null && episode.worst.at > time;
  return {
    ...episode,
    clearedAt: pause?.clearedAt ?? null,
    ...(isLater ? { worst: null, severity } : {}),
    pauses: episode.pauses.filter(({ reopenedAt }) => reopenedAt <= time),
  };
}
