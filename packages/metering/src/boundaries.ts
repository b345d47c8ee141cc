import { DAY_MS, HOUR_MS, type LocalTime, localDay, localTime, startOfDay } from './local-time.ts';

/** How consumption is cut: local hours, days, months or years. */
export type BucketUnit = 'hour' | 'day' | 'month' | 'year';

export interface Bucket {
  readonly unit: BucketUnit;
  /** Minutes after local midnight at which a day begins, and with it month and year. */
  readonly dayStartMinutes?: number;
}

/** The gas day runs from 06:00 to 06:00 local time. */
export const GAS_DAY: Bucket = { unit: 'day', dayStartMinutes: 360 };

/**
 * The instants at which buckets begin and end, from the one that contains `from` to the first edge that
 * is not before `to`: one more than there are buckets. Days have 23, 24 or 25 hours; the hour that
 * comes twice is two buckets, told apart by their instants.
 */
export function boundaries(zone: string, bucket: Bucket | BucketUnit, from: number, to: number): number[] {
  const { unit, dayStartMinutes = 0 } = typeof bucket === 'string' ? { unit: bucket } : bucket;
  const time = localTime(zone);
  const dayStartMs = dayStartMinutes * 60_000;
  const edges: number[] = [];
  switch (unit) {
    case 'hour':
      hours(time, dayStartMs, from, to, edges);
      break;
    case 'day':
      for (let day = localDay(time, from, dayStartMs); ; day += 1) {
        if (push(edges, startOfDay(time, day, dayStartMs), to)) break;
      }
      break;
    case 'month':
    case 'year': {
      const first = new Date(localDay(time, from, dayStartMs) * DAY_MS);
      const step = unit === 'month' ? 1 : 12;
      for (let month = unit === 'month' ? first.getUTCMonth() : 0; ; month += step) {
        const day = Date.UTC(first.getUTCFullYear(), month, 1) / DAY_MS;
        if (push(edges, startOfDay(time, day, dayStartMs), to)) break;
      }
      break;
    }
  }
  return edges;
}

/** True when the last edge was reached; there is always one bucket. */
function push(edges: number[], edge: number, to: number): boolean {
  edges.push(edge);
  return edge >= to && edges.length > 1;
}

function hours(time: LocalTime, dayStartMs: number, from: number, to: number, edges: number[]) {
  let day = localDay(time, from, dayStartMs);
  let start = startOfDay(time, day, dayStartMs);
  for (;;) {
    const end = startOfDay(time, day + 1, dayStartMs);
    for (let edge = start; edge < end; edge += HOUR_MS) {
      if (edge + HOUR_MS <= from && edge + HOUR_MS < end + HOUR_MS) continue;
      if (push(edges, edge, to)) return;
    }
    start = end;
    day += 1;
  }
}
