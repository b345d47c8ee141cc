import type { Pool } from './connect.ts';
import { type Part, partsOf } from './retention/parts.ts';

/** What of a server's settings decides whether it carries a city. */
export interface ServerSettings {
  readonly maxConnections: number;
  /** Clients that are connected with any of its databases. */
  readonly connections: number;
  readonly sharedBuffersBytes: number;
  readonly timeZone: string;
  readonly fullPageWrites: boolean;
  readonly autovacuum: boolean;
  /** Null where this role may not know. */
  readonly dataDirectory: string | null;
}

export async function serverSettings(pool: Pool): Promise<ServerSettings> {
  const { rows } = await pool.query<ServerSettings>(
    `select current_setting('max_connections')::int as "maxConnections",
       (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
       pg_size_bytes(current_setting('shared_buffers')) as "sharedBuffersBytes",
       -- Of a new session, not of this one: the client may have set another.
       (select reset_val from pg_settings where name = 'TimeZone') as "timeZone",
       current_setting('full_page_writes')::bool as "fullPageWrites", current_setting('autovacuum')::bool as autovacuum,
       (select setting from pg_settings where name = 'data_directory') as "dataDirectory"`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a query without a table returned no row');
  return row;
}

/** By how much the database's clock is ahead of this process's, ms, give or take `uncertaintyMs`. */
export async function clockSkew(
  pool: Pool,
  clock: () => number = Date.now,
): Promise<{ readonly aheadMs: number; readonly uncertaintyMs: number }> {
  // The first answer waits for a connection.
  await pool.query('select 1');
  const asked = clock();
  const { rows } = await pool.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const answered = clock();
  return { aheadMs: (rows[0]?.ms ?? asked) - (asked + answered) / 2, uncertaintyMs: (answered - asked) / 2 };
}

/** The tables that grow with time. */
const TIME_TABLES = [
  'frame',
  'device_event',
  'measurement',
  'operator_reading',
  'consumption_hour',
  'consumption_revision',
] as const;

export interface StoredSizes {
  readonly databaseBytes: number;
  readonly tables: readonly { readonly table: string; readonly parts: readonly Part[] }[];
  /** When the first device was heard; null: none was. */
  readonly since: Date | null;
  /** By TimescaleDB, in spans that can be set. */
  readonly isChunked: boolean;
}

/** How large the database is, and the chunks or partitions of what grows with time. */
export async function storedSizes(pool: Pool): Promise<StoredSizes> {
  const { rows } = await pool.query<Omit<StoredSizes, 'tables'>>(
    `select pg_database_size(current_database()) as "databaseBytes", (select min(first_seen_at) from device) as since,
       (select edition <> 'plain' from database_edition) as "isChunked"`,
  );
  const tables: StoredSizes['tables'][number][] = [];
  for (const table of TIME_TABLES) tables.push({ table, parts: await partsOf(pool, table) });
  return { databaseBytes: 0, since: null, isChunked: false, ...rows[0], tables };
}
