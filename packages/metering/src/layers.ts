import { followRegister, type Point } from './follow-register.ts';
import type { Known } from './known.ts';
import { rankOf, type Settings } from './options.ts';
import type { Finding, IntervalReading, Series, Span } from './series.ts';
import type { Tape } from './tapes.ts';

/** What one source tells at one rank: spans that do not overlap, in the order of time. */
export interface Layer {
  readonly rank: number;
  readonly spans: Known[];
}

/**
 * The layers of a series, the most believed first. A register gives one for each rank of its readings,
 * made of those of at least that rank: so two final indexes a month apart keep their total whatever
 * provisional ones stand between them.
 */
export function layersOf(
  series: Series,
  tapes: readonly Tape[],
  maximumRate: number | null,
  stepMs: number | null,
  settings: Settings,
  findings: Finding[],
): Layer[] {
  const layers: Layer[] = [];
  for (const tape of tapes) {
    const ranks = [...new Set(tape.parts.flatMap(({ readings }) => readings.map((one) => one.rank)))];
    for (const rank of ranks.sort((a, b) => a - b)) {
      // Each rank sees the readings of the better ones again: one finding is enough.
      const found: Finding[] = rank === ranks.at(-1) ? findings : [];
      layers.push({ rank, spans: spansOf(followRegister(tape, rank, maximumRate, found), stepMs, found) });
    }
  }
  const byRank = Map.groupBy(series.intervals ?? [], (one) => rankOf(one, settings.precedence));
  for (const [rank, intervals] of byRank) {
    const byScale = Map.groupBy(intervals, scaleOf);
    for (const scale of SCALES) layers.push({ rank, spans: curve(byScale.get(scale) ?? [], findings) });
  }
  // Of equal ranks the register comes first: it is what is billed. The sort is stable.
  return layers.sort((a, b) => a.rank - b.rank);
}

/** Of equal ranks the longer keeps its total: a bill over its days, a day over its load curve. */
const SCALES = ['longer', 'day', 'curve'] as const;

function scaleOf({ from, to }: Span): (typeof SCALES)[number] {
  const hours = (to - from) / 3_600_000;
  return hours > 25 ? 'longer' : hours >= 23 ? 'day' : 'curve';
}

function spansOf(points: readonly Point[], stepMs: number | null, findings: Finding[]): Known[] {
  const spans: Known[] = [];
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]] as [Point, Point];
    const span: Span = { from: a.time, to: b.time };
    const told = a.epoch === b.epoch;
    const estimated = a.estimated || b.estimated;
    const gap = !told || (stepMs !== null && b.time - a.time > 1.5 * stepMs);
    const value = told ? b.index - a.index : null;
    if (gap && told) findings.push({ kind: 'gap', at: a.time, detail: { until: b.time, amount: value } });
    spans.push({
      pieces: [span],
      value,
      quality: estimated ? 'estimated' : 'measured',
      method: told ? (estimated ? 'operator_estimate' : 'index') : 'unknown',
      gap,
      settles: told && !estimated ? span : null,
      provisional: a.provisional || b.provisional,
    });
  }
  return spans;
}

/** Intervals of one scale, where two overlap the one that became known last. */
function curve(intervals: readonly IntervalReading[], findings: Finding[]): Known[] {
  const byBelief = intervals
    .filter((one) => one.to > one.from)
    .toSorted(
      (a, b) =>
        a.from - b.from ||
        (b.knownAt ?? 0) - (a.knownAt ?? 0) ||
        (b.seq ?? 0) - (a.seq ?? 0) ||
        a.to - b.to ||
        b.amount - a.amount,
    );
  const kept: IntervalReading[] = [];
  for (const one of byBelief) {
    let wins = true;
    for (let last = kept.at(-1); last !== undefined && last.to > one.from; last = kept.at(-1)) {
      wins = (one.knownAt ?? 0) > (last.knownAt ?? 0);
      const [winner, loser] = wins ? [one, last] : [last, one];
      const same = winner.from === loser.from && winner.to === loser.to && winner.amount === loser.amount;
      if (!same) {
        const detail = { kept: winner.amount, left: loser.amount };
        findings.push({ kind: 'overlap', at: loser.from, detail });
      }
      if (!wins) break;
      kept.pop();
    }
    if (wins) kept.push(one);
  }
  return kept.map(({ from, to, amount, quality }) => {
    const estimated = quality === 'estimated';
    return {
      pieces: [{ from, to }],
      value: amount,
      quality: estimated ? 'estimated' : 'measured',
      method: estimated ? 'operator_estimate' : 'intervals',
      gap: false,
      settles: estimated ? null : { from, to },
      provisional: quality === 'provisional',
    } satisfies Known;
  });
}
