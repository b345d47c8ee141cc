import type { Quality } from '@veilleur/domain';

import { type Known, type Method, type Piece, unknownIn } from './known.ts';
import type { Settings } from './options.ts';
import type { Span } from './series.ts';
import type { Spreading } from './spread.ts';

/** What stands behind an interval's value. */
export interface Evidence {
  /** The real readings around it: its own edges where it is measured by them. Null: there is none. */
  readonly from: number | null;
  readonly to: number | null;
  /** The part that readings tell, and the part that is an estimate, millionths of the unit. */
  readonly measured: number;
  readonly estimated: number;
  /**
   * By how much the value may be wrong for readings that do not lie on its edges: what is known to have
   * run through nearby, and may have done so on the other side. Null: no bound is known.
   */
  readonly uncertainty: number | null;
  /** An operator may still revise a reading that it stands on. */
  readonly provisional: boolean;
}

/** Consumption between two moments, millionths of the quantity's unit. */
export interface Interval extends Span {
  /** Null, and never zero, where it is missing. */
  readonly value: number | null;
  readonly quality: Quality;
  /** How its least certain part came to be. */
  readonly method: Method;
  /** The estimate for the whole, also where the caller wants gaps left missing; null where none is made. */
  readonly estimate: number | null;
  readonly evidence: Evidence;
}

const WORSE: readonly Quality[] = ['measured', 'repaired', 'estimated', 'missing'];

/** Cuts what is known at the edges. */
export function intervalsOver(
  edges: readonly number[],
  pieces: readonly Piece[],
  spreadingOf: (known: Known) => Spreading,
  settings: Settings,
): Interval[] {
  const last = edges.at(-1) ?? Number.NEGATIVE_INFINITY;
  const all = withEnds(pieces, edges[0] ?? last, last, settings);
  const cuts = snapped(edges, pieces, settings.edgeToleranceMs);
  const intervals: Interval[] = [];
  let next = 0;
  for (let i = 1; i < edges.length; i += 1) {
    const [start, end] = [cuts[i - 1] as Cut, cuts[i] as Cut];
    const [from, to] = [start.at, end.at];
    while (next < all.length && (all[next] as Piece).to <= from) next += 1;
    const bucket = new Gathered(from, to, settings, [start.moved, end.moved]);
    for (let j = next; j < all.length && (all[j] as Piece).from < to; j += 1) {
      bucket.add(all[j] as Piece, spreadingOf);
    }
    intervals.push(bucket.interval(edges[i - 1] ?? 0, edges[i] ?? 0));
  }
  return intervals;
}

class Gathered {
  readonly #span: Span;
  readonly #settings: Settings;
  #quality: Quality = 'measured';
  #method: Method = 'index';
  #amount = 0;
  #measured = 0;
  #uncertainty: number | null = 0;
  #estimable = true;
  #provisional = false;
  #readingFrom: number | null = null;
  #readingTo: number | null = null;
  #empty = true;

  constructor(from: number, to: number, settings: Settings, doubts: readonly (number | null)[]) {
    this.#span = { from, to };
    this.#settings = settings;
    for (const doubt of doubts) this.#doubt(doubt);
  }

  add(piece: Piece, spreadingOf: (known: Known) => Spreading) {
    const { known } = piece;
    const { from, to } = this.#span;
    if (known.provisional) this.#provisional = true;
    if (known.settles !== null) {
      if (this.#empty) this.#readingFrom = known.settles.from;
      this.#readingTo = known.settles.to;
    }
    const whole = piece.from >= from && piece.to <= to && known.pieces.length === 1;
    const inside = whole || known.pieces.every((one) => one.from >= from && one.to <= to);
    if (known.value === null) this.#unknown(piece, spreadingOf(known));
    else if (inside && known.settles !== null && known.settles.from >= from && known.settles.to <= to) {
      // Its total is told by two readings within the bucket, however it spreads between them.
      this.#take(
        this.#shareOf(piece, whole, spreadingOf),
        'measured',
        known.method === 'intervals' ? 'intervals' : 'index',
      );
    } else if (whole) {
      const quality =
        known.gap && known.quality === 'estimated' && this.#settings.gaps === 'missing'
          ? 'missing'
          : known.quality;
      this.#take(known.value, quality, known.method);
      if (mostOf(known) === null) this.#doubt(null);
    } else {
      const spread = spreadingOf(known);
      const share = this.#shareOf(piece, false, spreadingOf);
      const missing = known.gap && this.#settings.gaps === 'missing';
      this.#take(share, missing ? 'missing' : 'estimated', spread.method);
      const most = mostOf(known);
      if (!inside) this.#doubt(most === null ? null : Math.max(Math.abs(share), Math.abs(most - share)));
    }
    this.#empty = false;
  }

