import { type CountedGap, explainByCounts } from './explain-by-counts.ts';
import type { Evidence, Gap, LostSpan, Why } from './ledger.ts';

/** Two clocks of one LNS, and its deduplication of some 200 ms, lie between two stamps of one uplink. */
const SAME_UPLINK_WITHIN_MS = 10_000;
const ROLLOVER = 65_536;

/**
 * Says of each missing counter of one device where it was lost, as far as the evidence reaches. Strong
 * evidence goes first: a counter that the LNS names, then a moment at which it heard something, then its
 * whole record, then its counts. The spans of a gap add up to what it misses, whatever the evidence.
 */
export function explainGaps(gaps: readonly Gap[], evidence: Evidence): readonly (readonly LostSpan[])[] {
  const explained = gaps.map((gap) => explainNamed(gap, evidence));
  explainByCounts(explained, evidence.counted);
  return explained.map(({ gap, spans, rest }) => [
    ...spans,
    ...rest.flatMap((span) => {
      const left = span.count - span.afterLns - span.onRadio;
      const part = (count: number, state: LostSpan['state'], why: Why): LostSpan[] =>
        count === 0 ? [] : [{ ...boundsOf(gap, span), count, state, why, ...timesOf(gap) }];
      return [
        ...part(span.afterLns, 'lost_after_lns', span.named > 0 ? 'event_without_frame' : 'counted_by_lns'),
        ...part(span.onRadio, 'lost_on_radio', span.isRecorded ? 'not_in_record' : 'not_counted_by_lns'),
        ...part(left, 'unexplained', 'nothing_known'),
      ];
    }),
  ]);
}

function explainNamed(gap: Gap, { heard, moments, recorded }: Evidence): CountedGap {
  const named = new Map<number, Why>();
  const namedAtMs: number[] = [];
  for (const { fCnt, at, why } of heard) {
    const offset = offsetIn(gap, fCnt);
    if (offset === null || !isWithin(gap, at)) continue;
    if (!named.has(offset)) named.set(offset, why);
    namedAtMs.push(at.getTime());
  }
  // A moment that belongs to a counter named above tells nothing new.
  const unnamed = moments.filter(
    (moment) =>
      isWithin(gap, moment) &&
      namedAtMs.every((atMs) => Math.abs(atMs - moment.getTime()) > SAME_UPLINK_WITHIN_MS),
  ).length;
  const momentsLeft = Math.min(unnamed, gap.missing - named.size);

  const spans = runsOf([...named].sort(([a], [b]) => a - b)).map(
    ({ from, to, why }): LostSpan => ({
      ...boundsOf(gap, { from, to }),
      count: to - from + 1,
      state: 'lost_after_lns',
      why,
      ...timesOf(gap),
    }),
  );
  const rest = restOf(
    gap.missing,
    [...named.keys()].sort((a, b) => a - b),
  );
  let moment = momentsLeft;
  const isRecorded = recorded.some(({ from, to }) => from <= gap.after && gap.before <= to);
  const unsettled = rest.map(({ from, to }) => {
    const count = to - from + 1;
    const afterLns = Math.min(moment, count);
    moment -= afterLns;
    return {
      from,
      to,
      count,
      afterLns,
      named: afterLns,
      onRadio: isRecorded ? count - afterLns : 0,
      isRecorded,
    };
  });
  return { gap, spans, rest: unsettled };
}

/** Whether an uplink is one of those that the gap misses. */
export function isInGap(gap: Gap, { fCnt, at }: { readonly fCnt: number; readonly at: Date }): boolean {
  return offsetIn(gap, fCnt) !== null && isWithin(gap, at);
}

/** The position of a counter in the gap, 0 for its first; null for one outside. */
function offsetIn(gap: Gap, fCnt: number): number | null {
  const offset =
    gap.fCntFrom <= gap.fCntTo || fCnt >= gap.fCntFrom ? fCnt - gap.fCntFrom : fCnt + ROLLOVER - gap.fCntFrom;
  return offset >= 0 && offset < gap.missing ? offset : null;
}

function isWithin(gap: Gap, at: Date): boolean {
  const atMs = at.getTime();
  return (
    atMs >= gap.after.getTime() - SAME_UPLINK_WITHIN_MS &&
    atMs <= gap.before.getTime() + SAME_UPLINK_WITHIN_MS
  );
}

function runsOf(named: readonly (readonly [number, Why])[]): { from: number; to: number; why: Why }[] {
  const runs: { from: number; to: number; why: Why }[] = [];
  for (const [offset, why] of named) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === offset - 1 && last.why === why) last.to = offset;
    else runs.push({ from: offset, to: offset, why });
  }
  return runs;
}

function restOf(missing: number, named: readonly number[]): { from: number; to: number }[] {
  const rest: { from: number; to: number }[] = [];
  let from = 0;
  for (const offset of [...named, missing]) {
    if (offset > from) rest.push({ from, to: offset - 1 });
    from = offset + 1;
  }
  return rest;
}

function boundsOf(gap: Gap, { from, to }: { readonly from: number; readonly to: number }) {
  const counterAt = (offset: number) => {
    const fCnt = gap.fCntFrom + offset;
    return gap.fCntFrom > gap.fCntTo ? fCnt % ROLLOVER : fCnt;
  };
  return { fCntFrom: counterAt(from), fCntTo: counterAt(to) };
}

function timesOf({ after, before }: Gap) {
  return { after, before };
}
