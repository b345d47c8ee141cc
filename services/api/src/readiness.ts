import { messageOf } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { type DatabaseFacts, databaseFacts, type Pool, type TailLag, tailLags } from '@veilleur/store';

/** The database is asked this often, however often somebody asks us. */
const REMEMBERED_MS = 2000;

export interface ReadinessOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Whether the broker is there; undefined: this process has none. */
  readonly broker: (() => boolean) | undefined;
  /** A consumer that is farther behind makes it not ready; null: none does. */
  readonly readyLagS: number | null;
}

export interface Readiness {
  /** Why it is not ready; none: it is. */
  readonly reasons: readonly string[];
  readonly facts: DatabaseFacts | null;
  readonly lags: readonly TailLag[];
  readonly broker: 'connected' | 'away' | null;
}

/** Looks whether the database answers, the broker is there, and how far consumers are behind. */
export function createReadiness({
  pool,
  log,
  broker,
  readyLagS,
}: ReadinessOptions): () => Promise<Readiness> {
  let last: { readonly told: Promise<Readiness>; readonly untilMs: number } | undefined;

  const look = async (): Promise<Readiness> => {
    const connected = broker?.();
    const brokerState = connected === undefined ? null : connected ? 'connected' : 'away';
    const reasons = brokerState === 'away' ? ['the broker is away'] : [];
    try {
      const facts = await databaseFacts(pool);
      const lags = await tailLags(pool);
      const late = lags.filter(({ behindS }) => readyLagS !== null && (behindS ?? 0) > readyLagS);
      reasons.push(
        ...late.map(({ consumer, behindS }) => `${consumer} is ${Math.round(behindS ?? 0)} s behind`),
      );
      return { reasons, facts, lags, broker: brokerState };
    } catch (thrown) {
      log.warn({ event: 'api.database.away', error: messageOf(thrown) });
      reasons.unshift('the database does not answer');
      return { reasons, facts: null, lags: [], broker: brokerState };
    }
  };

  return () => {
    const nowMs = performance.now();
    if (last === undefined || last.untilMs <= nowMs) last = { told: look(), untilMs: nowMs + REMEMBERED_MS };
    return last.told;
  };
}
