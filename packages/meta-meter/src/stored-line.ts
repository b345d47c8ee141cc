import { apportion, boundaries, type Span } from '@veilleur/metering';
import type { BucketName, MeterBucket } from '@veilleur/store';
import { type Leaf, Line } from './line.ts';
import type { LocalDays } from './local-days.ts';

export type Stored = Pick<MeterBucket, 'from' | 'value' | 'quality' | 'uncertainty'>;

/**
 * What is stored of a register becomes a line: months, with their days inside, with their hours inside.
 * Where only some of the inside is stored, the rest of the total lies in what is left of the time.
 */
export function storedLine(stored: Readonly<Record<BucketName, readonly Stored[]>>, days: LocalDays): Line {
  const [hours, dayBuckets, months] = (['hour', 'day', 'month'] as const).map((bucket) =>
    stored[bucket].map((one): Leaf => {
      const reason = one.value === null ? 'missing' : null;
      return {
        from: one.from,
        to: endOf(one.from, bucket, days),
        value: one.value,
        quality: one.quality,
        doubt: doubtOf(one),
        reason,
      };
    }),
  ) as [Leaf[], Leaf[], Leaf[]];
  const leaves = refined(months, refined(dayBuckets, hours));
  // The total of a bucket may be surer than its parts. One that nothing bounds has its parts tell how sure it is.
  const wholes = [months, dayBuckets].map((some) =>
    some.flatMap(({ value, doubt, ...leaf }) =>
      value === null || doubt === null ? [] : [{ ...leaf, value, doubt }],
    ),
  );
  return new Line(leaves, wholes);
}

/** An estimate whose ends lie between two readings is off by what ran through there, and no more. */
const doubtOf = ({ quality, uncertainty }: Stored) => (quality === 'estimated' ? uncertainty : 0);

function endOf(from: number, bucket: BucketName, { zone, dayStartMinutes }: LocalDays): number {
  if (bucket === 'hour') return from + 3_600_000;
  return boundaries(zone, { unit: bucket, dayStartMinutes }, from, from)[1] ?? from;
}

/** Each bucket becomes what is known of its inside; what lies in no bucket stays. */
function refined(buckets: readonly Leaf[], inside: readonly Leaf[]): Leaf[] {
  const leaves: Leaf[] = [];
  let next = 0;
  for (const bucket of buckets) {
    while (next < inside.length && (inside[next] as Leaf).to <= bucket.from)
      leaves.push(inside[next++] as Leaf);
    const own: Leaf[] = [];
    while (next < inside.length && (inside[next] as Leaf).to <= bucket.to) own.push(inside[next++] as Leaf);
    leaves.push(...filled(bucket, own));
  }
  leaves.push(...inside.slice(next));
  return leaves;
}

function filled(bucket: Leaf, own: readonly Leaf[]): Leaf[] {
  const told = own.filter(({ value }) => value !== null);
  const left = gapsBetween(bucket, told);
  if (left.length === 0) return told;
  if (told.length === 0 && bucket.value !== null) return [bucket];
  const rest =
    bucket.value === null ? null : bucket.value - told.reduce((sum, one) => sum + (one.value ?? 0), 0);
  const parts =
    rest === null
      ? []
      : apportion(
          rest,
          left.map(({ from, to }) => to - from),
        );
  const filling = left.map(
    (span, i): Leaf =>
      rest === null
        ? { ...span, value: null, quality: 'missing', doubt: null, reason: 'missing' }
        : { ...span, value: parts[i] ?? 0, quality: 'estimated', doubt: null, reason: null },
  );
  return [...told, ...filling].sort((a, b) => a.from - b.from);
}

function gapsBetween({ from, to }: Span, taken: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let at = from;
  for (const one of taken) {
    if (one.from > at) gaps.push({ from: at, to: one.from });
    at = Math.max(at, one.to);
  }
  if (at < to) gaps.push({ from: at, to });
  return gaps;
}
