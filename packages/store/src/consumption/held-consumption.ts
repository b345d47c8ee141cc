import type { Pool } from '../connect.ts';
import { BUCKETS, type BucketName } from './write-consumption.ts';

/** One bucket of a point's consumption, for somebody who knows better what it must be. */
export interface HeldConsumption {
  readonly code: string;
  readonly quantity: string;
  readonly channel: number;
  readonly bucket: BucketName;
  readonly fromMs: number;
  /** Millionths; null where it is missing. */
  readonly value: number | null;
  readonly quality: string;
}

/** All that is held of some points as it is known now, in no order. */
export async function heldConsumption(pool: Pool, codes: readonly string[]): Promise<HeldConsumption[]> {
  const { rows } = await pool.query<HeldConsumption>(
    `with points as materialized (select id, code from metering_point where code = any($1)),
     held as (
       ${BUCKETS.map(
         (bucket) =>
           `select '${bucket}' as bucket, point_id, quantity_id, channel, from_time, value, quality
            from consumption_${bucket} where point_id = any(array(select id from points))`,
       ).join(' union all ')}
     )
     select p.code, q.name as quantity, h.channel, h.bucket, (extract(epoch from h.from_time) * 1000)::float8 as "fromMs",
       h.value, (array['measured', 'estimated', 'repaired', 'missing'])[h.quality + 1] as quality
     from held h join points p on p.id = h.point_id join quantity q on q.id = h.quantity_id`,
    [codes],
  );
  return rows;
}

/** Which of some codes are metering points. */
export async function pointsAmong(pool: Pool, codes: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ code: string }>(
    'select code from metering_point where code = any($1)',
    [codes],
  );
  return new Set(rows.map(({ code }) => code));
}
