/** How long to wait before trying again, and when to give up. */
export interface RetryPolicy {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const USUAL_RETRIES: RetryPolicy = { firstMs: 5000, longestMs: 900_000 };

/**
 * The wait after so many attempts: doubled each time, then less by up to a half. How much less is a matter
 * of the key, always the same: what failed together does not come back together.
 */
export function retryAfterMs(key: string, attempts: number, { firstMs, longestMs }: RetryPolicy): number {
  const full = Math.min(firstMs * 2 ** Math.min(attempts - 1, 40), longestMs);
  return Math.round(full * (1 - fraction(`${key}#${attempts}`) / 2));
}

/** FNV-1a, with the avalanche of MurmurHash3 after it: keys differ in their last digits alone. 0 to 1. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
