/** The simulated quarter lies in Mulhouse. */
export const CITY = { latitude: 47.75, longitude: 7.34, timeZone: 'Europe/Paris' } as const;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

interface OffsetSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

/** Temporal costs microseconds a question and the answer changes twice a year, so the last span is kept. */
let lastSpan: OffsetSpan = { fromMs: 0, untilMs: 0, offsetMs: 0 };

/** What the city's clocks are ahead of UTC. */
export function offsetMs(timeMs: number): number {
  if (timeMs < lastSpan.fromMs || timeMs >= lastSpan.untilMs) lastSpan = spanAround(timeMs);
  return lastSpan.offsetMs;
}

function spanAround(timeMs: number): OffsetSpan {
  const local = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(CITY.timeZone);
  const next = local.getTimeZoneTransition('next');
  // A change at this very instant opens the span; 'previous' only knows the one before.
  const opening = local.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  return {
    fromMs: opening?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    untilMs: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: local.offsetNanoseconds / 1e6,
  };
}

/** Whole days since 1970-01-01, UTC. */
export function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Whole days from 1970-01-01 to the local date. */
export function localDay(timeMs: number): number {
  return Math.floor((timeMs + offsetMs(timeMs)) / DAY_MS);
}

/** 0 to 23, as the city's clocks show it. */
export function localHour(timeMs: number): number {
  return Math.floor((timeMs + offsetMs(timeMs)) / HOUR_MS) % 24;
}

/**
 * When the clocks show a time of a local date. Not for the hours around a clock change (01:00 to 03:00
 * UTC), where a time may exist twice or never; lighting programs keep clear of them.
 */
export function instantOfLocal(day: number, minuteOfDay: number): number {
  const asIfUtc = day * DAY_MS + minuteOfDay * 60_000;
  return asIfUtc - offsetMs(asIfUtc - offsetMs(asIfUtc));
}
