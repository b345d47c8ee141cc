import type { Pool } from './connect.ts';
import type { Edition } from './migrate.ts';

export interface DatabaseFacts {
  readonly postgresVersion: string;
  /** Null where the database runs without TimescaleDB. */
  readonly timescaledbVersion: string | null;
  /** Null before the first migration. */
  readonly edition: Edition | null;
  readonly fsync: boolean;
  readonly synchronousCommit: string;
}

export async function databaseFacts(pool: Pool): Promise<DatabaseFacts> {
  const { rows } = await pool.query<{
    postgres: string;
    timescaledb: string | null;
    fsync: string;
    synchronous_commit: string;
    migrated: boolean;
  }>(`select current_setting('server_version') as postgres,
        (select extversion from pg_extension where extname = 'timescaledb') as timescaledb,
        current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as synchronous_commit,
        to_regclass('database_edition') is not null as migrated`);
  const facts = rows[0];
  if (facts === undefined) throw new Error('a query without a table returned no row');
  const edition = facts.migrated
    ? ((await pool.query<{ edition: Edition }>('select edition from database_edition')).rows[0]?.edition ??
      null)
    : null;
  return {
    postgresVersion: facts.postgres.split(' ')[0] ?? facts.postgres,
    timescaledbVersion: facts.timescaledb,
    edition,
    fsync: facts.fsync === 'on',
    synchronousCommit: facts.synchronous_commit,
  };
}
