import { VeilleurError } from '@veilleur/domain';
import pg from 'pg';

/** 64-bit counts come back as numbers: none of ours exceeds 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export type Pool = pg.Pool;

/**
 * A pool of connections. A connection that the server cuts while nobody waits for an answer is dropped
 * in silence, be it idle or between two statements: whoever asks next gets the error, or a new one.
 */
export function connect(databaseUrl: string, { maximum = 8 }: { maximum?: number } = {}): Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: maximum,
    connectionTimeoutMillis: 10_000,
    application_name: 'veilleur',
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * Acknowledging after commit is worth what a commit is worth: both settings must make it durable.
 *
 * @throws VeilleurError `database_not_durable` when a committed transaction could be lost.
 */
export async function requireDurableCommits(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ fsync: string; synchronous_commit: string }>(
    "select current_setting('fsync') fsync, current_setting('synchronous_commit') synchronous_commit",
  );
  for (const [name, value] of Object.entries(rows[0] ?? {})) {
    if (value === 'off') {
      throw new VeilleurError('database_not_durable', `the database runs with ${name} = off`, {
        remedy: `Set ${name} to on in postgresql.conf: without it a committed frame can be lost.`,
      });
    }
  }
}

/** SQLSTATE classes that blame the data: data exception, integrity violation, program limit exceeded. */
const DATA_CLASSES = new Set(['22', '23', '54']);

/**
 * Whether a failed write may succeed later with the same data: the database is away, restarting, full,
 * busy, or lacks a right or a table that an administrator can give back. Only what the database says of
 * the data itself, and an error of our own making, would come back for ever. So would a value that does not
 * fit where it is to go: Node's buffers blame it with a code, as the system blames a connection.
 */
export function isTransient(thrown: unknown): boolean {
  if (thrown instanceof VeilleurError) return thrown.retryable;
  if (!(thrown instanceof Error) || thrown instanceof RangeError || thrown instanceof TypeError) return false;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  // SQLSTATEs have five characters; Node's system errors (ECONNREFUSED, EPIPE ...) have others.
  if (/^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE') return !DATA_CLASSES.has(code.slice(0, 2));
  if (code !== '') return true;
  return /connection|timeout|terminated|not queryable/i.test(thrown.message);
}
