import type { PoolClient } from 'pg';
import type { Change } from './change.ts';
import type { Checkpoint, Seen, Share } from './checkpoint.ts';
import { NO_FRAME } from './record-change.ts';

/** A step of a partition: what is to be done, and where its checkpoint stands when that is done. */
export interface Step {
  readonly changes: readonly Change[];
  /** Null where nothing at all happened, so that an idle consumer writes nothing. */
  readonly next: Checkpoint | null;
  /** Whether there is more to read at once. */
  readonly more: boolean;
}

/** Rows of `change` in one step, at most: many small transactions. */
const MAXIMUM_ROWS = 1000;
/** A history is long, and a consumer may want all of it in memory. */
const HISTORY_DEVICES = 20;

/**
 * Reads the next changes of a partition.
 *
 * `position > last` would be wrong: a position is drawn before the commit, so a transaction that commits
 * late leaves a row behind a checkpoint that has passed it, and nobody ever reads it. `xid < xmin of the
 * snapshot` is right, but lets every long write transaction of the cluster (a re-decode, a compression
 * job) hold all consumers, and where two writers waited for each other it tells one device's changes in
 * the order of their transaction ids, not of their commits.
 *
 * So a checkpoint is a snapshot, and a step works on what a later snapshot sees and it does not. Nothing
 * can lie between two snapshots, nobody waits for strangers, and within a step the order is that of
 * `position`, which a device's lock makes the order of its commits.
 */
export async function readStep(
  client: PoolClient,
  share: Share,
  checkpoint: Checkpoint,
  now: Seen,
  batchSize: number,
): Promise<Step> {
  if (checkpoint.historyAfter !== null) {
    return readHistory(client, share, checkpoint, checkpoint.historyAfter);
  }
  let { until, untilTo } = checkpoint;
  if (until === null || untilTo === null) {
    until = now.seen;
    untilTo = now.seenTo;
  }
  const { rows } = await client.query<ChangeRow>(PENDING, [
    checkpoint.seen,
    checkpoint.seenTo,
    until,
    checkpoint.doneTo,
    MAXIMUM_ROWS,
    batchSize,
    share.partition,
    share.partitions,
  ]);
  const last = rows.at(-1);
  const changes = rows.flatMap((row) => changeOf(row));
  const arrived = { seen: until, seenTo: untilTo, until: null, untilTo: null, doneTo: 0, historyAfter: null };
  if (last === undefined) {
    const idle = checkpoint.until === null && untilTo === checkpoint.seenTo;
    return { changes, next: idle ? null : arrived, more: false };
  }
  if (!last.more) return { changes, next: arrived, more: false };
  return { changes, next: { ...checkpoint, until, untilTo, doneTo: last.position }, more: true };
}

type ChangeRow = { readonly position: number; readonly more: boolean } & (
  | {
      readonly restatementId: number | null;
      readonly deviceId: number;
      readonly reportedAt: Date;
      readonly fCnt: number;
      readonly fromTime: Date;
      readonly toTime: Date;
    }
  /** Nothing of this transaction belongs to the partition. */
  | { readonly deviceId: null }
);

function changeOf(row: ChangeRow): Change[] {
  if (row.deviceId === null) return [];
  const { position, deviceId, reportedAt, fCnt, restatementId } = row;
  if (restatementId !== null) {
    const { fromTime, toTime } = row;
    return [{ kind: 'restatement', position, deviceId, restatementId, fromTime, toTime }];
  }
  const toldNothing = row.toTime < row.fromTime;
  const fromTime = toldNothing ? null : row.fromTime;
  const toTime = toldNothing ? null : row.toTime;
  if (fCnt === NO_FRAME) return [{ kind: 'device_event', position, deviceId, reportedAt, fromTime, toTime }];
  return [{ kind: 'frame', position, deviceId, reportedAt, fCnt, fromTime, toTime }];
}

/**
 * Two ways into the table: the few transactions that were under way when `seen` was taken, by their id;
 * and all that began after, which stand above `seen_to`, in the order of the primary key. That no other
 * was under way is why `seen` is no plain snapshot (`upToTransaction`).
 */
const PENDING = `
with pending as materialized (
  (select position, size from change
   where xid = any(array(select pg_snapshot_xip($1::pg_snapshot)))
     and pg_visible_in_snapshot(xid, $3::pg_snapshot) and position > $4
   order by position limit $5 + 1)
  union all
  (select position, size from change
   where position > greatest($2::bigint, $4::bigint) and xid >= pg_snapshot_xmax($1::pg_snapshot)
     and pg_visible_in_snapshot(xid, $3::pg_snapshot)
   order by position limit $5 + 1)
), chosen as materialized (
  select position from (
    select position, sum(size) over (order by position) - size as before
    from (select position, size from pending order by position limit $5) first_rows
  ) counted
  where before < $6
)
select c.position, c.restatement_id as "restatementId", e.device_id as "deviceId",
  e.reported_at as "reportedAt", e.f_cnt as "fCnt", e.from_time as "fromTime", e.to_time as "toTime",
  (select count(*) from pending) > (select count(*) from chosen) as more
from chosen join change c using (position)
left join lateral (
  select * from unnest(c.device_ids, c.reported_at, c.f_cnts, c.from_times, c.to_times) with ordinality
    as entry(device_id, reported_at, f_cnt, from_time, to_time, ordinal)
  where entry.device_id % $8 = $7
) e on true
order by c.position, e.ordinal`;

async function readHistory(
  client: PoolClient,
  { partition, partitions }: Share,
  checkpoint: Checkpoint,
  after: number,
): Promise<Step> {
  const { rows } = await client.query<{ deviceId: number; fromTime: Date | null; toTime: Date | null }>(
    `select d.id as "deviceId", m.from_time as "fromTime", m.to_time as "toTime"
     from (select id from device where id > $1 and id % $3 = $2 order by id limit $4) d
     left join lateral (
       select min(time) as from_time, max(time) as to_time from measurement where device_id = d.id
     ) m on true
     order by d.id`,
    [after, partition, partitions, HISTORY_DEVICES],
  );
  const last = rows.at(-1);
  return {
    changes: rows.map((row) => ({ kind: 'history', ...row })),
    next: { ...checkpoint, historyAfter: rows.length < HISTORY_DEVICES ? null : (last?.deviceId ?? null) },
    more: true,
  };
}
