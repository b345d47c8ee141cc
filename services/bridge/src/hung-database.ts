import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@veilleur/store';

/** What a pool's client is here; its published type lacks both. */
interface Client {
  /** Cuts the socket while a query hangs. */
  end?(): Promise<void>;
  /** Of the process that serves it, at the server. */
  readonly processID?: number | null;
}

/**
 * Lets no wait for the database last for ever. A connection whose other end has vanished without a word
 * (a cable, a firewall that forgot it, a machine that stands still) looks like one that is slow, and both
 * ends would wait: this one for an answer, the other one with a transaction open that holds the rows of
 * its devices, so that every bridge waits for it too.
 *
 * A connection that is in use for longer than `timeoutMs` is cut here, so that whoever waits on it gets
 * an error that is worth trying again, and ended there over another connection. So are those that it
 * waits for, when they have waited for their own program as long: a bridge that was paused, or whose
 * machine is gone. In the middle of a COPY PostgreSQL listens to no timeout of its own, and TCP
 * keep-alive would take two hours by default.
 *
 * The pool is the bridge's alone: whoever holds a connection on purpose, such as for a lock, has another.
 *
 * Timeouts of single queries were the other way (`query_timeout` of pg): they add a timer to each query
 * and know nothing of COPY.
 *
 * @returns Cuts all connections that are in use, for a stop that waits no longer: a pool ends when each has
 *   come back.
 */
export function endHungConnections(pool: Pool, timeoutMs: number): () => void {
  const deadlines = new Map<Client, NodeJS.Timeout>();
  pool.on('acquire', (client: Client) => {
    const deadline = setTimeout(() => {
      client.end?.().catch(() => {});
      void endAtServer(pool, client.processID, timeoutMs);
    }, timeoutMs);
    deadlines.set(client, deadline);
  });
  pool.on('release', (_error: Error, client: Client) => {
    clearTimeout(deadlines.get(client));
    deadlines.delete(client);
  });
  return () => {
    for (const client of deadlines.keys()) client.end?.().catch(() => {});
  };
}

const ATTEMPTS = 60;
const RETRY_MS = 1000;

/**
 * The age of the transaction says that the process is still the same one: the server may have given its
 * number away. `state_change` is when a session that waits for its program began to.
 */
const END_AT_SERVER = `
with hung as materialized (
  select $1::int as pid from pg_stat_activity
  where pid = $1 and xact_start < now() - make_interval(secs => $2)
  union
  select a.pid from pg_stat_activity a
  where a.pid = any(pg_blocking_pids($1)) and a.wait_event = 'ClientRead'
    and a.state_change < now() - make_interval(secs => $2)
)
select pg_terminate_backend(pid) from hung`;

async function endAtServer(
  pool: Pool,
  processId: number | null | undefined,
  timeoutMs: number,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS && !pool.ended; attempt += 1) {
    try {
      await pool.query(END_AT_SERVER, [processId, timeoutMs / 2000]);
      return;
    } catch {
      await delay(RETRY_MS);
    }
  }
}
