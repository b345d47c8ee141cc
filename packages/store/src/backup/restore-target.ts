import { VeilleurError } from '@veilleur/domain';
import pg from 'pg';
import { connect, type Pool } from '../connect.ts';
import type { Edition } from '../migrate.ts';
import { renumberChanges } from '../tail/renumber-changes.ts';
import { copyTerms } from './database-terms.ts';

/** A server, and the database on it that a backup is to become. */
export interface RestoreTarget {
  readonly database: string;
  readonly postgresVersion: string;
  /** Null where the database is not there yet. */
  readonly present: {
    readonly owner: string;
    /** Tables in schema `public`. */
    readonly tables: number;
    /** Programs that are connected with it, such as `veilleur (3)`. */
    readonly users: readonly string[];
  } | null;
  /** Whom the URL names. */
  readonly user: string;
  readonly isSuperuser: boolean;
  readonly mayCreate: boolean;
  /** The versions of TimescaleDB that the server could install; none where it is not loaded. */
  readonly timescaledbVersions: readonly string[];
  readonly roles: readonly string[];
}

const MAINTENANCE = 'postgres';

const databaseOf = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1));

function urlOf(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

async function on<T>(url: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = connect(url, { maximum: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** Looks at the server through its database `postgres`, and at the named database where it is there. */
export async function readRestoreTarget(url: string): Promise<RestoreTarget> {
  const database = databaseOf(url);
  const server = await on(urlOf(url, MAINTENANCE), async (pool) => {
    const { rows } = await pool.query<Omit<RestoreTarget, 'present' | 'database'> & { owner: string | null }>(
      `select split_part(current_setting('server_version'), ' ', 1) as "postgresVersion",
         r.rolname::text as "user", r.rolsuper as "isSuperuser", r.rolsuper or r.rolcreatedb as "mayCreate",
         array(select version from pg_available_extension_versions where name = 'timescaledb'
               and current_setting('timescaledb.max_background_workers', true) is not null)
           as "timescaledbVersions",
         array(select rolname::text from pg_roles) as roles,
         (select datdba::regrole::text from pg_database where datname = $1) as owner
       from pg_roles r where r.rolname = current_user`,
      [database],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the current user is no role');
    return row;
  });
  const { owner, ...facts } = server;
  if (owner === null) return { ...facts, database, present: null };
  const present = await on(url, async (pool) => {
    const { rows } = await pool.query<{ tables: number; users: string[] }>(
      `select (select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))
           as tables,
         array(select coalesce(nullif(application_name, ''), 'unnamed') || ' (' || count(*) || ')'
               from pg_stat_activity
               where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
               group by application_name order by 1) as users`,
    );
    return { owner, ...(rows[0] ?? { tables: 0, users: [] }) };
  });
  return { ...facts, database, present };
}

const restoringName = (database: string) => `${database}_restoring`;

/**
 * Makes an empty database beside the one that is meant, and says where it is: the present one stays what it
 * is until all is restored. One that an earlier attempt left is dropped.
 */
export async function createRestoring(url: string, owner: string): Promise<string> {
  const name = restoringName(databaseOf(url));
  await dropRestoring(url);
  await on(urlOf(url, MAINTENANCE), (pool) =>
    pool.query(
      `create database ${pg.escapeIdentifier(name)} template template0 encoding 'UTF8'
         owner ${pg.escapeIdentifier(owner)}`,
    ),
  );
  return urlOf(url, name);
}

export async function dropRestoring(url: string): Promise<void> {
  const name = pg.escapeIdentifier(restoringName(databaseOf(url)));
  await on(urlOf(url, MAINTENANCE), (pool) => pool.query(`drop database if exists ${name} with (force)`));
}

/**
 * TimescaleDB's own steps before its tables are filled from a dump.
 *
 * @throws VeilleurError `restore_unfit` where the dump is of the community edition, and this is the other.
 */
export async function prepareExtension(
  restoringUrl: string,
  { version, edition }: { readonly version: string; readonly edition: Edition },
): Promise<void> {
  await on(restoringUrl, (pool) =>
    pool.query(`create extension timescaledb version ${pg.escapeLiteral(version)}`),
  );
  await on(restoringUrl, async (pool) => {
    const { rows } = await pool.query<{ license: string | null }>(
      "select current_setting('timescaledb.license', true) as license",
    );
    if (edition === 'timescaledb-community' && rows[0]?.license !== 'timescale') {
      throw new VeilleurError(
        'restore_unfit',
        "the backup is of TimescaleDB's community edition, and this server has the Apache edition",
        { remedy: 'Restore into the community edition: compressed chunks need it.' },
      );
    }
    await pool.query('select timescaledb_pre_restore()');
  });
}

/**
 * After the dump is in: TimescaleDB goes on, the tail's consumers stand where they stood among this
 * cluster's transaction ids, and the planner learns what is there.
 *
 * @param check looks at the data as it came, before any of that changes a row.
 */
export async function finishRestore(
  restoringUrl: string,
  hasTimescaledb: boolean,
  check: (pool: Pool) => Promise<void>,
): Promise<void> {
  if (hasTimescaledb) await on(restoringUrl, (pool) => pool.query('select timescaledb_post_restore()'));
  await on(restoringUrl, async (pool) => {
    await check(pool);
    const { rows } = await pool.query<{ hasTail: boolean }>(
      `select to_regclass('tail_checkpoint') is not null as "hasTail"`,
    );
    if (rows[0]?.hasTail) await renumberChanges(pool);
    await pool.query('analyze');
  });
}

/**
 * Gives the restored database its name, and the rights and settings of the one that had it, which is dropped.
 *
 * @throws VeilleurError `database_in_use` when somebody has connected with it meanwhile, `restore_unfit` where
 *   its rights or settings cannot be kept. Nothing has changed then.
 */
export async function putInPlace(url: string): Promise<void> {
  const database = databaseOf(url);
  const restoring = restoringName(database);
  const replaced = `${database}_replaced`;
  await on(urlOf(url, MAINTENANCE), async (pool) => {
    // TimescaleDB's workers are no clients, and would hold the name.
    await pool.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname in ($1, $2) and backend_type <> 'client backend'`,
      [database, restoring],
    );
    const { rowCount } = await pool.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 1) {
      await copyTerms(pool, database, restoring);
      await rename(pool, database, replaced);
    }
    await rename(pool, restoring, database);
    if (rowCount === 1) await pool.query(`drop database ${pg.escapeIdentifier(replaced)} with (force)`);
  });
}

const OBJECT_IN_USE = '55006';

async function rename(pool: Pool, from: string, to: string): Promise<void> {
  try {
    await pool.query(`alter database ${pg.escapeIdentifier(from)} rename to ${pg.escapeIdentifier(to)}`);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === OBJECT_IN_USE)) throw cause;
    throw new VeilleurError('database_in_use', `somebody is connected with the database ${from}`, {
      remedy: 'Stop Veilleur, Grafana and whoever else reads it, and restore again.',
      retryable: true,
      cause,
    });
  }
}
