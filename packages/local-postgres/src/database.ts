import { realpathSync } from 'node:fs';
import { VeilleurError } from '@veilleur/domain';
import pg from 'pg';

/** Where a server of ours listens, and the key to it. */
export interface Access {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export function urlOf({ port, user, password }: Access, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/**
 * Whether the server of this data answers. A stranger on the same port does not count.
 * @throws `database_password_wrong`, and whatever else no waiting would mend
 */
export async function probe(access: Access, pgdata: string): Promise<'ready' | 'not yet'> {
  try {
    const { data_directory: folder } = await queryOnce<{ data_directory: string }>(
      access,
      'postgres',
      'show data_directory',
    );
    if (folder === realpathSync(pgdata) || folder === pgdata) return 'ready';
    throw new Error(`another server listens on port ${access.port}`);
  } catch (thrown) {
    const code = codeOf(thrown);
    // cannot_connect_now: starting, or recovering after a crash.
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03') return 'not yet';
    if (code !== '28P01') throw thrown;
    throw new VeilleurError(
      'database_password_wrong',
      `the database does not take the password of its folder`,
      {
        remedy: 'bring the file password back from a backup of the data folder',
        cause: thrown,
      },
    );
  }
}

/** Creates the database unless it is there. */
export async function ensureDatabase(access: Access, database: string): Promise<void> {
  try {
    await queryOnce(access, 'postgres', `create database ${pg.escapeIdentifier(database)}`);
  } catch (thrown) {
    if (codeOf(thrown) !== '42P04') throw thrown; // duplicate_database
  }
}

/**
 * After the engine brought another TimescaleDB: the library of the version in the catalog is gone, and
 * this statement, first in its session, is the only one that the extension lets pass.
 */
export async function updateTimescaledb(access: Access, database: string): Promise<void> {
  try {
    await queryOnce(access, database, 'alter extension timescaledb update');
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code !== '42704' && code !== '3D000') throw thrown; // no such extension, no such database
  }
}

async function queryOnce<Row>(access: Access, database: string, sql: string): Promise<Row> {
  const client = new pg.Client({
    connectionString: urlOf(access, database),
    connectionTimeoutMillis: 5_000,
  });
  // An error between the query and the end would otherwise end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
}
