import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from './connect.ts';

/**
 * All of `work` or nothing of it. A connection that cannot even roll back is thrown away.
 *
 * @param begin for transactions that are read only, or have settings of their own.
 * @throws What `work` or the database threw; VeilleurError `transaction_rolled_back` when `work` went on
 *   after the database had refused a statement: PostgreSQL answers such a commit by a rollback.
 */
export async function withTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') {
      throw new VeilleurError('transaction_rolled_back', 'a refused statement was passed over');
    }
    return result;
  } catch (thrown) {
    await client.query('rollback').catch((second: unknown) => {
      broken = second instanceof Error ? second : new Error(String(second));
    });
    throw thrown;
  } finally {
    client.release(broken);
  }
}
