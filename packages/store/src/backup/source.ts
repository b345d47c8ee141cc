import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import type { Edition } from '../migrate.ts';
import { databaseFacts } from '../query-database.ts';

/** What a backup must say of the database that it was made of. */
export interface BackupSource {
  readonly postgresVersion: string;
  /** Null: without TimescaleDB. */
  readonly timescaledbVersion: string | null;
  readonly edition: Edition;
  readonly database: string;
  /** The role that its tables belong to. */
  readonly owner: string;
  readonly migrations: readonly { readonly name: string; readonly sha256: string }[];
}

/** @throws VeilleurError `database_empty` where Veilleur has never been. */
export async function readBackupSource(pool: Pool): Promise<BackupSource> {
  const { edition, postgresVersion, timescaledbVersion } = await databaseFacts(pool);
  if (edition === null) {
    throw new VeilleurError('database_empty', 'there is nothing of Veilleur in this database', {
      remedy: 'Check which database DATABASE_URL names.',
    });
  }
  const { rows } = await pool.query<{ database: string; owner: string }>(
    `select current_database() as database, relowner::regrole::text as owner
     from pg_class where oid = 'schema_migration'::regclass`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the table of migrations is gone');
  const migrations = await pool.query<{ name: string; sha256: string }>(
    'select name, sha256 from schema_migration order by name',
  );
  return { ...row, edition, postgresVersion, timescaledbVersion, migrations: migrations.rows };
}
