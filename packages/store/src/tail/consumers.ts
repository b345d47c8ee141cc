import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { takeSnapshot, upToNow } from './checkpoint.ts';

/**
 * Gives a consumer another number of partitions. Only where every one of them has taken everything, for
 * a device changes hands: stop the bridges (the broker keeps what comes meanwhile), let the consumer
 * catch up, stop it, and call this.
 *
 * @throws VeilleurError `tail_not_caught_up`, `tail_consumer_unknown`. Nothing has changed then.
 */
export async function repartitionConsumer(pool: Pool, consumer: string, partitions: number): Promise<void> {
  await withTransaction(pool, async (client) => {
    const before = await takeSnapshot(client);
    const { rows } = await client.query<{ ready: boolean; startAt: string }>(
      // One that has seen more than we have is at work still.
      `select until is null and history_after is null and restart_reason is null
         and pg_snapshot_xmax(seen) <= pg_snapshot_xmax($2::pg_snapshot) as ready,
         start_at as "startAt"
       from tail_checkpoint where consumer = $1 order by partition for update`,
      [consumer, before.snapshot],
    );
    if (rows.length === 0) {
      throw new VeilleurError('tail_consumer_unknown', `there is no consumer ${consumer}`, {
        remedy: 'Its name is the one that it was started with.',
      });
    }
    const { seen, seenTo } = await upToNow(client, before);
    const pending = await client.query<{ count: number }>(
      `select count(*) as count from tail_checkpoint p join change c
         on not pg_visible_in_snapshot(c.xid, p.seen) and pg_visible_in_snapshot(c.xid, $2::pg_snapshot)
       cross join lateral unnest(c.device_ids) device_id
       where p.consumer = $1 and device_id % p.partitions = p.partition`,
      [consumer, seen],
    );
    const count = pending.rows[0]?.count ?? 0;
    if (count > 0 || rows.some(({ ready }) => !ready)) {
      throw new VeilleurError(
        'tail_not_caught_up',
        `the consumer ${consumer} has not taken all that is committed: ${count} changes are left`,
        {
          remedy: 'Stop the bridges, let the consumer catch up, stop it, and try again.',
          retryable: true,
        },
      );
    }
    await client.query('delete from tail_checkpoint where consumer = $1', [consumer]);
    await client.query(
      `insert into tail_checkpoint (consumer, partition, partitions, start_at, seen, seen_to)
       select $1, p, $2::int, $3, $4::pg_snapshot, $5 from generate_series(0, $2::int - 1) p`,
      [consumer, partitions, rows[0]?.startAt, seen, seenTo],
    );
  });
}

/** Forgets a consumer that is no more, with its parked changes: nothing is kept for it any longer. */
export async function removeConsumer(pool: Pool, consumer: string): Promise<void> {
  await pool.query(
    `with checkpoints as (delete from tail_checkpoint where consumer = $1)
     delete from tail_dead_letter where consumer = $1`,
    [consumer],
  );
}
