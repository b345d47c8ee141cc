import { messageOf } from '@veilleur/domain';
import { Gauge, type Logger, type Registry, type Running } from '@veilleur/runtime';
import { accountForFrames, LEDGER_STATES, type Pool } from '@veilleur/store';

const DAY_MS = 86_400_000;
const FIRST_AFTER_MS = 15_000;
const EVERY_MS = 5 * 60_000;
/** A ledger that takes longer leaves the gauge as it was: the database has more urgent things to do. */
const TIMEOUT_MS = 60_000;

export interface LedgerMetrics extends Running {
  /** Looks at the last day now; the interval does it by itself. */
  refresh(now: Date): Promise<void>;
}

/** Tells Prometheus how the frame counters of the last day add up, every five minutes. */
export function startLedgerMetrics({
  pool,
  registry,
  log,
}: {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly log: Logger;
}): LedgerMetrics {
  const frames = new Gauge({
    name: 'veilleur_ledger_frames',
    help: `Frame counters of the last 24 hours by what became of them (${LEDGER_STATES.join(', ')})`,
    labelNames: ['state'] as const,
    registers: [registry],
  });
  const refreshedAt = new Gauge({
    name: 'veilleur_ledger_refreshed_seconds',
    help: 'When the ledger was last made up, in seconds since 1970',
    registers: [registry],
  });
  let running: Promise<void> | undefined;

  async function look(now: Date): Promise<void> {
    try {
      const since = new Date(now.getTime() - DAY_MS);
      const { totals } = await accountForFrames(pool, { since, until: now, limit: 1, timeoutMs: TIMEOUT_MS });
      for (const state of LEDGER_STATES) frames.set({ state }, totals.states[state]);
      refreshedAt.set(now.getTime() / 1000);
    } catch (thrown) {
      log.warn({ event: 'api.ledger.refresh_fail', error: messageOf(thrown) });
    }
  }
  const refresh = (now: Date) => {
    running ??= look(now).finally(() => {
      running = undefined;
    });
    return running;
  };

  let timer = setTimeout(function again() {
    void refresh(new Date()).then(() => {
      timer = setTimeout(again, EVERY_MS).unref();
      if (isStopped) clearTimeout(timer);
    });
  }, FIRST_AFTER_MS).unref();
  let isStopped = false;
  return {
    refresh,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
