import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import type { Logger, Running } from '@veilleur/runtime';
import type { Pool } from '@veilleur/store';

export interface LeaderOptions {
  readonly pool: Pool;
  /** Names what is led: one process of all that use the database leads it at a time. */
  readonly name: string;
  readonly log: Logger;
  /** How often to try, and to look whether the lock is still there. */
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 1000;

/**
 * Runs something in one process at a time. The lock belongs to a connection, so that a process that dies gives
 * it back at once; one that loses its connection ends what it runs, and stands in the queue again. Between the
 * two another may have begun: what is run must bear that for a moment.
 */
export function lead(start: () => Promise<Running>, options: LeaderOptions): Running {
  const ending = new AbortController();
  const done = (async () => {
    while (!ending.signal.aborted) {
      try {
        await leadOnce(start, options, ending.signal);
      } catch (thrown) {
        options.log.warn({ event: 'alerting.leader.fail', name: options.name, error: messageOf(thrown) });
      }
      await rest(options.everyMs ?? LOOK_EVERY_MS, ending.signal);
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

const rest = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {});

/** Returns when another leads, the connection is lost, or it is to end. */
async function leadOnce(
  start: () => Promise<Running>,
  { pool, name, log, everyMs = LOOK_EVERY_MS }: LeaderOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = await pool.connect();
  let lost: Error | undefined;
  const onLost = (error?: Error) => {
    lost ??= error ?? new Error('the connection that holds the lock has ended');
  };
  client.on('error', onLost);
  client.on('end', onLost);
  try {
    const key = [`veilleur.leader.${name}`];
    const { rows } = await client.query<{ free: boolean }>(
      'select pg_try_advisory_lock(hashtext($1)) as free',
      key,
    );
    if (!rows[0]?.free) return;
    log.info({ event: 'alerting.leader.begin', name });
    const running = await start();
    try {
      while (!signal.aborted && lost === undefined) {
        await rest(everyMs, signal);
        if (!signal.aborted) await client.query('select').catch(onLost);
      }
    } finally {
      await running.stop();
      log.info({ event: 'alerting.leader.end', name });
    }
    if (lost === undefined) await client.query('select pg_advisory_unlock(hashtext($1))', key);
    else throw lost;
  } catch (thrown) {
    lost ??= thrown instanceof Error ? thrown : new Error(messageOf(thrown));
    throw thrown;
  } finally {
    client.off('error', onLost);
    client.off('end', onLost);
    client.release(lost);
  }
}
