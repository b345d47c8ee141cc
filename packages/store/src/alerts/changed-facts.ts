import type { PoolClient } from 'pg';
import { integers, moments } from '../binary-arrays.ts';
import type { Change } from '../tail/change.ts';

/** What changes told of a device. Times are ms since 1970. */
export interface ChangedFacts {
  readonly measurements: readonly MeasuredFact[];
  readonly events: readonly { readonly deviceId: number; readonly kind: string; readonly time: number }[];
}

export interface MeasuredFact {
  readonly deviceId: number;
  readonly quantityId: number;
  readonly channel: number;
  readonly time: number;
  readonly value: number;
}

export interface WantedFacts {
  readonly quantityIds: readonly number[];
  readonly channels: readonly number[];
  /** Kinds of device events. */
  readonly events: readonly string[];
}

export const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** A value that a decoder marks as missing is none. */
const MISSING = 3;

/**
 * The measurements of some quantities, and the events of some kinds, that arrivals were the first to tell.
 * The leaner sister of `readChangedMeasurements`: in no order, and a row may come twice.
 */
export async function readChangedFacts(
  client: PoolClient,
  changes: readonly Change[],
  { quantityIds, channels, events }: WantedFacts,
): Promise<ChangedFacts> {
  return {
    measurements: quantityIds.length === 0 ? [] : await readMeasured(client, changes, quantityIds, channels),
    events: events.length === 0 ? [] : await readEvents(client, changes, events),
  };
}

async function readMeasured(
  client: PoolClient,
  changes: readonly Change[],
  quantityIds: readonly number[],
  channels: readonly number[],
): Promise<MeasuredFact[]> {
  const [deviceIds, from, to, reported]: [number[], Date[], Date[], Date[]] = [[], [], [], []];
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const change of changes) {
    if (change.kind !== 'frame' && change.kind !== 'device_event') continue;
    const { deviceId, fromTime, toTime, reportedAt } = change;
    if (fromTime === null || toTime === null) continue;
    deviceIds.push(deviceId);
    from.push(fromTime);
    to.push(toTime);
    reported.push(reportedAt);
    first = Math.min(first, fromTime.getTime());
    last = Math.max(last, toTime.getTime());
  }
  if (deviceIds.length === 0) return [];
  const { rows } = await client.query<[number, number, number, number, number]>({
    text: MEASURED,
    values: [
      integers(deviceIds),
      moments(from),
      moments(to),
      moments(reported),
      new Date(first),
      new Date(last),
      integers(quantityIds),
      integers(channels),
    ],
    rowMode: 'array',
  });
  return rows.map(([deviceId, quantityId, channel, time, value]) => ({
    deviceId,
    quantityId,
    channel,
    time,
    value,
  }));
}

/**
 * One probe of the index for each frame, quantity and channel: `offset 0` keeps the planner from reading all
 * that was measured in the time of the batch, which took a hundred times as long. The whole span stands
 * beside each one's own: known before planning, it leaves out all other chunks.
 */
const MEASURED = `
select c.device_id, m.quantity_id, m.channel, ${MS('m.time')}, m.value
from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
  as c(device_id, from_time, to_time, reported_at)
cross join lateral (
  select m.quantity_id, m.channel, m.time, m.value from measurement m
  where m.device_id = c.device_id and m.quantity_id = any($7::int[]) and m.channel = any($8::int[])
    and m.time between c.from_time and c.to_time and m.reported_at = c.reported_at
    and m.time between $5::timestamptz and $6::timestamptz and m.quality <> ${MISSING}
  offset 0
) m`;

async function readEvents(
  client: PoolClient,
  changes: readonly Change[],
  kinds: readonly string[],
): Promise<ChangedFacts['events']> {
  const told = changes.filter((change) => change.kind === 'device_event');
  if (told.length === 0) return [];
  const { rows } = await client.query<ChangedFacts['events'][number]>(
    `select e.device_id as "deviceId", e.kind, ${MS('e.occurred_at')} as time
     from unnest($1::int[], $2::timestamptz[]) c(device_id, occurred_at)
     join device_event e using (device_id, occurred_at) where e.kind = any($3::text[])`,
    [
      integers(told.map(({ deviceId }) => deviceId)),
      moments(told.map(({ reportedAt }) => reportedAt)),
      kinds,
    ],
  );
  return rows;
}
