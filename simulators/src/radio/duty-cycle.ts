import { LONGEST_AIRTIME_MS } from './airtime.ts';
import { BANDS } from './eu868.ts';

const HOUR_MS = 3_600_000;
const SHARE = 0.01;
const BUDGET_MS = HOUR_MS * SHARE;

/**
 * From the start of a frame to the earliest start of the next one in its sub-band, in airtimes.
 *
 * LoRaWAN's rule of 99 airtimes of silence lets an hour hold its 36 s and the frame that closes it. With
 * some more silence no hour, wherever it begins, holds more than 36 s: the frames but the last fill at
 * most an hour divided by this, and the last is at most the longest frame there is.
 */
const PERIOD_AIRTIMES = HOUR_MS / (BUDGET_MS - LONGEST_AIRTIME_MS);

/** What one device may still send: one moment for each sub-band. */
export class DutyCycle {
  #freeAtMs0 = Number.NEGATIVE_INFINITY;
  #freeAtMs1 = Number.NEGATIVE_INFINITY;

  freeAtMs(band: number): number {
    return band === 0 ? this.#freeAtMs0 : this.#freeAtMs1;
  }

  /** @param bands how many of them, from the first, may be used. */
  earliestMs(bands: number = BANDS): number {
    return bands === 1 ? this.#freeAtMs0 : Math.min(this.#freeAtMs0, this.#freeAtMs1);
  }

  sent(band: number, startMs: number, airtimeMs: number): void {
    const freeAtMs = startMs + airtimeMs * PERIOD_AIRTIMES;
    if (band === 0) this.#freeAtMs0 = freeAtMs;
    else this.#freeAtMs1 = freeAtMs;
  }
}
