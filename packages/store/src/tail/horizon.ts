import type { Pool } from '../connect.ts';

/** A write transaction that is under way. What the asking user may not see of others is null. */
export interface OpenWriter {
  /** Null for a prepared transaction, which has no process. */
  readonly pid: number | null;
  /** Its `application_name`, or the name of a prepared transaction. */
  readonly application: string;
  readonly database: string | null;
  readonly state: string | null;
  readonly since: Date | null;
  readonly openForS: number | null;
  readonly query: string | null;
  readonly queryStartedAt: Date | null;
}

/** Where everything is decided: every transaction before the horizon has either committed or ended. */
export interface TailHorizon {
  /** How many transaction ids were given out since the oldest one under way began. */
  readonly transactionsBehind: number;
  /** The oldest first. */
  readonly writers: readonly OpenWriter[];
}

/**
 * Who holds the horizon. The tail does not wait for it, but what these transactions have stored nobody is
 * told before they end, and none of the cluster's tables is vacuumed past them: worth a word when one has
 * been open for minutes.
 */
export async function tailHorizon(pool: Pool): Promise<TailHorizon> {
  const { rows } = await pool.query<{ behind: number; writers: (Omit<OpenWriter, keyof Dated> & Dated)[] }>(
    HORIZON,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a query without a table returned no row');
  return {
    transactionsBehind: row.behind,
    writers: row.writers.map((writer) => ({
      ...writer,
      since: dateOf(writer.since),
      queryStartedAt: dateOf(writer.queryStartedAt),
    })),
  };
}

interface Dated {
  readonly since: string | null;
  readonly queryStartedAt: string | null;
}

const dateOf = (text: string | null) => (text === null ? null : new Date(text));

const HORIZON = `
with writer as (
  select pid, application_name as application, datname as database, state, xact_start as since, query,
    query_start as "queryStartedAt", age(backend_xid) as age
  from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
  union all
  select null, gid, database, 'prepared', prepared, null, null, age(transaction) from pg_prepared_xacts
)
select (pg_snapshot_xmax(s)::text::bigint - pg_snapshot_xmin(s)::text::bigint) as behind,
  coalesce((select jsonb_agg(to_jsonb(w) - 'age' ||
      jsonb_build_object('openForS', extract(epoch from clock_timestamp() - w.since)::float8) order by w.age desc)
    from writer w), '[]') as writers
from pg_current_snapshot() s`;
