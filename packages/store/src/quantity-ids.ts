import type { PoolClient } from 'pg';
import type { Pool } from './connect.ts';

/** The database's ids of the quantities, by name. They never change once the migration has written them. */
export async function readQuantityIds(client: Pool | PoolClient): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: number; name: string }>('select id, name from quantity');
  return new Map(rows.map(({ id, name }) => [name, id]));
}
