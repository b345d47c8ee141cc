import type { Quality } from '@veilleur/domain';
import type { Interval, Span } from '@veilleur/metering';
import { EstimatedShare } from './estimated-share.ts';

/** Why nobody can say what was used: it is missing, no reading tells of it, or it has no energy yet. */
export type UnknownReason = 'missing' | 'not_told' | 'no_coefficient';

export interface UnknownSpan<Reason extends string = UnknownReason> extends Span {
  readonly reason: Reason;
}

/** What is stored of one hour, day or month, or what is left between such. Amounts are millionths. */
export interface Leaf extends Span {
  readonly value: number | null;
  readonly quality: Quality;
  /** By how much the value may be off, by the readings around it; 0: it is not; null: nothing bounds it. */
  readonly doubt: number | null;
  readonly reason: UnknownReason | null;
}

/** A stored bucket of which the value is known, however its inside is. */
interface Whole extends Span {
  readonly value: number;
  readonly quality: Quality;
  readonly doubt: number;
}

/**
 * Consumption of one register as a line of time that can be cut anywhere. A cut inside of what is stored is
 * apportioned by time, and so an estimate; parts always sum to what they are parts of.
 */
export class Line {
  readonly leaves: readonly Leaf[];
  /** From the longest to the shortest. */
  readonly #wholes: readonly ReadonlyMap<number, Whole>[];

  constructor(leaves: readonly Leaf[], wholes: readonly (readonly Whole[])[] = []) {
    this.leaves = leaves;
    this.#wholes = wholes.map((some) => new Map(some.map((one) => [one.from, one])));
  }

  /** One interval between each two of the edges; without value where any of its time is unknown. */
  over(edges: readonly number[]): Interval[] {
    return edges.slice(1).map((to, i) => this.#interval(edges[i] as number, to));
  }

  /** The time in a span of which nobody tells, in order, with the reason. */
  unknown(span: Span): UnknownSpan[] {
    const found: { from: number; to: number; reason: UnknownReason }[] = [];
    const add = (from: number, to: number, reason: UnknownReason) => {
      const last = found.at(-1);
      if (from >= to) return;
      if (last?.to === from && last.reason === reason) last.to = to;
      else found.push({ from, to, reason });
    };
    let at = span.from;
    for (const leaf of this.#within(span)) {
      const [from, to] = [Math.max(leaf.from, span.from), Math.min(leaf.to, span.to)];
      add(at, from, 'not_told');
      if (leaf.value === null) add(from, to, leaf.reason ?? 'missing');
      at = Math.max(at, to);
    }
    add(at, span.to, 'not_told');
    return found;
  }

  /** The time in a span of which the use is known, in order. */
  known(span: Span): Span[] {
    const runs: Span[] = [];
    let at = span.from;
    for (const { from, to } of this.unknown(span)) {
      if (from > at) runs.push({ from: at, to: from });
      at = to;
    }
    if (at < span.to) runs.push({ from: at, to: span.to });
    return runs;
  }

  *#within({ from, to }: Span): Generator<Leaf> {
    let [low, high] = [0, this.leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.leaves[middle] as Leaf).to <= from) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.leaves.length && (this.leaves[i] as Leaf).from < to; i += 1) {
      yield this.leaves[i] as Leaf;
    }
  }

  #interval(from: number, to: number): Interval {
    const span = { from, to };
    if (this.unknown(span).length > 0) return intervalOf(span, null, 'missing', 0);
    let value = 0;
    const estimated = new EstimatedShare();
    let quality: Quality = 'measured';
    let sureUntil = from;
    for (const leaf of this.#within(span)) {
      const start = Math.max(leaf.from, from);
      const share = before(leaf, Math.min(leaf.to, to)) - before(leaf, start);
      value += share;
      if (start < sureUntil) continue;
      const whole = this.#wholeFrom(start, to);
      sureUntil = whole?.to ?? Math.min(leaf.to, to);
      const cut = whole === null && share !== 0 && (leaf.from < from || leaf.to > to);
      const own = cut ? 'estimated' : (whole ?? leaf).quality;
      quality = worse(quality, own);
      if (whole !== null) estimated.add(whole.value, whole.doubt);
      else estimated.add(share, cut ? null : leaf.doubt);
    }
    return intervalOf(span, value, quality, estimated.sum);
  }

  /** The longest stored bucket that begins at a moment and ends in time: its total may be surer than its parts. */
  #wholeFrom(from: number, to: number): Whole | null {
    for (const wholes of this.#wholes) {
      const whole = wholes.get(from);
      if (whole !== undefined && whole.to <= to) return whole;
    }
    return null;
  }
}

/** What of a leaf has run through before a moment: rounded as a running sum, so that parts make the whole. */
function before({ from, to, value }: Leaf, moment: number): number {
  return moment >= to ? (value ?? 0) : Math.round(((value ?? 0) * (moment - from)) / (to - from));
}

const WORSE: readonly Quality[] = ['measured', 'repaired', 'estimated', 'missing'];
const worse = (a: Quality, b: Quality) => (WORSE.indexOf(b) > WORSE.indexOf(a) ? b : a);

/** As metering's functions take it. Nothing is known here of the readings behind a stored value. */
export function intervalOf(
  { from, to }: Span,
  value: number | null,
  quality: Quality,
  estimated: number,
): Interval {
  return {
    from,
    to,
    value,
    quality,
    method: value === null ? 'unknown' : estimated === 0 ? 'index' : 'line',
    estimate: value,
    evidence: {
      from: null,
      to: null,
      measured: (value ?? 0) - estimated,
      estimated,
      uncertainty: null,
      provisional: false,
    },
  };
}
