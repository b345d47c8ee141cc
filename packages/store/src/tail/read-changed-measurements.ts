import type { DevEui, Measurement } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import type { Change } from './change.ts';

export interface ChangedMeasurement extends Measurement {
  readonly deviceId: number;
  readonly devEui: DevEui;
  /** When the LNS received the frame that told it. */
  readonly reportedAt: Date;
}

/**
 * The measurements that changes are about, as they are now, each once, in the order of device and time:
 * of a frame or a device event those that it was the first to tell, of a restatement or a history all of
 * its span. A history may be long: hand on some of its devices at a time.
 */
export async function readChangedMeasurements(
  client: Pool | PoolClient,
  changes: readonly Change[],
): Promise<ChangedMeasurement[]> {
  const spans = changes.flatMap((change) => {
    const { deviceId, fromTime, toTime } = change;
    if (fromTime === null || toTime === null) return [];
    return [{ deviceId, fromTime, toTime, reportedAt: 'reportedAt' in change ? change.reportedAt : null }];
  });
  if (spans.length === 0) return [];
  const { rows } = await client.query<ChangedMeasurement>(CHANGED, [
    spans.map(({ deviceId }) => deviceId),
    spans.map(({ fromTime }) => fromTime.toISOString()),
    spans.map(({ toTime }) => toTime.toISOString()),
    spans.map(({ reportedAt }) => reportedAt?.toISOString() ?? null),
    new Date(spans.reduce((first, { fromTime }) => Math.min(first, fromTime.getTime()), Infinity)),
    new Date(spans.reduce((last, { toTime }) => Math.max(last, toTime.getTime()), -Infinity)),
  ]);
  return rows;
}

/** The whole span stands beside each one's own: known before planning, it leaves out all other chunks. */
const CHANGED = `
with changed as materialized (
  select * from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
    as c(device_id, from_time, to_time, reported_at)
), found as (
  select distinct m.device_id, m.quantity_id, m.channel, m.time, m.value, m.quality, m.reported_at
  from changed c join measurement m
    on m.device_id = c.device_id and m.time between c.from_time and c.to_time
      and (c.reported_at is null or m.reported_at = c.reported_at)
  where m.time between $5::timestamptz and $6::timestamptz
)
select f.device_id as "deviceId", d.dev_eui as "devEui", q.name as quantity, f.channel, f.time, f.value,
  (array['measured', 'estimated', 'repaired', 'missing'])[f.quality + 1] as quality,
  f.reported_at as "reportedAt"
from found f join device d on d.id = f.device_id join quantity q on q.id = f.quantity_id
order by f.device_id, f.time, q.name, f.channel`;
