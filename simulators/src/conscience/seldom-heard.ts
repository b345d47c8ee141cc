/** A register that is read less often is told by the day alone: its hours would all be guesses. */
export const SELDOM_S = 12 * 3600;
/** So much of a register's first life tells how often it is read (services/consumption says so). */
const LEARNED_IN_MS = 21 * 86_400_000;

/**
 * Whether a register was heard so seldom in its first three weeks that it may have no hours: far from
 * every gateway a meter of each hour is heard once a day. What it tells later, more often or less, changes
 * nothing.
 *
 * @param timesMs of its readings, in any order; one may be there twice.
 */
export function isSeldomHeard(timesMs: Iterable<number>): boolean {
  const times = [...new Set(timesMs)].sort((a, b) => a - b);
  const early = times.filter((time) => time <= (times[0] ?? 0) + LEARNED_IN_MS);
  const gaps = early
    .slice(1)
    .map((time, i) => time - (early[i] ?? time))
    .sort((a, b) => a - b);
  return gaps.length > 1 && (gaps[gaps.length >> 1] ?? 0) > SELDOM_S * 1000;
}
