import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';

/** All of `work` or nothing of it. */
export async function withTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
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
