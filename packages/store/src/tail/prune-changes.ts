import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { NOT_TAKEN } from './lag.ts';

export interface PruneOptions {
  readonly now: Date;
  /** What every consumer has taken is kept for so long, for people to look at. */
  readonly keepDays: number;
  /** What a consumer has not taken is kept for so long: one that is away for longer starts anew. */
  readonly forgetAfterDays: number;
}

export interface Pruned {
  readonly deleted: number;
  /** Partitions that must start anew, for what they lack is gone. */
  readonly restarting: readonly {
    readonly consumer: string;
    readonly partition: number;
    readonly stoodAt: Date;
  }[];
}

const DAY_MS = 86_400_000;

/**
 * Deletes what the tail no longer needs. A consumer that is behind for longer than `forgetAfterDays` is
 * marked in the same transaction: nothing is missing that nobody knows of.
 */
export async function pruneChanges(pool: Pool, options: PruneOptions): Promise<Pruned> {
  const before = (days: number) => new Date(options.now.getTime() - days * DAY_MS).toISOString();
  return withTransaction(pool, async (client) => {
    const { rows: restarting } = await client.query<Pruned['restarting'][number]>(
      `update tail_checkpoint p set restart_reason = 'retention'
       where restart_reason is null
         and exists (select from change c where c.recorded_at < $1 and ${NOT_TAKEN})
       returning consumer, partition, moved_at as "stoodAt"`,
      [before(Math.max(options.keepDays, options.forgetAfterDays))],
    );
    const { rowCount } = await client.query(
      `delete from change c where recorded_at < $1 and not exists (
         select from tail_checkpoint p
         where p.restart_reason is null and not pg_visible_in_snapshot(c.xid, p.seen))`,
      [before(options.keepDays)],
    );
    return { deleted: rowCount ?? 0, restarting };
  });
}
