/** A row of a load curve whose stamp could be read. */
export interface CurveRow {
  readonly line: number;
  /** The stamp, in milliseconds. */
  readonly at: number;
  /** Watts; null where the file has none. */
  readonly power_W: number | null;
  /** The value stands there and can't be read. */
  readonly unreadable: boolean;
}

/** What a row covers: `from` to `to`, or nothing that can be told. */
export type Placement<P> =
  | { readonly kind: 'placed'; readonly row: CurveRow; readonly from: number; readonly to: number }
  | { readonly kind: 'unplaced'; readonly row: CurveRow; readonly from: number; readonly to: number }
  | {
      readonly kind: 'hole';
      readonly line: number;
      readonly from: number;
      readonly to: number;
      readonly damaged: boolean;
    }
  | { readonly kind: 'passed'; readonly item: P };

export interface StepSettings {
  /** The header's step in milliseconds; null where it has none. */
  readonly declared_ms: number | null;
  readonly stamps: 'start' | 'end' | 'auto';
  /**
   * What a row after a hole is worth where the header declares no step. `missing`: nothing in the file
   * attests its step, so its energy is not known; `infer`: it has the step of the rows around.
   */
  readonly rowAfterGap: 'missing' | 'infer';
}

const MINUTE_MS = 60_000;
/** Steps that French load curves come in. */
const USUAL_STEPS_MS: ReadonlySet<number> = new Set([1, 5, 10, 15, 20, 30, 60].map((m) => m * MINUTE_MS));
/** Curves of 10 minutes and less (sites C1 to C4) run from 00:00 to 23:50: their stamps begin the step. */
const LONGEST_STEP_STAMPED_BY_START_MS = 10 * MINUTE_MS;
/** Rows looked ahead where a distance is not the step: an hour's gap and a step of an hour look alike in one row. */
const AHEAD = 8;

type Entry<P> = { readonly row: CurveRow } | { readonly passed: P; readonly breaks: boolean };

/**
 * Finds each row's step from its neighbours' stamps, for the header's can be empty and the step can
 * change in the middle of a file (60 to 30 minutes on 2021-02-13 in the real one). Rows come out in the
 * order in which they went in, as soon as they are certain. Lines that could not be read (`breaks`)
 * stand for rows: the distance over them says nothing of the step, and they cost no neighbour its value.
 */
export class StepTracker<P> {
  readonly #settings: StepSettings;
  readonly #queue: Entry<P>[] = [];
  #step: number | null;
  #previous: number | null = null;
  /** Lines that could not be read since the last row. */
  #broken = 0;

  constructor(settings: StepSettings) {
    this.#settings = settings;
    this.#step = null;
  }

  row(row: CurveRow): Placement<P>[] {
    this.#queue.push({ row });
    return this.#drain(false);
  }

  /** Keeps its place among the rows. */
  pass(item: P, breaks: boolean): Placement<P>[] {
    this.#queue.push({ passed: item, breaks });
    return this.#drain(false);
  }

  end(): Placement<P>[] {
    return this.#drain(true);
  }

  get pending(): boolean {
    return this.#queue.length > 0;
  }

  #drain(ended: boolean): Placement<P>[] {
    const out: Placement<P>[] = [];
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if ('passed' in head) {
        if (head.breaks) this.#broken += 1;
        out.push({ kind: 'passed', item: head.passed });
      } else {
        const distance = this.#previous === null ? null : head.row.at - this.#previous;
        const certain =
          this.#step !== null && (distance === this.#step || (distance !== null && distance <= 0));
        if (!certain && !ended && this.#rowsAhead() < AHEAD) return out;
        out.push(...(certain ? [this.#place(head.row, this.#step ?? 0)] : this.#decide(head.row, distance)));
        this.#previous = Math.max(head.row.at, this.#previous ?? head.row.at);
        this.#broken = 0;
      }
      this.#queue.shift();
    }
    return out;
  }

  #rowsAhead(): number {
    return this.#queue.reduce((rows, entry) => rows + ('row' in entry ? 1 : 0), 0) - 1;
  }

  /**
   * Distances between rows of the queue that stand side by side in the file. Where there are none, what
   * each distance over broken lines comes to if each of these was a row.
   */
  #distancesAhead(): number[] {
    const clean: number[] = [];
    const over: number[] = [];
    let before: number | null = null;
    let broken = 0;
    for (const entry of this.#queue) {
      if ('passed' in entry) {
        if (entry.breaks) broken += 1;
        continue;
      }
      const distance = before === null ? 0 : entry.row.at - before;
      if (distance > 0) (broken === 0 ? clean : over).push(distance / (1 + broken));
      before = entry.row.at;
      broken = 0;
    }
    return clean.length > 0 ? clean : over;
  }

