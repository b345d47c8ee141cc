import { type Interval, intervalsOver } from './intervals.ts';
import { type Known, type Piece, piecesInOrder, unknownIn } from './known.ts';
import { layersOf } from './layers.ts';
import { dayOfDate, localTime } from './local-time.ts';
import { type ConsumptionOptions, settingsOf } from './options.ts';
import { learnMaximumRate, learnStep } from './plausible.ts';
import { refine } from './refine.ts';
import type { Finding, Series } from './series.ts';
import { similarDays } from './similar-days.ts';
import { type Spreading, spreading } from './spread.ts';
import { stuckFindings } from './stuck.ts';
import { type Tape, tapesOf } from './tapes.ts';

/** What a series of readings comes to, before it is cut into buckets. */
export interface Consumption {
  /** Every amount that is told, in the order of time, with the time that it is told for. */
  readonly pieces: readonly Piece[];
  readonly findings: readonly Finding[];
  /** What was given or learned: hand it back when a window of the same point is computed again. */
  readonly learned: { readonly maximumRate: number | null; readonly stepMs: number | null };
  /** One interval between each two of the edges. Any edges do; `boundaries` makes those of a local calendar. */
  over(edges: readonly number[]): Interval[];
}

/**
 * Register readings and load curves of one metering point become consumption. It is a function of the
 * set of readings: their order means nothing, and late ones give what they would have given in time.
 *
 * The order of work: sort readings to installations, follow each register, lay the sources over each
 * other from the most believed down, estimate where a total must be spread.
 */
export function consumption(series: Series, options: ConsumptionOptions): Consumption {
  const settings = settingsOf(options);
  const findings: Finding[] = [];
  const tapes = tapesOf(series, settings, findings);
  const maximumRate = options.maximumRate === undefined ? learnMaximumRate(tapes) : options.maximumRate;
  const stepMs = options.stepMs === undefined ? learnStep(tapes) : options.stepMs;

  let knowns: Known[] = [];
  for (const layer of layersOf(series, tapes, maximumRate, stepMs, settings, findings)) {
    knowns = refine(knowns, layer.spans, settings.sumTolerance, findings);
  }
  const pieces = withHoles(withEnds(piecesInOrder(knowns), tapes));
  findings.push(...stuckFindings(pieces));

  const time = localTime(settings.zone);
  const similar = similarDays(pieces, time, new Set(settings.holidays.map(dayOfDate)));
  const spreadings = new Map<Known, Spreading>();
  const spreadingOf = (known: Known) => {
    let made = spreadings.get(known);
    if (made === undefined) {
      made = spreading(known, similar, time);
      spreadings.set(known, made);
    }
    return made;
  };
  return {
    pieces,
    findings: findings.toSorted(inOrder),
    learned: { maximumRate, stepMs },
    over: (edges) => intervalsOver(edges, pieces, spreadingOf, settings),
  };
}

/**
 * A first or last reading that makes no amount with another still parts what is unknown before it from
 * what is not yet known after it.
 */
function withEnds(pieces: readonly Piece[], tapes: readonly Tape[]): readonly Piece[] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { parts } of tapes) {
    for (const { readings } of parts) {
      for (const { time } of readings) {
        first = Math.min(first, time);
        last = Math.max(last, time);
      }
    }
  }
  if (first > last) return pieces;
  const [from, to] = [pieces[0]?.from ?? Number.POSITIVE_INFINITY, pieces.at(-1)?.to ?? first];
  return [...(first < from ? [momentOf(first)] : []), ...pieces, ...(last > to ? [momentOf(last)] : [])];
}

function momentOf(time: number): Piece {
  const span = { from: time, to: time };
  return {
    ...span,
    known: { ...unknownIn(span, 'unknown'), value: 0, quality: 'measured', method: 'index' },
  };
}

/** Time between two amounts that nobody tells of: a swap without indexes, a hole in a load curve. */
function withHoles(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const before = all.at(-1);
    if (before !== undefined && before.to < piece.from) {
      const span = { from: before.to, to: piece.from };
      all.push({ ...span, known: unknownIn(span, 'unknown') });
    }
    all.push(piece);
  }
  return all;
}

const text = (finding: Finding) => JSON.stringify(finding.detail);
const inOrder = (a: Finding, b: Finding) =>
  a.at - b.at ||
  (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