  #shareOf(piece: Piece, whole: boolean, spreadingOf: (known: Known) => Spreading): number {
    if (whole) return piece.known.value ?? 0;
    const spread = spreadingOf(piece.known);
    const { from, to } = this.#span;
    return spread.before(Math.min(piece.to, to)) - spread.before(Math.max(piece.from, from));
  }

  #unknown(piece: Piece, spread: Spreading) {
    const from = Math.max(piece.from, this.#span.from);
    const to = Math.min(piece.to, this.#span.to);
    this.#doubt(null);
    const told = spread.tells(from, to);
    if (!told || this.#settings.openEnd === 'missing') this.#worsen('missing', piece.known.method);
    else this.#worsen('estimated', 'open_ended');
    if (told) this.#amount += spread.before(to) - spread.before(from);
    else this.#estimable = false;
  }

  #take(amount: number, quality: Quality, method: Method) {
    this.#amount += amount;
    if (quality === 'measured') this.#measured += amount;
    this.#worsen(quality, method);
  }

  #doubt(amount: number | null) {
    this.#uncertainty = this.#uncertainty === null || amount === null ? null : this.#uncertainty + amount;
  }

  #worsen(quality: Quality, method: Method) {
    if (this.#empty || WORSE.indexOf(quality) > WORSE.indexOf(this.#quality)) {
      this.#quality = quality;
      this.#method = method;
    }
  }

  interval(from: number, to: number): Interval {
    const missing = this.#quality === 'missing';
    return {
      from,
      to,
      value: missing ? null : this.#amount,
      quality: this.#quality,
      method: this.#method,
      estimate: this.#estimable ? this.#amount : null,
      evidence: {
        from: this.#readingFrom,
        to: this.#readingTo,
        measured: this.#measured,
        estimated: this.#estimable ? this.#amount - this.#measured : 0,
        uncertainty: this.#uncertainty,
        provisional: this.#provisional,
      },
    };
  }
}

/** What lies before the first reading is unknown; after the last it is not yet known. */
function withEnds(pieces: readonly Piece[], from: number, to: number, settings: Settings): Piece[] {
  const first = pieces[0];
  const last = pieces.at(-1);
  const hole = (start: number, end: number, known: Known): Piece[] =>
    end > start ? [{ from: start, to: end, known }] : [];
  if (first === undefined || last === undefined) {
    const span = { from, to };
    return hole(from, to, neverEstimated(unknownIn(span, 'not_yet_known')));
  }
  const until = Math.max(last.to, Math.min(to, settings.until));
  return [
    ...hole(from, first.from, neverEstimated(unknownIn({ from, to: first.from }, 'unknown'))),
    ...pieces,
    ...hole(last.to, until, unknownIn({ from: last.to, to: until }, 'not_yet_known')),
    ...hole(until, to, neverEstimated(unknownIn({ from: until, to }, 'not_yet_known'))),
  ];
}

/** Without pieces of its own, nothing spreads over it. */
const neverEstimated = (known: Known): Known => ({ ...known, pieces: [] });

/** Where an edge is cut, and the most that ran between the two; null: no bound is known. */
interface Cut {
  readonly at: number;
  readonly moved: number | null;
}

/** Edges moved to readings that stand for them. */
function snapped(edges: readonly number[], pieces: readonly Piece[], tolerance: number): Cut[] {
  const cuts: Cut[] = [];
  let next = 0;
  for (const edge of edges) {
    while (next < pieces.length && (pieces[next] as Piece).to < edge - tolerance) next += 1;
    let nearest = edge;
    let distance = tolerance + 1;
    for (let i = next; i < pieces.length && (pieces[i] as Piece).from <= edge + tolerance; i += 1) {
      const piece = pieces[i] as Piece;
      for (const end of [piece.from, piece.to]) {
        const away = Math.abs(end - edge);
        if (away > tolerance) continue;
        if (away < distance || (away === distance && end < nearest)) [nearest, distance] = [end, away];
      }
    }
    const moved = ranAtMost(pieces, next, Math.min(edge, nearest), Math.max(edge, nearest));
    cuts.push({ at: nearest, moved });
  }
  return cuts;
}

/** What can have run in a span at most: all of each amount that it touches. */
function ranAtMost(pieces: readonly Piece[], first: number, from: number, to: number): number | null {
  let sum = 0;
  let reached = from;
  for (let i = first; reached < to; i += 1) {
    const piece = pieces[i];
    if (piece === undefined || piece.from > reached) return null;
    if (piece.to <= reached) continue;
    const most = mostOf(piece.known);
    if (most === null) return null;
    sum += Math.abs(most);
    reached = piece.to;
  }
  return sum;
}

/** What readings tell for all of an amount's time; null where it is a guess itself. */
const mostOf = ({ value, quality, method }: Known) =>
  quality === 'estimated' && method !== 'rest' ? null : value;
