/**
 * How far ahead of the network server a device's clock may be. A day and an hour admits a meter whose
 * clock runs on the wrong date of a time zone; beyond that, its readings would lie in the future.
 */
const MAX_AHEAD_MS = 25 * 3600_000;

/** How far back a reading may lie: a clock that was never set reads 1970, 2000 or 2013. */
const MAX_BEHIND_MS = 10 * 365.25 * 24 * 3600_000;

/** Date and time to the second or finer, with or without a zone. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a decoder's time: epoch seconds, or ISO 8601. Text without a zone is UTC, never the zone of
 * the machine that happens to run this. Undefined where it is no time at all.
 */
export function readDeviceTime(value: unknown): Date | undefined {
  if (typeof value === 'number') {
    const epochMs = value * 1000;
    // The range of a Date. NaN is outside it as well.
    return Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs) : undefined;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  if (typeof value !== 'string') return undefined;
  const match = ISO_8601.exec(value);
  if (match === null) return undefined;
  const date = new Date(match[3] === undefined ? `${value.replace(' ', 'T')}Z` : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Why a device's time can't be right, or undefined if it can. */
export function implausibility(time: Date, receivedAt: Date): string | undefined {
  const ahead = time.getTime() - receivedAt.getTime();
  if (ahead > MAX_AHEAD_MS) {
    return `device time ${time.toISOString()} is more than 25 h after the reception at ${receivedAt.toISOString()}`;
  }
  if (-ahead > MAX_BEHIND_MS) {
    return `device time ${time.toISOString()} is more than 10 years before the reception at ${receivedAt.toISOString()}`;
  }
  return undefined;
}
