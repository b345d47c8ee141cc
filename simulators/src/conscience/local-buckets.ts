import { CityClock, DAY_MS, HOUR_MS } from '../city/clock.ts';

export const BUCKETS = ['hour', 'day', 'month'] as const;
export type BucketUnit = (typeof BUCKETS)[number];

const clocks = new Map<string, CityClock>();

/**
 * Where hours, days and months of a city's own clocks begin, from the one that contains `fromMs` to the
 * first edge that is not before `toMs`: one more than there are buckets.
 *
 * @param dayStartMinutes after local midnight: 360 is a gas day. Not between 01:00 and 03:00.
 */
export function bucketEdges(
  timeZone: string,
  unit: BucketUnit,
  dayStartMinutes: number,
  fromMs: number,
  toMs: number,
): number[] {
  const clock = clockOf(timeZone);
  const edges: number[] = [];
  const push = (edge: number) => {
    edges.push(edge);
    return edge >= toMs && edges.length > 1;
  };
  if (unit === 'hour') {
    const offsetMs = clock.offsetMs(fromMs);
    let edge = Math.floor((fromMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
    while (!push(edge)) edge += HOUR_MS;
    return edges;
  }
  const firstDay = Math.floor((fromMs + clock.offsetMs(fromMs) - dayStartMinutes * 60_000) / DAY_MS);
  const first = new Date(firstDay * DAY_MS);
  for (let n = 0; ; n++) {
    const day =
      unit === 'day' ? firstDay + n : Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n, 1) / DAY_MS;
    if (push(clock.instantOfLocal(day, dayStartMinutes))) return edges;
  }
}

function clockOf(timeZone: string): CityClock {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new CityClock(timeZone);
    clocks.set(timeZone, clock);
  }
  return clock;
}
