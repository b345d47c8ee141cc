import type { OperatorProblem, OperatorReading } from '@veilleur/operators';

/** A point of which nothing more came in a pull. */
export interface FailedPoint {
  readonly point: string;
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What a pull did, for `job_run`, people and programs. */
export interface PullDetail extends Readonly<Record<string, unknown>> {
  /** Points that were asked for. */
  readonly points: number;
  /** Readings that were stored or known already; of them new or revised ones. */
  readonly readings: number;
  readonly changed: number;
  readonly facts: number;
  /** What the operator says that it does not know. */
  readonly missing: number;
  /** Lines that were not understood or deserve a look, and points that failed. */
  readonly problems: number;
  /** The days before this one are asked for and stored, of every point that it got to and that did not fail. */
  readonly upTo: string | null;
  /** The end of the newest reading that came. */
  readonly newest: string | null;
  /** Requests that were tried again; null: it did not come to its end. */
  readonly retries: number | null;
  readonly failedPoints: readonly FailedPoint[];
  readonly shownProblems: readonly FailedPoint[];
}

/** A run's detail is for people: of many like problems some are enough. */
const SHOWN = 10;

/** Counts what a pull does. */
export class PullTally {
  points = 0;
  retries: number | null = null;
  readonly failed: FailedPoint[] = [];
  readonly #upTo = new Map<string, string>();
  readonly #shown: FailedPoint[] = [];
  #problems = 0;
  #missing = 0;
  #newest = Number.NEGATIVE_INFINITY;
  readonly #stored = { readings: 0, changed: 0, facts: 0 };

  /** Some point failed and none came through. */
  get isWithoutSuccess(): boolean {
    return this.failed.length > 0 && this.#upTo.size === 0;
  }

  reading(reading: OperatorReading): void {
    if (reading.kind === 'missing') this.#missing += 1;
    if (reading.kind === 'index') this.#newest = Math.max(this.#newest, reading.at.getTime());
    if (reading.kind === 'interval') this.#newest = Math.max(this.#newest, reading.to.getTime());
  }

  problem({ section: point, code, reason, remedy }: OperatorProblem): void {
    this.#problems += 1;
    if (this.#shown.length < SHOWN) this.#shown.push({ point, code, reason, remedy });
  }

  fail(failure: FailedPoint): void {
    this.failed.push(failure);
  }

  upTo(point: string, day: string): void {
    this.#upTo.set(point, day);
  }

  stored({
    readings,
    changed,
    facts,
  }: {
    readonly readings: number;
    readonly changed: number;
    readonly facts: number;
  }): void {
    this.#stored.readings += readings;
    this.#stored.changed += changed;
    this.#stored.facts += facts;
  }

  detail(): PullDetail {
    const failed = new Set(this.failed.map(({ point }) => point));
    const days = [...this.#upTo].filter(([point]) => !failed.has(point)).map(([, day]) => day);
    return {
      points: this.points,
      ...this.#stored,
      missing: this.#missing,
      problems: this.#problems + this.failed.length,
      upTo: days.toSorted()[0] ?? null,
      newest: Number.isFinite(this.#newest) ? new Date(this.#newest).toISOString() : null,
      retries: this.retries,
      failedPoints: this.failed.slice(0, SHOWN),
      shownProblems: this.#shown,
    };
  }
}
