import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { messageOf, QUANTITIES, VeilleurError } from '@veilleur/domain';
import type { Client, Pool } from 'pg';

/** Which of the three databases this is; see migrations/0001_editions.sql. */
export type Edition = 'plain' | 'timescaledb-apache' | 'timescaledb-community';

export interface MigrationReport {
  readonly edition: Edition;
  readonly applied: readonly string[];
}

const FOLDER = new URL('../migrations/', import.meta.url);
/** Two programs that start together migrate one after the other. */
const ADVISORY_LOCK = 0x7665_696c;

/**
 * Brings the schema up to date, forward only, each migration in one transaction.
 *
 * @param through the last migration to apply, as an earlier version would have; default: all.
 * @throws VeilleurError `database_unreachable`, `migration_changed` when a file that was applied reads otherwise today,
 *   `migration_unknown` when the database is newer than this program.
 */
export async function migrate(
  pool: Pool,
  { through }: { readonly through?: string } = {},
): Promise<MigrationReport> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new VeilleurError('database_unreachable', `the database cannot be reached: ${messageOf(cause)}`, {
      remedy: 'Check that it runs, and that DATABASE_URL names it with the right user and password.',
      retryable: true,
      cause,
    });
  });
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    try {
      return await migrateLocked(client as unknown as Client, through);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK]);
    }
  } finally {
    client.release();
  }
}

async function migrateLocked(client: Client, through: string | undefined): Promise<MigrationReport> {
  await client.query(`create table if not exists schema_migration (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
  const done = new Map(
    (
      await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migration')
    ).rows.map((row) => [row.name, row.sha256]),
  );
  if (done.size === 0) await useTimescaleDbWhereThere(client);

  const applied: string[] = [];
  const files = (await migrationFiles()).filter((name) => through === undefined || name <= through);
  for (const name of files) {
    const sql = await readFile(new URL(name, FOLDER), 'utf8');
    const sha256 = createHash('sha256').update(sql).digest('hex');
    const known = done.get(name);
    done.delete(name);
    if (known === sha256) continue;
    if (known !== undefined) {
      throw new VeilleurError(
        'migration_changed',
        `migration ${name} is not the one that this database had`,
        {
          remedy: 'Restore the released file: a change of schema is a new migration.',
        },
      );
    }
    await client.query('begin');
    try {
      await client.query(sql);
      await client.query('insert into schema_migration (name, sha256) values ($1, $2)', [name, sha256]);
      await client.query('commit');
    } catch (thrown) {
      await client.query('rollback');
      throw thrown;
    }
    applied.push(name);
  }
  const [unknown] = done.keys();
  if (unknown !== undefined) {
    throw new VeilleurError(
      'migration_unknown',
      `the database has migration ${unknown}, which this program lacks`,
      {
        remedy: 'Start the version of Veilleur that migrated it, or a newer one.',
      },
    );
  }

  const { rows } = await client.query<{ edition: Edition; hasQuantities: boolean }>(
    `select edition, to_regclass('quantity') is not null as "hasQuantities" from database_edition`,
  );
  if (rows[0]?.hasQuantities) await writeQuantities(client);
  return { edition: rows[0]?.edition ?? 'plain', applied };
}

/** The migrations of this version, in their order. */
export async function migrationFiles(): Promise<string[]> {
  return (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
}

async function useTimescaleDbWhereThere(client: Client): Promise<void> {
  const { rowCount } = await client.query("select from pg_available_extensions where name = 'timescaledb'");
  if (rowCount === 0) return;
  const { rows } = await client.query<{ preloaded: boolean }>(
    // A setting of its loader: shared_preload_libraries itself is shown to superusers alone.
    "select current_setting('timescaledb.max_background_workers', true) is not null as preloaded",
  );
  if (rows[0]?.preloaded) await client.query('create extension if not exists timescaledb');
}

async function writeQuantities(client: Client): Promise<void> {
  const entries = Object.entries(QUANTITIES).map(([name, q]) => ({
    name,
    kind: q.kind,
    unit: q.unit,
    obis: 'obis' in q ? q.obis : null,
    label_en: q.label.en,
    label_fr: q.label.fr,
  }));
  await client.query(
    `insert into quantity (name, kind, unit, obis, label_en, label_fr)
     select name, kind, unit, obis, label_en, label_fr
     from jsonb_to_recordset($1::jsonb)
       as q(name text, kind text, unit text, obis text, label_en text, label_fr text)
     where not exists (
       select from quantity known where known.name = q.name and known.kind = q.kind and known.unit = q.unit
         and known.obis is not distinct from q.obis and known.label_en = q.label_en and known.label_fr = q.label_fr)
     on conflict (name) do update set kind = excluded.kind, unit = excluded.unit, obis = excluded.obis,
       label_en = excluded.label_en, label_fr = excluded.label_fr`,
    [JSON.stringify(entries)],
  );
}
