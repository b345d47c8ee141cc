import type { CountedUplinks, Evidence, Gap, LostSpan } from './ledger.ts';

/** A gap on its way to its explanation: spans that are settled, and the rest, with what is known of how many. */
export interface CountedGap {
  readonly gap: Gap;
  readonly spans: readonly LostSpan[];
  readonly rest: readonly {
    /** Offsets in the gap. */
    readonly from: number;
    readonly to: number;
    readonly count: number;
    afterLns: number;
    onRadio: number;
    /** Of them told by a moment, not by counts. */
    readonly named: number;
    /** The LNS's record is whole for this gap. */
    readonly isRecorded: boolean;
  }[];
}

/** The LNS counts an uplink when it has done with it, a little after the stamp that the frame carries. */
const COUNTED_LATER_BY_MS = 10_000;

/**
 * ChirpStack counts the uplinks of a device by the hour (for two days) and by the day (for two months).
 * Over the hours that gaps lie in, what it counted more than is here was lost after it, and the rest of
 * what is missing it never heard. How many is certain then, which ones is not: the longest gap, which an
 * outage makes, takes them first. A frame on the edge of an hour leaves a count open by one. Where a session
 * begins or ends in these hours, what the LNS counted more may be of no gap at all.
 */
export function explainByCounts(explained: readonly CountedGap[], counted: Evidence['counted']): void {
  if (counted === null || counted.buckets.length === 0) return;
  for (const { buckets, gaps } of clustersOf(explained, counted.buckets)) {
    const [first, last] = [buckets[0], buckets.at(-1)];
    if (first === undefined || last === undefined) continue;
    const [fromMs, toMs] = [first.from.getTime(), last.to.getTime()];
    const heard = buckets.reduce((sum, { uplinks }) => sum + uplinks, 0);
    let storedAtLeast = 0;
    let storedAtMost = 0;
    for (const at of counted.stored) {
      const atMs = at.getTime();
      if (atMs >= fromMs && atMs < toMs - COUNTED_LATER_BY_MS) storedAtLeast += 1;
      if (atMs >= fromMs - COUNTED_LATER_BY_MS && atMs < toMs) storedAtMost += 1;
    }
    // Fewer than are here: its counts were wiped, or are another server's.
    if (heard < storedAtLeast) continue;
    const rests = gaps.flatMap(({ rest }) => rest.filter(({ isRecorded }) => !isRecorded));
    const known = gaps.reduce(
      (sum, { spans, rest }) =>
        sum +
        spans.reduce((part, { count }) => part + count, 0) +
        rest.reduce((part, { afterLns }) => part + afterLns, 0),
      0,
    );
    const open = rests.reduce((sum, { count, afterLns }) => sum + count - afterLns, 0);
    const clamp = (value: number) => Math.max(0, Math.min(open, value));
    const mayHoldOthers = counted.edges.some((at) => at >= first.from && at < last.to);
    let afterLns = mayHoldOthers ? 0 : clamp(heard - storedAtMost - known);
    let onRadio = open - clamp(heard - storedAtLeast - known);
    for (const span of [...rests].sort((a, b) => b.count - a.count)) {
      const now = Math.min(afterLns, span.count - span.afterLns);
      span.afterLns += now;
      afterLns -= now;
    }
    for (const span of [...rests].sort((a, b) => a.count - b.count)) {
      const now = Math.min(onRadio, span.count - span.afterLns);
      span.onRadio += now;
      onRadio -= now;
    }
  }
}

/** Gaps that share an hour are judged together, over all the hours that they touch. */
function clustersOf(explained: readonly CountedGap[], buckets: readonly CountedUplinks[]) {
  const ordered = [...explained].sort((a, b) => a.gap.after.getTime() - b.gap.after.getTime());
  const clusters: { first: number; last: number; gaps: CountedGap[] }[] = [];
  const bucketOf = (at: Date) => buckets.findIndex(({ from, to }) => from <= at && at < to);
  /** The buckets that a gap reaches into which is not wholly counted. */
  const blocked: [first: number, last: number][] = [];
  for (const one of ordered) {
    const first = bucketOf(one.gap.after);
    const last = bucketOf(one.gap.before);
    if (first < 0 || last < 0) {
      if (last >= 0) blocked.push([0, last]);
      if (first >= 0) blocked.push([first, buckets.length - 1]);
      continue;
    }
    const cluster = clusters.at(-1);
    if (cluster !== undefined && first <= cluster.last) {
      cluster.last = Math.max(cluster.last, last);
      cluster.gaps.push(one);
    } else clusters.push({ first, last, gaps: [one] });
  }
  return clusters
    .filter(({ first, last }) => blocked.every(([from, to]) => last < from || first > to))
    .map(({ first, last, gaps }) => ({ buckets: buckets.slice(first, last + 1), gaps }));
}
