import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { upToTransaction } from './snapshot.ts';

/** One share of one consumer's work: the devices whose id leaves `partition` when divided by `partitions`. */
export interface Share {
  readonly consumer: string;
  readonly partition: number;
  readonly partitions: number;
}

/** `beginning`: all that is stored, device by device, then the tail. `now`: the tail alone. */
export type StartAt = 'beginning' | 'now';

/** Snapshots are PostgreSQL's `pg_snapshot` as text: `xmin:xmax:in-progress,…`. */
export interface Checkpoint {
  readonly seen: string;
  readonly seenTo: number;
  readonly until: string | null;
  readonly untilTo: number | null;
  readonly doneTo: number;
  readonly historyAfter: number | null;
}

export type RestartReason = 'retention' | 'restored';

/**
 * Makes the checkpoints of all partitions of a consumer, at one moment, where they are not there yet.
 *
 * @throws VeilleurError `tail_partitions_changed` when the consumer has another number of partitions.
 */
export async function registerConsumer(
  pool: Pool,
  { consumer, partitions }: Pick<Share, 'consumer' | 'partitions'>,
  startAt: StartAt,
): Promise<void> {
  await restartAfterRestore(pool);
  const registered = async () => {
    const { rows } = await pool.query<{ partitions: number }>(
      'select distinct partitions from tail_checkpoint where consumer = $1',
      [consumer],
    );
    return rows;
  };
  if ((await registered()).length === 0) {
    await withTransaction(pool, async (client) => {
      const { seen, seenTo } = await upToNow(client, await takeSnapshot(client));
      // Two processes that register one consumer at once: the second finds every row there.
      await client.query(
        `insert into tail_checkpoint (consumer, partition, partitions, start_at, seen, seen_to, history_after)
         select $1, p, $2::int, $3::text, $4::pg_snapshot, $5, case $3 when 'beginning' then 0 end
         from generate_series(0, $2::int - 1) p
         on conflict do nothing`,
        [consumer, partitions, startAt, seen, seenTo],
      );
    });
  }
  const found = (await registered()).find((row) => row.partitions !== partitions);
  if (found !== undefined) throw partitionsChanged(consumer, found.partitions, partitions);
}

function partitionsChanged(consumer: string, has: number, wanted: number): VeilleurError {
  return new VeilleurError(
    'tail_partitions_changed',
    `the consumer ${consumer} has ${has} partitions, and was started with ${wanted}`,
    {
      remedy: `Start it with ${has}, or let it catch up, stop all of its processes, and repartition it: a device that changed hands in between would be told twice or never.`,
    },
  );
}

/**
 * A dump that is restored into another cluster brings transaction ids that this one has not reached: its
 * own changes would look old to every checkpoint. The changes are dropped, and each consumer starts anew.
 */
export async function restartAfterRestore(pool: Pool): Promise<void> {
  await pool.query(
    `with foreign_rows as materialized (
       select exists (select from change where xid >= pg_snapshot_xmax(pg_current_snapshot()))
         or exists (select from tail_checkpoint
                    where pg_snapshot_xmax(coalesce(until, seen)) > pg_snapshot_xmax(pg_current_snapshot())) as found
     ), dropped as (
       delete from change where (select found from foreign_rows)
     )
     update tail_checkpoint set restart_reason = 'restored' where (select found from foreign_rows)`,
  );
}

export type Locked =
  /** Another process works on this partition at this moment. */
  | { readonly kind: 'busy' }
  /** Another process has just worked on it: look again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'ready'; readonly checkpoint: Checkpoint; readonly now: Seen }
  /** What lay between is lost to the tail: history tells it, where the consumer wants history. */
  | {
      readonly kind: 'restarted';
      readonly checkpoint: Checkpoint;
      readonly now: Seen;
      readonly reason: RestartReason;
      readonly startAt: StartAt;
      readonly stoodAt: Date;
    };

interface Row extends Checkpoint {
  readonly partitions: number;
  readonly startAt: StartAt;
  readonly reason: RestartReason | null;
  readonly movedAt: Date;
  readonly stands: string;
}

const COLUMNS = `partitions, start_at as "startAt", seen::text, seen_to as "seenTo", until::text,
  until_to as "untilTo", done_to as "doneTo", history_after as "historyAfter", restart_reason as reason,
  moved_at as "movedAt"`;
