import { messageOf } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import type { Change } from './change.ts';
import type { Share } from './checkpoint.ts';

/** A change that a consumer could not take, and that waits for a person. */
export interface DeadLetter {
  readonly id: number;
  readonly consumer: string;
  readonly partition: number;
  readonly change: Change;
  readonly error: string;
  readonly since: Date;
}

export async function parkChange(
  client: PoolClient,
  { consumer, partition }: Share,
  change: Change,
  thrown: unknown,
): Promise<void> {
  await client.query(
    `insert into tail_dead_letter (consumer, partition, device_id, change, error) values ($1, $2, $3, $4, $5)`,
    [consumer, partition, change.deviceId, JSON.stringify(change), messageOf(thrown).replaceAll('\0', '\\0')],
  );
}

/** The oldest first. */
export async function deadLetters(
  pool: Pool | PoolClient,
  { consumer, limit = 100 }: { consumer?: string; limit?: number } = {},
): Promise<DeadLetter[]> {
  const { rows } = await pool.query<Omit<DeadLetter, 'change'> & { change: Record<string, unknown> }>(
    `select id, consumer, partition, change, error, since from tail_dead_letter
     where $1::text is null or consumer = $1 order by id limit $2`,
    [consumer ?? null, limit],
  );
  return rows.map((row) => ({ ...row, change: withDates(row.change) }));
}

/**
 * Hands the parked changes of a consumer to a corrected handler, each in a transaction of its own. One
 * that is refused again stays where it is.
 *
 * @returns How many went through, and how many stay.
 */
export async function retryDeadLetters(
  pool: Pool,
  consumer: string,
  handle: (client: PoolClient, changes: readonly Change[]) => Promise<void>,
): Promise<{ readonly taken: number; readonly refused: number }> {
  const { rows } = await pool.query<{ id: number }>(
    'select id from tail_dead_letter where consumer = $1 order by id',
    [consumer],
  );
  let taken = 0;
  let refused = 0;
  for (const { id } of rows) {
    const outcome = await retryOne(pool, id, handle);
    if (outcome === 'taken') taken += 1;
    if (outcome === 'refused') refused += 1;
  }
  return { taken, refused };
}

async function retryOne(
  pool: Pool,
  id: number,
  handle: (client: PoolClient, changes: readonly Change[]) => Promise<void>,
): Promise<'taken' | 'refused' | 'gone'> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const { rows } = await client.query<{ change: Record<string, unknown> }>(
      'delete from tail_dead_letter where id = $1 returning change',
      [id],
    );
    const [row] = rows;
    try {
      if (row !== undefined) await handle(client, [withDates(row.change)]);
    } catch (thrown) {
      await client.query('rollback');
      await client.query('update tail_dead_letter set error = $2 where id = $1', [id, messageOf(thrown)]);
      return 'refused';
    }
    const { command } = await client.query('commit');
    if (row === undefined) return 'gone';
    return command === 'COMMIT' ? 'taken' : 'refused';
  } catch (thrown) {
    broken = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
    throw thrown;
  } finally {
    client.release(broken);
  }
}

/** JSON knows no dates; the columns of a change that hold them are known. */
function withDates(change: Record<string, unknown>): Change {
  const read = Object.fromEntries(
    Object.entries(change).map(([name, value]) => [
      name,
      typeof value === 'string' && name !== 'kind' ? new Date(value) : value,
    ]),
  );
  return read as unknown as Change;
}
