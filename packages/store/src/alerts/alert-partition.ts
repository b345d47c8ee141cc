import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';

/**
 * Counts a partition's generation up, and waits for any transaction that has it: whoever evaluates does this
 * first.
 */
export async function nextGeneration(client: PoolClient, partition: number, now: Date): Promise<number> {
  const { rows } = await client.query<{ generation: number }>(
    `insert into alert_partition as p (partition, generation, advanced_to) values ($1, 1, $2)
     on conflict (partition) do update set generation = p.generation + 1 returning generation`,
    [partition, now],
  );
  return rows[0]?.generation ?? 0;
}

/** Until when time was let pass for every device of a partition, ms; null: nobody was here yet. */
export async function advancedTo(client: Pool | PoolClient, partition: number): Promise<number | null> {
  const { rows } = await client.query<{ to: Date }>(
    'select advanced_to as to from alert_partition where partition = $1',
    [partition],
  );
  return rows[0]?.to.getTime() ?? null;
}

export async function noteAdvanced(client: Pool | PoolClient, partition: number, to: Date): Promise<void> {
  await client.query(
    'update alert_partition set advanced_to = greatest(advanced_to, $2) where partition = $1',
    [partition, to],
  );
}

/** The last change that anybody could have read until now. */
export async function lastChange(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ position: number }>(
    'select coalesce(max(position), 0) as position from change',
  );
  return rows[0]?.position ?? 0;
}
