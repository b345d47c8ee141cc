import type { Span } from './series.ts';

export type Method =
  /** The difference of two readings of a register. */
  | 'index'
  /** A load curve's own intervals. */
  | 'intervals'
  /** What the index says beyond what the load curve tells. */
  | 'rest'
  /** A load curve scaled to the index. */
  | 'scaled'
  | 'line'
  | 'similar_days'
  | 'operator_estimate'
  /** Similar days, with no later index to reconcile to yet. */
  | 'open_ended'
  /** Nothing can be said, now or later. */
  | 'unknown'
  /** The next reading will tell. */
  | 'not_yet_known';

/** An amount that is told for one or more spans of time together. */
export interface Known {
  /** In the order of time, apart from each other. */
  readonly pieces: readonly Span[];
  /** Null: time passed, and nobody tells what ran through. */
  readonly value: number | null;
  readonly quality: 'measured' | 'estimated' | 'repaired';
  readonly method: Method;
  /** Readings were due inside and did not come. */
  readonly gap: boolean;
  /** The span around it whose total two real readings tell; null where none does. */
  readonly settles: Span | null;
  readonly provisional: boolean;
}

/** One of its pieces, so that all can be walked through in the order of time. */
export interface Piece extends Span {
  readonly known: Known;
}

export function piecesInOrder(knowns: readonly Known[]): Piece[] {
  const pieces: Piece[] = [];
  let ordered = true;
  for (const known of knowns) {
    for (const { from, to } of known.pieces) {
      if (ordered && from < (pieces.at(-1)?.from ?? Number.NEGATIVE_INFINITY)) ordered = false;
      pieces.push({ from, to, known });
    }
  }
  return ordered ? pieces : pieces.sort((a, b) => a.from - b.from);
}

export const lengthOf = (spans: readonly Span[]) => spans.reduce((sum, one) => sum + one.to - one.from, 0);

/** What of `spans` is not in `taken`; both in the order of time. */
export function without(spans: readonly Span[], taken: readonly Span[]): Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const span of spans) {
    let from = span.from;
    while (next < taken.length && (taken[next] as Span).to <= from) next += 1;
    for (let i = next; i < taken.length && (taken[i] as Span).from < span.to; i += 1) {
      const one = taken[i] as Span;
      if (one.from > from) left.push({ from, to: one.from });
      from = Math.max(from, one.to);
    }
    if (from < span.to) left.push({ from, to: span.to });
  }
  return left;
}

/** Time of which nobody tells what ran through. */
export const unknownIn = (span: Span, method: 'unknown' | 'not_yet_known'): Known => ({
  pieces: [span],
  value: null,
  quality: 'estimated',
  method,
  gap: true,
  settles: null,
  provisional: false,
});
