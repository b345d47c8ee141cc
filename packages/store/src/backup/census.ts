import type { PoolClient } from 'pg';
import pg from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';

/**
 * Every table of the schema with how many rows it has, and what they add up to: each row as text, PostgreSQL's
 * 64-bit hash of it, all summed, as 16 hexadecimal digits. That does not depend on the order of rows, and
 * counts one that is there twice twice.
 */
export type Census = Readonly<Record<string, { readonly rows: number; readonly hash: string }>>;

/** What a row looks like as text hangs on these; the rest of it on nothing. */
const SETTINGS = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local extra_float_digits = 1; set local bytea_output = 'hex'; set local xmlbinary = 'base64'`;

/**
 * Looks at one moment of the database, under a name by which another connection can look at the same one.
 * The moment lasts as long as `work`.
 */
export function withSnapshot<T>(
  pool: Pool,
  work: (client: PoolClient, snapshot: string) => Promise<T>,
): Promise<T> {
  return withTransaction(
    pool,
    async (client) => {
      await client.query(SETTINGS);
      const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
      const [row] = rows;
      if (row === undefined) throw new Error('a query without a table returned no row');
      return work(client, row.snapshot);
    },
    'begin isolation level repeatable read read only',
  );
}

/** Counts and hashes one table, within `withSnapshot`. */
export async function countTable(client: PoolClient, table: string): Promise<Census[string]> {
  const { rows } = await client.query<{ count: number; sum: string }>(
    `select count(*) as count, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum
     from ${pg.escapeIdentifier(table)} t`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate returned no row');
  return { rows: row.count, hash: BigInt.asUintN(64, BigInt(row.sum)).toString(16).padStart(16, '0') };
}

/** The tables of schema `public`: partitions and chunks are told by their table. */
export async function censusTables(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and not exists (select from pg_depend d
                       where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
  );
  return rows.map(({ name }) => name);
}

/** Tables, partitions and chunks that hold rows of their own: what a dump goes through, about. */
export async function countDataTables(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*) as count from pg_class
     where relkind = 'r' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')`,
  );
  return rows[0]?.count ?? 0;
}
