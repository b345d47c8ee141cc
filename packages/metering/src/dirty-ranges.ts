import type { Consumption } from './consumption.ts';
import type { Piece } from './known.ts';
import { DAY_MS, HOUR_MS } from './local-time.ts';
import type { Span } from './series.ts';

/**
 * How far back an estimate looks from where its gap begins: three weeks, and a day for the clocks. To
 * compute a range again, take the readings from this long before the last one that is not after the
 * range's start, up to the first one that is not before its end.
 */
export const LOOK_BACK_MS = 22 * DAY_MS;

/**
 * The spans of time whose buckets may differ between two states of knowledge: buckets that touch none of
 * them are the same in both. It compares what the readings came to rather than the readings, so a
 * reading that repeats what was known makes nothing dirty, and one that unmasks an outlier makes dirty
 * what that outlier had spoilt. `Infinity` stands for what the last reading leaves open.
 */
export function dirtyRanges(before: Consumption, after: Consumption, edgeToleranceMs = 60_000): Span[] {
  const changed = merged([
    ...onlyIn(before.pieces, after.pieces),
    ...onlyIn(after.pieces, before.pieces),
    ...ends(before.pieces, after.pieces),
  ]);
  const dirty = [...changed];
  // An amount that must be spread leans on the days before it.
  for (const { from, known } of [...before.pieces, ...after.pieces, ...openEnd(after.pieces)]) {
    const start = known?.pieces[0]?.from ?? from;
    const end = known?.pieces.at(-1)?.to ?? Number.POSITIVE_INFINITY;
    if (end - start <= HOUR_MS) continue;
    if (changed.some((one) => one.from < start && one.to > start - LOOK_BACK_MS))
      dirty.push({ from: start, to: end });
  }
  return merged(dirty).map(({ from, to }) => ({ from: from - edgeToleranceMs, to: to + edgeToleranceMs }));
}

const openEnd = (pieces: readonly Piece[]): { from: number; known: Piece['known'] | null }[] => {
  const last = pieces.at(-1);
  return last === undefined ? [] : [{ from: last.to, known: null }];
};

/** The first reading may have become an earlier or a later one; so may the last. */
function ends(before: readonly Piece[], after: readonly Piece[]): Span[] {
  const [first, newFirst] = [before[0]?.from, after[0]?.from];
  const [last, newLast] = [before.at(-1)?.to, after.at(-1)?.to];
  if (first === undefined || newFirst === undefined || last === undefined || newLast === undefined) {
    return first === newFirst ? [] : [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }];
  }
  const spans: Span[] = [];
  if (first !== newFirst) spans.push({ from: Math.min(first, newFirst), to: Math.max(first, newFirst) });
  if (last !== newLast) spans.push({ from: Math.min(last, newLast), to: Number.POSITIVE_INFINITY });
  return spans;
}

/** Pieces lie in the order of time and never overlap: one walk through both finds those that differ. */
function onlyIn(here: readonly Piece[], there: readonly Piece[]): Span[] {
  const spans: Span[] = [];
  let next = 0;
  for (const piece of here) {
    while (next < there.length && (there[next] as Piece).from < piece.from) next += 1;
    const other = there[next];
    if (other === undefined || !same(piece, other)) spans.push({ from: piece.from, to: piece.to });
  }
  return spans;
}

const same = (a: Piece, b: Piece) =>
  a.from === b.from &&
  a.to === b.to &&
  a.known.value === b.known.value &&
  a.known.quality === b.known.quality &&
  a.known.method === b.known.method &&
  a.known.gap === b.known.gap &&
  a.known.provisional === b.known.provisional &&
  a.known.settles?.from === b.known.settles?.from &&
  a.known.settles?.to === b.known.settles?.to &&
  a.known.pieces.length === b.known.pieces.length &&
  a.known.pieces.every((one, i) => one.from === b.known.pieces[i]?.from && one.to === b.known.pieces[i]?.to);

function merged(spans: readonly Span[]): Span[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}
