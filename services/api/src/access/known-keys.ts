import { digestOf, isExpired, judgeApiKey, type KeyVerdict, type Pool } from '@veilleur/store';

/** A key that was revoked is refused after this, in every process. */
const REMEMBERED_MS = 2000;
const MOST_KEYS = 1000;

interface Known {
  readonly verdict: Promise<KeyVerdict>;
  readonly untilMs: number;
}

/**
 * Keys that were judged a moment ago, by the digest of their text, so that a page that asks ten questions
 * asks the database once. Requests at the same moment share one question.
 */
export class KnownKeys {
  readonly #pool: Pool;
  readonly #known = new Map<string, Known>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Whether `judge` would answer without the database. */
  remembers(text: string, now: Date): boolean {
    const known = this.#known.get(digestOf(text).toString('base64'));
    return known !== undefined && known.untilMs > now.getTime();
  }

  async judge(text: string, now: Date): Promise<KeyVerdict> {
    const digest = digestOf(text).toString('base64');
    let known = this.#known.get(digest);
    if (known === undefined || known.untilMs <= now.getTime()) {
      const verdict = judgeApiKey(this.#pool, text, now);
      known = { verdict, untilMs: now.getTime() + REMEMBERED_MS };
      this.#known.delete(digest);
      this.#known.set(digest, known);
      // A database that is away says nothing of the key.
      verdict.catch(() => this.#known.delete(digest));
      if (this.#known.size > MOST_KEYS) {
        const [oldest] = this.#known.keys();
        if (oldest !== undefined) this.#known.delete(oldest);
      }
    }
    const verdict = await known.verdict;
    return verdict.kind === 'valid' && isExpired(verdict.key, now) ? { kind: 'expired' } : verdict;
  }
}