  #decide(row: CurveRow, distance: number | null): Placement<P>[] {
    const ahead = this.#distancesAhead();
    const shortest = ahead.length === 0 ? null : Math.min(...ahead);
    const step = this.#step;
    const { declared_ms } = this.#settings;
    if (step === null || distance === null) return [this.#first(row, shortest)];
    if (distance < step) {
      // Intervals do not overlap: the step became finer.
      const finer = USUAL_STEPS_MS.has(distance) ? distance : (shortest ?? distance);
      this.#step = finer;
      return [this.#place(row, finer)];
    }
    if (this.#broken > 0 && distance === step * (1 + this.#broken)) {
      return this.#afterHole(row, distance, step, step);
    }
    if (this.#broken === 0 && declared_ms !== step && steady(ahead) && ahead[0] === distance) {
      this.#step = distance;
      return [this.#place(row, distance)];
    }
    return this.#afterHole(row, distance, step, stepAfter(step, ahead));
  }

  /** The first row has the step of those after it, unless a hole or a change of step follows at once: these look alike. */
  #first(row: CurveRow, shortest: number | null): Placement<P> {
    const { declared_ms, rowAfterGap } = this.#settings;
    this.#step =
      declared_ms !== null && shortest !== null ? Math.min(declared_ms, shortest) : (declared_ms ?? shortest);
    const next = this.#queue[1];
    const looksAlike = next !== undefined && 'row' in next && next.row.at - row.at !== shortest;
    const attested = declared_ms !== null || rowAfterGap === 'infer' || !looksAlike;
    if (this.#step === null || !attested) return { kind: 'unplaced', row, from: row.at, to: row.at };
    return this.#place(row, this.#step);
  }

  #afterHole(row: CurveRow, distance: number, before: number, after: number): Placement<P>[] {
    this.#step = after;
    const from = (this.#previous ?? row.at) + (this.#stampsStart(before) ? before : 0);
    const damaged = this.#broken > 0;
    const declared = this.#settings.declared_ms === after && after === before;
    const attested =
      declared || damaged || this.#settings.rowAfterGap === 'infer' || this.#stampsStart(after);
    if (!attested) return [{ kind: 'unplaced', row, from, to: row.at }];
    const placed = this.#place(row, Math.min(after, distance));
    const hole: Placement<P> = { kind: 'hole', line: row.line, from, to: placed.from, damaged };
    return hole.to > hole.from ? [hole, placed] : [placed];
  }

  #place(row: CurveRow, step: number): Placement<P> & { kind: 'placed' } {
    return this.#stampsStart(step)
      ? { kind: 'placed', row, from: row.at, to: row.at + step }
      : { kind: 'placed', row, from: row.at - step, to: row.at };
  }

  #stampsStart(step: number): boolean {
    const { stamps } = this.#settings;
    return stamps === 'auto' ? step <= LONGEST_STEP_STAMPED_BY_START_MS : stamps === 'start';
  }
}

/** Three distances or more, all the same: what a step looks like. One alone may be a hole. */
const steady = (distances: readonly number[]) =>
  distances.length >= 3 && distances.every((distance) => distance === distances[0]);

/** The step after a hole: a finer one shows in the first distance, a coarser one only in several. */
function stepAfter(before: number, ahead: readonly number[]): number {
  const [next] = ahead;
  if (next === undefined || !USUAL_STEPS_MS.has(next)) return before;
  return next < before || steady(ahead) ? next : before;
}