/** All that says how far a checkpoint has come, as one text. */
const STANDS = '(seen, until, done_to, history_after, restart_reason)::text';

/**
 * Locks a partition's checkpoint until the transaction ends, or says that another process has it. To be
 * called first in its transaction: what is committed is looked at before the lock gives it an id.
 *
 * @throws VeilleurError `tail_partitions_changed`, `tail_consumer_unknown`.
 */
export async function lockCheckpoint(client: PoolClient, share: Share): Promise<Locked> {
  const { consumer, partition, partitions } = share;
  const before = await takeSnapshot(client, share);
  const { rows } = await client.query<Row>(
    `select ${COLUMNS}, ${STANDS} as stands from tail_checkpoint
     where consumer = $1 and partition = $2 for update skip locked`,
    [consumer, partition],
  );
  const [row] = rows;
  if (row === undefined) {
    const { rowCount } = await client.query(
      'select from tail_checkpoint where consumer = $1 and partition = $2',
      [consumer, partition],
    );
    if (rowCount === 1) return { kind: 'busy' };
    throw new VeilleurError(
      'tail_consumer_unknown',
      `the consumer ${consumer} has no partition ${partition}`,
      {
        remedy: 'It was removed or repartitioned while it ran: start it again.',
      },
    );
  }
  if (row.partitions !== partitions) throw partitionsChanged(consumer, row.partitions, partitions);
  // Else it may have seen what the look before the lock has not.
  if (row.stands !== before.stands) return { kind: 'moved' };
  const now = await upToNow(client, before);
  if (row.reason === null) return { kind: 'ready', checkpoint: row, now };
  const { reason, startAt, movedAt } = row;
  const checkpoint = {
    ...now,
    until: null,
    untilTo: null,
    doneTo: 0,
    historyAfter: startAt === 'beginning' ? 0 : null,
  };
  await moveCheckpoint(client, share, checkpoint);
  await client.query(
    'update tail_checkpoint set restart_reason = null where consumer = $1 and partition = $2',
    [consumer, partition],
  );
  return { kind: 'restarted', checkpoint, now, reason, startAt, stoodAt: movedAt };
}

/** A snapshot that knows of every transaction up to its end, and the highest position of what it sees. */
export type Seen = Pick<Checkpoint, 'seen' | 'seenTo'>;

/** As PostgreSQL tells it: `upToNow` makes of it what a checkpoint needs. */
interface Snapshot {
  readonly snapshot: string;
  readonly seenTo: number;
  /** Where the checkpoint stood; null: it is not asked for, or not there. */
  readonly stands: string | null;
}

/**
 * What is committed at this moment, in one statement. To be asked for before anything that gives the
 * transaction an id.
 */
export async function takeSnapshot(
  client: PoolClient,
  share?: Pick<Share, 'consumer' | 'partition'>,
): Promise<Snapshot> {
  const { rows } = await client.query<Snapshot>(
    `select pg_current_snapshot()::text as snapshot, (select coalesce(max(position), 0) from change) as "seenTo",
       (select ${STANDS} from tail_checkpoint where consumer = $1 and partition = $2) as stands`,
    [share?.consumer ?? null, share?.partition ?? null],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a query without a table returned no row');
  return row;
}

/** Gives the transaction an id, if it has none: one that is higher than that of all who had drawn a position. */
export async function upToNow(client: PoolClient, { snapshot, seenTo }: Snapshot): Promise<Seen> {
  const { rows } = await client.query<{ own: string }>('select pg_current_xact_id()::text as own');
  const [row] = rows;
  if (row === undefined) throw new Error('a query without a table returned no row');
  return { seen: upToTransaction(snapshot, BigInt(row.own)), seenTo };
}

export async function moveCheckpoint(
  client: PoolClient,
  { consumer, partition }: Share,
  to: Checkpoint,
): Promise<void> {
  await client.query(
    `update tail_checkpoint set seen = $3::pg_snapshot, seen_to = $4, until = $5::pg_snapshot, until_to = $6,
       done_to = $7, history_after = $8, moved_at = now()
     where consumer = $1 and partition = $2`,
    [consumer, partition, to.seen, to.seenTo, to.until, to.untilTo, to.doneTo, to.historyAfter],
  );
}
