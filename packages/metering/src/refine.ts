import { type Known, lengthOf, type Piece, piecesInOrder, without } from './known.ts';
import { apportion } from './micro.ts';
import type { Finding, Span } from './series.ts';

/**
 * Lays a less believed layer under what is known. A total that is known stays; the layer tells how it
 * spreads inside, what the layer does not tell inside is the rest, and where nothing was known the layer
 * speaks for itself.
 */
export function refine(
  knowns: readonly Known[],
  layer: readonly Known[],
  sumTolerance: number,
  findings: Finding[],
): Known[] {
  if (knowns.length === 0) return [...layer];
  if (layer.length === 0) return [...knowns];
  const under = piecesInOrder(layer);
  const result: Known[] = [];
  const told = piecesInOrder(knowns.filter((one) => one.value !== null));
  for (const known of knowns) {
    if (known.value === null) {
      const left = without(known.pieces, under);
      if (left.length > 0) result.push({ ...known, pieces: left });
    } else {
      result.push(...refineOne(known, known.value, overlapping(known.pieces, under), sumTolerance, findings));
    }
  }
  for (const { known, from, to } of under) {
    for (const span of without([{ from, to }], around(told, from, to))) result.push(share(known, span, null));
  }
  return result.sort((a, b) => (a.pieces[0] as Span).from - (b.pieces[0] as Span).from);
}

function refineOne(
  known: Known,
  total: number,
  inside: readonly { readonly piece: Piece; readonly span: Span }[],
  sumTolerance: number,
  findings: Finding[],
): Known[] {
  const from = (known.pieces[0] as Span).from;
  const whole = inside.filter(({ piece, span }) => piece.known.value !== null && sameSpan(piece, span));
  const [only] = whole;
  if (only !== undefined && known.pieces.length === 1 && sameSpan(only.span, known.pieces[0] as Span)) {
    const left = only.piece.known.value ?? 0;
    if (Math.abs(left - total) > sumTolerance) {
      findings.push({ kind: 'overlap', at: from, detail: { kept: total, left, until: only.span.to } });
    }
    return [known];
  }
  if (whole.length === 0) return [known];
  const parts = inside
    .filter(({ piece }) => piece.known.value !== null)
    .map(({ piece, span }) => share(piece.known, span, known.settles));
  const firm = parts.filter((one) => one.method !== 'operator_estimate');
  const soft = parts.filter((one) => one.method === 'operator_estimate');
  const gaps = without(
    known.pieces,
    parts.flatMap((one) => one.pieces),
  );
  const rest = total - firm.reduce((sum, one) => sum + (one.value ?? 0), 0);
  if (gaps.length + soft.length > 0 && rest >= 0) {
    return [...firm, ...spread(known, rest, gaps, soft)];
  }
  if (rest === 0) return firm;
  // The finer source does not add up to the total: it keeps its shape, the total keeps its amount.
  const beyond = Math.abs(rest) > sumTolerance;
  if (beyond) {
    findings.push({
      kind: 'overlap',
      at: from,
      detail: { kept: total, left: total - rest, until: lastOf(known) },
    });
  }
  const rate = (total - rest) / lengthOf(firm.flatMap((one) => one.pieces));
  const open = gaps.map((gap) => restOf(known, 0, [gap]));
  const all = [...firm, ...soft, ...open];
  const weights = all.map((one) =>
    one.method === 'rest' ? rate * lengthOf(one.pieces) : Math.max(0, one.value ?? 0),
  );
  return apportion(total, weights).map((value, i) => {
    const one = all[i] as Known;
    const repaired = beyond && one.quality === 'measured';
    return {
      ...one,
      value,
      ...(repaired ? { quality: 'repaired', method: 'scaled' } : {}),
      settles: known.settles,
    };
  });
}

/** What is left of a total goes where the finer source is silent, else to its own estimates. */
function spread(known: Known, rest: number, gaps: readonly Span[], soft: readonly Known[]): Known[] {
  if (gaps.length === 0) {
    const values = apportion(
      rest,
      soft.map((one) => Math.max(0, one.value ?? 0)),
    );
    return soft.map((one, i) => ({ ...one, value: values[i] ?? 0, settles: known.settles }));
  }
  const silent = [...gaps, ...soft.flatMap((one) => one.pieces)].sort((a, b) => a.from - b.from);
  return [restOf(known, rest, silent)];
}

const restOf = (known: Known, value: number, pieces: readonly Span[]): Known => ({
  pieces,
  value,
  quality: 'estimated',
  method: 'rest',
  gap: true,
  settles: known.settles,
  provisional: known.provisional,
});

/** The part of an amount that falls into a span of its time: the whole, or a straight line's share. */
function share(known: Known, span: Span, settles: Span | null): Known {
  const whole = known.pieces.length === 1 && sameSpan(known.pieces[0] as Span, span);
  if (whole || known.value === null) return { ...known, pieces: [span] };
  const own = known.pieces[0] as Span;
  const at = (time: number) =>
    Math.round(((known.value ?? 0) * (time - own.from)) / Math.max(1, own.to - own.from));
  return {
    ...known,
    pieces: [span],
    value: at(span.to) - at(span.from),
    quality: 'estimated',
    method: known.method === 'operator_estimate' ? 'operator_estimate' : 'line',
    settles,
  };
}

const sameSpan = (a: Span, b: Span) => a.from === b.from && a.to === b.to;
const lastOf = (known: Known) => (known.pieces.at(-1) as Span).to;

function overlapping(spans: readonly Span[], pieces: readonly Piece[]) {
  const found: { piece: Piece; span: Span }[] = [];
  for (const { from, to } of spans) {
    for (const piece of around(pieces, from, to)) {
      found.push({ piece, span: { from: Math.max(from, piece.from), to: Math.min(to, piece.to) } });
    }
  }
  return found;
}

/** The pieces that overlap a span; they do not overlap each other, so a binary search finds the first. */
function around(pieces: readonly Piece[], from: number, to: number): Piece[] {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle] as Piece).to <= from) low = middle + 1;
    else high = middle;
  }
  const found: Piece[] = [];
  for (let i = low; i < pieces.length && (pieces[i] as Piece).from < to; i += 1)
    found.push(pieces[i] as Piece);
  return found;
}
