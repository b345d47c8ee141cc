import type { Pool } from '../connect.ts';
import type { Share } from './checkpoint.ts';

/** How far a partition of a consumer is behind what is committed. */
export interface TailLag extends Share {
  /** Writers' transactions that it has not taken yet, whether or not they hold devices of this partition. */
  readonly transactions: number;
  /** Frames, device events and restatements in them. */
  readonly changes: number;
  /** How long ago the oldest of them was written; null where there is none. */
  readonly behindS: number | null;
  /** It still reads what was stored before it began. */
  readonly readingHistory: boolean;
  readonly movedAt: Date;
}

/** Of every partition of every consumer, or of one. */
export async function tailLags(pool: Pool, share?: Share): Promise<TailLag[]> {
  const { rows } = await pool.query<TailLag>(LAGS, [share?.consumer ?? null, share?.partition ?? null]);
  return rows;
}

export async function tailLag(pool: Pool, share: Share): Promise<TailLag> {
  const [lag] = await tailLags(pool, share);
  if (lag === undefined) throw new Error(`the consumer ${share.consumer} is not registered`);
  return lag;
}

/** What of `change c` a `tail_checkpoint p` has not taken. */
export const NOT_TAKEN = `
  (c.xid >= pg_snapshot_xmax(p.seen) or c.xid = any(array(select pg_snapshot_xip(p.seen))))
  and not (p.until is not null and c.position <= p.done_to and pg_visible_in_snapshot(c.xid, p.until))`;

const LAGS = `
select p.consumer, p.partition, p.partitions, n.transactions, n.changes,
  extract(epoch from clock_timestamp() - n.oldest)::float8 as "behindS",
  p.history_after is not null as "readingHistory", p.moved_at as "movedAt"
from tail_checkpoint p cross join lateral (
  select count(*) as transactions, coalesce(sum(c.size), 0) as changes, min(c.recorded_at) as oldest
  from change c where ${NOT_TAKEN}
) n
where ($1::text is null or p.consumer = $1) and ($2::int is null or p.partition = $2)
order by p.consumer, p.partition`;
