import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

const SIZE = { burst: 3, perSecond: 0.5 };

describe('a bucket of three that fills by one in two seconds', () => {
  it('gives three at once, then says when there is another', () => {
    const buckets = new TokenBuckets(SIZE);
    const takes = [0, 0, 0, 0, 1000, 2000, 2001].map((nowMs) => buckets.take('a', nowMs));
    expect(takes).toEqual([
      { ok: true },
      { ok: true },
      { ok: true },
      { ok: false, retryAfterS: 2 },
      { ok: false, retryAfterS: 1 },
      { ok: true },
      { ok: false, retryAfterS: 2 },
    ]);
  });

  it('holds three at most, however long nobody came', () => {
    const buckets = new TokenBuckets(SIZE);
    buckets.take('a', 0);
    const taken = [1, 2, 3, 4].map(() => buckets.take('a', 1e9).ok);
    expect(taken).toEqual([true, true, true, false]);
  });

  it('is one’s own, and a clock that goes back fills none', () => {
    const buckets = new TokenBuckets(SIZE);
    for (let i = 0; i < 3; i += 1) buckets.take('a', 1000);
    expect(buckets.take('b', 1000).ok).toBe(true);
    expect(buckets.take('a', 0).ok).toBe(false);
  });

  it('takes back what was taken in vain', () => {
    const buckets = new TokenBuckets(SIZE);
    for (let i = 0; i < 50; i += 1) {
      expect(buckets.take('a', 0).ok).toBe(true);
      buckets.giveBack('a');
    }
  });

  it('forgets whoever was silent longest, so that many names do not eat the memory', () => {
    const buckets = new TokenBuckets(SIZE);
    for (let i = 0; i < 3; i += 1) buckets.take('first', 0);
    expect(buckets.take('first', 0).ok).toBe(false);
    for (let i = 0; i < 10_000; i += 1) buckets.take(`other ${i}`, 0);
    expect(buckets.take('first', 0).ok).toBe(true);
    expect(buckets.take('other 9999', 0).ok).toBe(true);
  });
});
