import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import type { Change } from '../tail/change.ts';
import { installAsTold } from './install-as-told.ts';

/**
 * Marks the points whose devices told something as to be settled, for the spans that were told. To be
 * called by a consumer of the tail, in its transaction: it reads no measurement and computes nothing.
 *
 * @returns How many points were marked.
 */
export async function markChangedPoints(client: PoolClient, changes: readonly Change[]): Promise<number> {
  const spans = new Map<number, { from: number; to: number }>();
  for (const { deviceId, fromTime, toTime } of changes) {
    if (fromTime === null || toTime === null) continue;
    const [from, to] = [fromTime.getTime(), toTime.getTime()];
    const known = spans.get(deviceId);
    if (known === undefined) spans.set(deviceId, { from, to });
    else {
      known.from = Math.min(known.from, from);
      known.to = Math.max(known.to, to);
    }
  }
  if (spans.size === 0) return 0;
  const devices = [...spans.keys()];
  await installAsTold(client, {
    devices: Array.from(spans, ([deviceId, { from, to }]) => ({ deviceId, from, to })),
  });
  const { rowCount } = await client.query(MARK_DEVICES, [
    devices,
    Array.from(spans.values(), ({ from }) => from / 1000),
    Array.from(spans.values(), ({ to }) => to / 1000),
  ]);
  return rowCount ?? 0;
}

/** In the order of points, so that two consumers never wait for each other in a circle. */
const MARK = `
insert into consumption_dirty as d (point_id, from_time, to_time, since)
select point_id, from_time, to_time, now() from marked order by point_id
on conflict (point_id) do update set from_time = least(d.from_time, excluded.from_time),
  to_time = greatest(d.to_time, excluded.to_time), version = d.version + 1`;

const MARK_DEVICES = `
with told as materialized (
  select device_id, to_timestamp(from_s) as from_time, to_timestamp(to_s) as to_time
  from unnest($1::int[], $2::float8[], $3::float8[]) t(device_id, from_s, to_s)
), marked as (
  select i.point_id, min(greatest(t.from_time, i.from_time)) as from_time,
    max(least(t.to_time, coalesce(i.to_time, 'infinity'))) as to_time
  from told t join installation i on i.device_id = t.device_id and i.superseded_at is null
    and i.from_time <= t.to_time and (i.to_time is null or i.to_time >= t.from_time)
  group by i.point_id
)
${MARK}`;

/** Marks points as to be settled for a span; an open end is null. */
export async function markPoints(
  client: Pool | PoolClient,
  points: readonly { readonly pointId: number; readonly from: Date | null; readonly to: Date | null }[],
): Promise<void> {
  if (points.length === 0) return;
  await client.query(
    `with marked as (
       select point_id, min(coalesce(from_time, '-infinity')) as from_time, max(coalesce(to_time, 'infinity')) as to_time
       from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) t(point_id, from_time, to_time) group by 1
     )
     ${MARK}`,
    [
      points.map(({ pointId }) => pointId),
      points.map(({ from }) => from?.toISOString() ?? null),
      points.map(({ to }) => to?.toISOString() ?? null),
    ],
  );
}

export interface DirtyFigures {
  readonly points: number;
  /** Seconds since the oldest mark; null where there is none. */
  readonly oldestS: number | null;
}

export async function dirtyFigures(pool: Pool): Promise<DirtyFigures> {
  const { rows } = await pool.query<DirtyFigures>(
    `select count(*) as points, extract(epoch from clock_timestamp() - min(since))::float8 as "oldestS"
     from consumption_dirty`,
  );
  return rows[0] ?? { points: 0, oldestS: null };
}
