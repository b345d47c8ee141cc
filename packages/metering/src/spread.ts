import { type Known, lengthOf } from './known.ts';
import { HOUR_MS, type LocalTime } from './local-time.ts';
import type { Span } from './series.ts';
import { finestFor, type SimilarDays } from './similar-days.ts';

/** How an amount lies over its time: exact at its ends, an estimate between them. */
export interface Spreading {
  readonly method: 'line' | 'similar_days';
  /** What of it ran through before this moment; differences of it sum to the whole, to the unit. */
  before(time: number): number;
  /** False where nothing can be estimated for some of this time. */
  tells(from: number, to: number): boolean;
}

/** Gaps up to an hour are a straight line: the trade's rule. */
const LINE_UP_TO_MS = HOUR_MS;

/**
 * Spreads an amount over the local hours of its time, whatever buckets are asked for later: so hours sum
 * to days and days to months. Where no total is told (`known.value` null), the similar days are the
 * estimate themselves.
 */
export function spreading(known: Known, similar: SimilarDays, time: LocalTime): Spreading {
  const length = lengthOf(known.pieces);
  const first = known.pieces[0];
  if (first === undefined) return { method: 'similar_days', before: () => 0, tells: () => false };
  const total = known.value;
  if (total !== null && length <= LINE_UP_TO_MS) return line(known.pieces, total);
  const atoms = known.pieces.flatMap((piece) => hoursOf(piece, time));
  const finest = finestFor(length);
  const expected = atoms.map(({ from, to }) => similar.expected(from, to, first.from, finest));
  // Each hour stands for itself, so that it does not matter how far ahead was asked.
  if (total === null) {
    const parts = expected.map((use) => (use === null ? null : Math.round(use)));
    return over(atoms, parts, 'similar_days');
  }
  let knownMs = 0;
  let sum = 0;
  for (const [i, { from, to }] of atoms.entries()) {
    const use = expected[i] ?? null;
    if (use === null) continue;
    knownMs += to - from;
    sum += use;
  }
  if (knownMs * 2 < length || sum === 0) return line(known.pieces, total);
  const weights = atoms.map(({ from, to }, i) => expected[i] ?? (sum / knownMs) * (to - from));
  return over(atoms, alongTime(total, weights), 'similar_days');
}

const line = (pieces: readonly Span[], total: number) =>
  over(
    pieces,
    alongTime(
      total,
      pieces.map(({ from, to }) => to - from),
    ),
    'line',
  );

/**
 * Whole parts in proportion to weights, as differences of a rounded running sum: what an edge anywhere
 * cuts off is right to half a unit. Largest remainders would heap their units on the first hours.
 */
function alongTime(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  let weight = 0;
  let done = 0;
  return weights.map((one) => {
    weight += one;
    const next = Math.round(total * (weight / sum));
    const part = next - done;
    done = next;
    return part;
  });
}

/** The parts of a span within the hours of the local clock. */
function hoursOf({ from, to }: Span, time: LocalTime): Span[] {
  const atoms: Span[] = [];
  for (let at = from; at < to; ) {
    const offset = time.offsetAt(at);
    const next = Math.min(to, (Math.floor((at + offset) / HOUR_MS) + 1) * HOUR_MS - offset);
    atoms.push({ from: at, to: next });
    at = next;
  }
  return atoms;
}

function over(
  atoms: readonly Span[],
  parts: readonly (number | null)[],
  method: Spreading['method'],
): Spreading {
  const ends: number[] = [];
  let sum = 0;
  for (const part of parts) {
    sum += part ?? 0;
    ends.push(sum);
  }
  let last = 0;
  /** The first atom that ends after this moment. */
  const seek = (time: number) => {
    if (time < (atoms[last]?.from ?? Number.POSITIVE_INFINITY)) last = 0;
    while (last < atoms.length && (atoms[last] as Span).to <= time) last += 1;
    return last;
  };
  return {
    method,
    before(time) {
      const at = seek(time);
      const done = at === 0 ? 0 : (ends[at - 1] ?? 0);
      const atom = atoms[at];
      if (atom === undefined || time <= atom.from) return done;
      return done + Math.round(((parts[at] ?? 0) * (time - atom.from)) / (atom.to - atom.from));
    },
    tells(from, to) {
      for (let at = seek(from); at < atoms.length && (atoms[at] as Span).from < to; at += 1) {
        if (parts[at] === null) return false;
      }
      return true;
    },
  };
}
