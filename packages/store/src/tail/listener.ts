import pg from 'pg';
import type { Pool } from '../connect.ts';
import { CHANGE_CHANNEL } from './record-change.ts';

/** How this connection shows in `pg_stat_activity`. */
export const LISTENER_NAME = 'veilleur tail';
const RETRY_FROM_MS = 100;
const RETRY_UP_TO_MS = 5000;

/**
 * One connection that listens, for all partitions of all consumers that share a pool. It comes back when
 * it is cut, and wakes everybody then: what was committed meanwhile told it nothing.
 */
export class TailListener {
  static readonly #ofPool = new WeakMap<Pool, TailListener>();

  readonly #pool: Pool;
  readonly #wakers = new Set<() => void>();
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FROM_MS;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  static of(pool: Pool): TailListener {
    const listener = TailListener.#ofPool.get(pool) ?? new TailListener(pool);
    TailListener.#ofPool.set(pool, listener);
    return listener;
  }

  /** Calls `wake` after each commit that put something on the tail, until the returned function is called. */
  add(wake: () => void): () => Promise<void> {
    this.#wakers.add(wake);
    if (this.#wakers.size === 1) this.#connect();
    return async () => {
      if (!this.#wakers.delete(wake) || this.#wakers.size > 0) return;
      clearTimeout(this.#timer);
      const client = this.#client;
      this.#client = undefined;
      await client?.end().catch(() => {});
    };
  }

  #connect(): void {
    // The pool's options as they are: its password is a property that copies leave behind.
    const client = new pg.Client(this.#pool.options);
    this.#client = client;
    const again = () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.end().catch(() => {});
      this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_UP_TO_MS);
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', () => this.#wakeAll());
    client
      .connect()
      .then(() => client.query(`set application_name = '${LISTENER_NAME}'; listen ${CHANGE_CHANNEL}`))
      .then(() => {
        this.#retryMs = RETRY_FROM_MS;
        this.#wakeAll();
      })
      .catch(again);
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
  }
}
