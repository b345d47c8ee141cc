import type { Episode } from './episode.ts';
import { SEVERITIES, type Severity } from './language/rule.ts';

/** What a moment says of a rule's condition. */
export interface Evidence {
  readonly time: number;
  readonly verdict: 'raise' | 'clear' | 'neither';
  readonly severity: Severity;
  readonly value: number | null;
  /** How long it speaks for the time after it. */
  readonly holdMs: number;
}

export interface MachineSettings {
  readonly forMs: number;
  readonly clearForMs: number;
  readonly reopenWithinMs: number;
  /** So many moments in a row must say it, at least. */
  readonly samples: number;
  /** Whether a value is worse than another. */
  readonly isWorse: (value: number, than: number) => boolean;
}

/** A condition that holds since a moment, and until when its last evidence speaks. */
interface Since {
  readonly since: number;
  readonly last: number;
  readonly until: number;
}

interface Raising extends Since {
  readonly worst: Episode['worst'];
  readonly severity: Severity;
  readonly samples: number;
  /** When the last of the samples that it takes came; infinite: not yet. */
  readonly enoughAt: number;
}

/**
 * From evidence to episodes, in the order of event time: a condition that holds `for` so long, and that so
 * many samples tell, opens; one whose contrary holds clears. A gap between two pieces of evidence that is longer than the first one speaks
 * is no value: a condition that is still building up begins anew after it, and an open episode stays open.
 */
export class Machine {
  readonly #settings: MachineSettings;
  #raising: Raising | null = null;
  #clearing: Since | null = null;
  #current: Episode | null;
  #ended: readonly Episode[] = [];
  #upTo = Number.NEGATIVE_INFINITY;

  /** @param episode The one that is open, or the last one that ended, where it begins. */
  constructor(settings: MachineSettings, episode: Episode | null) {
    this.#settings = settings;
    this.#current = episode;
  }

  get isOpen(): boolean {
    return this.#current !== null && this.#current.clearedAt === null;
  }

  get episodes(): readonly Episode[] {
    return this.#current === null ? this.#ended : [...this.#ended, this.#current];
  }

  /** The last moment that had an effect: what is told of an earlier one comes late. */
  get upTo(): number {
    return this.#upTo;
  }

  /** When time alone changes something; infinite: never. */
  get dueAt(): number {
    return Math.min(
      this.#raising === null
        ? Number.POSITIVE_INFINITY
        : whileItSpeaks(this.#opensAt(this.#raising), this.#raising),
      this.#clearing === null
        ? Number.POSITIVE_INFINITY
        : whileItSpeaks(this.#clearing.since + this.#settings.clearForMs, this.#clearing),
    );
  }

  take({ time, verdict, severity, value, holdMs }: Evidence): void {
    this.advance(time);
    this.#upTo = Math.max(this.#upTo, time);
    const worst = value === null ? null : { value, at: time };
    const until = time + holdMs;
    if (verdict === 'raise') this.#raise(time, until, worst, severity);
    else if (verdict === 'clear') this.#clear(time, until);
    else {
      // Between the bounds an open alert stays, and neither builds up further.
      this.#raising = null;
      this.#clearing = null;
    }
    this.advance(time);
  }

  /** Lets time pass: what held for long enough by then takes effect, what spoke no longer is forgotten. */
  advance(to: number): void {
    const raising = this.#raising;
    if (raising !== null) {
      const due = this.#opensAt(raising);
      const opens = due <= Math.min(to, raising.until);
      if (opens) this.#open(due, raising);
      if (opens || raising.until < to) {
        this.#raising = null;
        this.#upTo = Math.max(this.#upTo, opens ? due : raising.until);
      }
    }
    const clearing = this.#clearing;
    if (clearing !== null) {
      const due = clearing.since + this.#settings.clearForMs;
      const clears = due <= Math.min(to, clearing.until);
      if (clears) this.#current = this.#current && { ...this.#current, clearedAt: due };
      if (clears || clearing.until < to) {
        this.#clearing = null;
        this.#upTo = Math.max(this.#upTo, clears ? due : clearing.until);
      }
    }
  }

  /** Forgets episodes that ended before a moment, but for the last one. */
  forgetBefore(time: number): void {
    this.#ended = this.#ended.filter(({ clearedAt }) => clearedAt === null || clearedAt >= time);
  }

  #raise(time: number, until: number, worst: Episode['worst'], severity: Severity): void {
    this.#clearing = null;
    if (this.isOpen) {
      this.#current = this.#current && this.#worsened(this.#current, worst, severity);
      return;
    }
    const before = this.#raising;
    const samples = (before?.samples ?? 0) + 1;
    const isEnough = samples === this.#settings.samples;
    this.#raising = {
      since: before?.since ?? time,
      last: time,
      until,
      worst: before === null ? worst : this.#worseOf(before.worst, worst),
      severity: before === null ? severity : highest(before.severity, severity),
      samples,
      enoughAt: isEnough ? time : (before?.enoughAt ?? Number.POSITIVE_INFINITY),
    };
  }

  #opensAt({ since, enoughAt }: Raising): number {
    return Math.max(since + this.#settings.forMs, enoughAt);
  }

  #clear(time: number, until: number): void {
    this.#raising = null;
    if (!this.isOpen) return;
    this.#clearing = { since: this.#clearing?.since ?? time, last: time, until };
  }

  #open(
    openedAt: number,
    { since, worst, severity }: { since: number; worst: Episode['worst']; severity: Severity },
  ): void {
    const last = this.#current;
    if (last !== null && last.clearedAt !== null && since - last.clearedAt <= this.#settings.reopenWithinMs) {
      const pauses = [...last.pauses, { clearedAt: last.clearedAt, reopenedAt: openedAt }];
      const again = { ...last, clearedAt: null, pauses };
      this.#current = this.#worsened(again, worst, severity);
      return;
    }
    if (last !== null) this.#ended = [...this.#ended, last];
    this.#current = { from: since, openedAt, clearedAt: null, severity, worst, pauses: [] };
  }

  #worsened(episode: Episode, worst: Episode['worst'], severity: Severity): Episode {
    return {
      ...episode,
      worst: this.#worseOf(episode.worst, worst),
      severity: highest(episode.severity, severity),
    };
  }

  #worseOf(before: Episode['worst'], now: Episode['worst']): Episode['worst'] {
    if (before === null || now === null) return before ?? now;
    return this.#settings.isWorse(now.value, before.value) ? now : before;
  }
}

function whileItSpeaks(due: number, { until }: Since): number {
  // What speaks no longer is forgotten with the next evidence: nobody has to wake for it.
  return due <= until ? due : Number.POSITIVE_INFINITY;
}

const highest = (a: Severity, b: Severity): Severity =>
  SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
