export interface BucketSize {
  /** How many at once. */
  readonly burst: number;
  /** How many come back. */
  readonly perSecond: number;
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterS: number };

/** More callers than this are not remembered: he who was silent longest is forgotten, and begins anew. */
const MOST_BUCKETS = 10_000;

/** A bucket of tokens for each caller. Time is the caller's argument, in milliseconds of any one clock. */
export class TokenBuckets {
  readonly #size: BucketSize;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(size: BucketSize) {
    this.#size = size;
  }

  take(who: string, nowMs: number): Taken {
    const { burst, perSecond } = this.#size;
    const known = this.#buckets.get(who);
    const tokens =
      known === undefined
        ? burst
        : Math.min(burst, known.tokens + (Math.max(0, nowMs - known.atMs) / 1000) * perSecond);
    const taken = tokens >= 1;
    this.#buckets.delete(who);
    this.#buckets.set(who, { tokens: taken ? tokens - 1 : tokens, atMs: nowMs });
    if (this.#buckets.size > MOST_BUCKETS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return taken ? { ok: true } : { ok: false, retryAfterS: Math.ceil((1 - tokens) / perSecond) };
  }

  /** Puts back what was taken in vain. */
  giveBack(who: string): void {
    const known = this.#buckets.get(who);
    if (known !== undefined) known.tokens = Math.min(this.#size.burst, known.tokens + 1);
  }
}
