export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const DAY_S = 86_400;

interface OffsetSpan {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

/** The clocks on a city's walls. */
export class CityClock {
  readonly timeZone: string;
  /** Temporal costs microseconds a question and the answer changes twice a year, so the last span is kept. */
  #span: OffsetSpan = { fromMs: 0, untilMs: 0, offsetMs: 0 };

  constructor(timeZone: string) {
    this.timeZone = timeZone;
  }

  /** What they are ahead of UTC. */
  offsetMs(timeMs: number): number {
    if (timeMs < this.#span.fromMs || timeMs >= this.#span.untilMs) {
      this.#span = spanAround(timeMs, this.timeZone);
    }
    return this.#span.offsetMs;
  }

  /** Whole days from 1970-01-01 to the local date. */
  localDay(timeMs: number): number {
    return Math.floor((timeMs + this.offsetMs(timeMs)) / DAY_MS);
  }

  /** 0 to 23. */
  localHour(timeMs: number): number {
    return Math.floor((timeMs + this.offsetMs(timeMs)) / HOUR_MS) % 24;
  }

  /**
   * When the clocks show a time of a local date. Not for the hours around a clock change (01:00 to 03:00
   * UTC), where a time may exist twice or never; lighting programs keep clear of them.
   */
  instantOfLocal(day: number, minuteOfDay: number): number {
    const asIfUtc = day * DAY_MS + minuteOfDay * 60_000;
    return asIfUtc - this.offsetMs(asIfUtc - this.offsetMs(asIfUtc));
  }
}

function spanAround(timeMs: number, timeZone: string): OffsetSpan {
  const local = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(timeZone);
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
