import type { RefusalCode } from './call.ts';

export interface HoldPolicy {
  /** So many strikes within the window put a codec on hold. */
  readonly maxStrikes: number;
  readonly windowMs: number;
  /** The first hold; each further one is twice as long as the one before, up to `longestMs`. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export const DEFAULT_HOLD_POLICY: HoldPolicy = {
  maxStrikes: 5,
  windowMs: 60_000,
  firstMs: 60_000,
  longestMs: 3_600_000,
};

/** Refusals that cost everybody time. A codec that throws, or returns nonsense, harms only itself. */
const STRIKES: ReadonlySet<RefusalCode> = new Set(['time_limit', 'memory_limit', 'worker_killed']);

export interface Hold {
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Offender {
  strikesAt: number[];
  onHoldSince: number | null;
  untilMs: number;
  nextHoldMs: number;
}

/** Keeps codecs that exceed their limits again and again from being run, for a while. */
export class Holds {
  readonly #policy: HoldPolicy;
  readonly #offenders = new Map<string, Offender>();

  constructor(policy: HoldPolicy) {
    this.#policy = policy;
  }

  /** Null: the codec may run. */
  holdOf(codecId: string, nowMs: number): Hold | null {
    const offender = this.#offenders.get(codecId);
    if (offender === undefined || offender.onHoldSince === null || nowMs >= offender.untilMs) return null;
    return { sinceMs: offender.onHoldSince, untilMs: offender.untilMs };
  }

  record(codecId: string, code: RefusalCode, nowMs: number): void {
    if (!STRIKES.has(code)) return;
    const { maxStrikes, windowMs, firstMs, longestMs } = this.#policy;
    const offender = this.#offenders.get(codecId) ?? {
      strikesAt: [],
      onHoldSince: null,
      untilMs: 0,
      nextHoldMs: firstMs,
    };
    this.#offenders.set(codecId, offender);
    if (nowMs - offender.untilMs > longestMs) offender.nextHoldMs = firstMs; // It has been good for long.
    offender.strikesAt = [...offender.strikesAt.filter((atMs) => nowMs - atMs < windowMs), nowMs];
    if (offender.strikesAt.length < maxStrikes) return;
    offender.onHoldSince = nowMs;
    offender.untilMs = nowMs + offender.nextHoldMs;
    offender.nextHoldMs = Math.min(offender.nextHoldMs * 2, longestMs);
    offender.strikesAt = [];
  }

  release(codecId: string): void {
    this.#offenders.delete(codecId);
  }
}
