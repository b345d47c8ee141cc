import type { PoolClient } from 'pg';
import { doubles, integers } from '../binary-arrays.ts';
import type { Pool } from '../connect.ts';
import { type MeasuredFact, MS } from './changed-facts.ts';

/** What is wanted of a device's past. Times are ms since 1970. */
export interface WantedPast {
  readonly deviceId: number;
  readonly since: number;
  /** Quantities that are wanted from here on, one reading a day, until `since`; null: none are. */
  readonly thinnedSince: number | null;
}

export interface PastsOfDevices {
  readonly measurements: readonly MeasuredFact[];
  readonly heard: readonly { readonly deviceId: number; readonly time: number }[];
  readonly events: readonly { readonly deviceId: number; readonly kind: string; readonly time: number }[];
}

export interface PastsWanted {
  readonly quantityIds: readonly number[];
  readonly thinnedQuantityIds: readonly number[];
  readonly events: readonly string[];
  /** So many times at which a device was heard are told of the time before, too. */
  readonly heardBefore: number;
}

/** The past of some devices, each from a moment of its own until now and beyond; series by series in order. */
export async function pastsOfDevices(
  client: Pool | PoolClient,
  pasts: readonly WantedPast[],
  { quantityIds, thinnedQuantityIds, events, heardBefore }: PastsWanted,
): Promise<PastsOfDevices> {
  if (pasts.length === 0) return { measurements: [], heard: [], events: [] };
  const wanted = [
    integers(pasts.map(({ deviceId }) => deviceId)),
    doubles(pasts.map(({ since }) => since / 1000)),
    new Date(pasts.reduce((first, { since }) => Math.min(first, since), Number.POSITIVE_INFINITY)),
  ];
  const long = pasts.filter(({ thinnedSince, since }) => thinnedSince !== null && thinnedSince < since);
  const thinned =
    long.length === 0 || thinnedQuantityIds.length === 0
      ? []
      : await client
          .query<MeasuredFact>(THINNED, [
            integers(long.map(({ deviceId }) => deviceId)),
            doubles(long.map(({ thinnedSince }) => (thinnedSince ?? 0) / 1000)),
            doubles(long.map(({ since }) => since / 1000)),
            integers(thinnedQuantityIds),
          ])
          .then(({ rows }) => rows);
  const recent = await client.query<MeasuredFact>(RECENT, [...wanted, integers(quantityIds)]);
  const heard = await client.query<PastsOfDevices['heard'][number]>(HEARD, [...wanted, heardBefore]);
  const told =
    events.length === 0
      ? []
      : (await client.query<PastsOfDevices['events'][number]>(EVENTS, [...wanted, events])).rows;
  return { measurements: [...thinned, ...recent.rows], heard: heard.rows, events: told };
}

const WANTED = `(
  select device_id, to_timestamp(since_s) as since from unnest($1::int[], $2::float8[]) u(device_id, since_s)
) w`;
const MISSING = 3;

// `offset 0` has the index of each device probed: the planner would read what all devices told since.
const RECENT = `
select w.device_id as "deviceId", m.quantity_id as "quantityId", m.channel, ${MS('m.time')} as time, m.value
from ${WANTED} cross join lateral (
  select quantity_id, channel, time, value from measurement
  where device_id = w.device_id and quantity_id = any($4::int[]) and time >= w.since and time >= $3::timestamptz
    and quality <> ${MISSING}
  offset 0
) m
order by 1, 2, 3, 4`;

const THINNED = `
select w.device_id as "deviceId", m.quantity_id as "quantityId", m.channel, ${MS('m.time')} as time, m.value
from (select device_id, to_timestamp(from_s) as from_time, to_timestamp(to_s) as to_time
      from unnest($1::int[], $2::float8[], $3::float8[]) u(device_id, from_s, to_s)) w
cross join lateral (
  select distinct on (quantity_id, channel, date_trunc('day', time)) quantity_id, channel, time, value
  from measurement
  where device_id = w.device_id and quantity_id = any($4::int[]) and time >= w.from_time and time < w.to_time
    and quality <> ${MISSING}
  order by quantity_id, channel, date_trunc('day', time), time
) m
order by 1, 2, 3, 4`;

const HEARD = `
select w.device_id as "deviceId", ${MS('f.received_at')} as time
from ${WANTED} cross join lateral (
  (select received_at from frame
   where device_id = w.device_id and received_at >= w.since and received_at >= $3::timestamptz)
  union all
  (select received_at from frame where device_id = w.device_id and received_at < w.since
   order by received_at desc limit $4)
) f
order by 1, 2`;

const EVENTS = `
select w.device_id as "deviceId", e.kind, ${MS('e.occurred_at')} as time
from ${WANTED} cross join lateral (
  select kind, occurred_at from device_event
  where device_id = w.device_id and occurred_at >= w.since and occurred_at >= $3::timestamptz
    and kind = any($4::text[])
  offset 0
) e
order by 1, 3`;

/**
 * When devices were last heard, and when each last told some quantities (of any channel, the earliest of
 * these), no later than `until`: the silence of a device is as long as that, however long it is.
 */
export async function lastTold(
  client: Pool | PoolClient,
  deviceIds: readonly number[],
  quantityIds: readonly number[],
  until: number,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ deviceId: number; time: number | null }>(
    `select d.device_id as "deviceId", ${MS(`least(
       (select f.received_at from frame f where f.device_id = d.device_id and f.received_at <= $3
        order by f.received_at desc limit 1),
       (select min(l.time) from unnest($2::int[]) q(id) cross join lateral (
          select m.time from measurement m
          where m.device_id = d.device_id and m.quantity_id = q.id and m.channel = 0 and m.time <= $3
          order by m.time desc limit 1) l)
     )`)} as time
     from unnest($1::int[]) d(device_id)`,
    [deviceIds, quantityIds, new Date(until)],
  );
  return new Map(rows.flatMap(({ deviceId, time }) => (time === null ? [] : [[deviceId, time]])));
}
