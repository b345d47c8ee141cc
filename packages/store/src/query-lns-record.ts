import type { DevEui } from '@veilleur/domain';
import type { Pool } from './connect.ts';

/** An uplink as a record of the LNS has it. */
export interface RecordedUplink {
  readonly devEui: DevEui;
  readonly fCnt: number;
  readonly at: Date;
}

/** Of each recorded uplink whether its frame is here: the same counter within a quarter of an hour. */
export async function areStored(pool: Pool, uplinks: readonly RecordedUplink[]): Promise<boolean[]> {
  const times = uplinks.map(({ at }) => at.getTime());
  const bound = (ms: number) => new Date(ms).toISOString();
  const { rows } = await pool.query<{ is_stored: boolean }>(
    `select exists (
       select from frame f
       where f.device_id = d.id and f.f_cnt = u.f_cnt
         and f.received_at between u.at - interval '15 minutes' and u.at + interval '15 minutes'
         and f.received_at between $4::timestamptz - interval '15 minutes' and $5::timestamptz + interval '15 minutes'
     ) as is_stored
     from unnest($1::text[], $2::bigint[], $3::timestamptz[]) with ordinality as u(dev_eui, f_cnt, at, position)
     left join device d using (dev_eui) order by u.position`,
    [
      uplinks.map(({ devEui }) => devEui),
      uplinks.map(({ fCnt }) => fCnt),
      uplinks.map(({ at }) => at.toISOString()),
      bound(times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
      bound(times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
    ],
  );
  return rows.map((row) => row.is_stored);
}

/** How many frames of each device are here from `from` to `to`, both in it. */
export async function storedCounts(
  pool: Pool,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<ReadonlyMap<DevEui, number>> {
  const { rows } = await pool.query<{ dev_eui: DevEui; frames: number }>(
    `select d.dev_eui, count(*) as frames from frame f join device d on d.id = f.device_id
     where f.received_at between $1 and $2 group by d.dev_eui`,
    [from.toISOString(), to.toISOString()],
  );
  return new Map(rows.map((row) => [row.dev_eui, row.frames]));
}
