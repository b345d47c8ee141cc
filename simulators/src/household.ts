import { DAY_MS, HOUR_MS, localHour } from './city-time.ts';
import { SLOTS_PER_DAY, SLOTS_PER_HOUR } from './daily-register.ts';

/** What one person draws a day at home, the French average. */
export const WATER_PER_PERSON_L = 148;

/** How many of a hundred meters have 1 to 5 people behind them: the order of size of French households. */
export const HOUSEHOLD_SIZES = [37, 33, 14, 11, 5] as const;

/** Percent of a day's water drawn in each local hour, measured in the AMPds2 house (CC BY 4.0). */
export const WATER_HOURLY_PERCENT = [
  0.7, 0.2, 0.3, 0.1, 0.1, 0.3, 2.7, 2.3, 4.2, 4.6, 4.6, 3.6, 2.9, 2.3, 3.3, 3.6, 5.3, 7.5, 7, 12.6, 14.4,
  9.9, 4.7, 3.1,
] as const;

/**
 * A weight for each slot of a UTC day, by the local hour that it falls in. People live by the clock on
 * the wall: a clock change moves their evening within the UTC day.
 */
export function weightsByLocalHour(
  day: number,
  weightOf: (hour: number, slot: number) => number,
): Float64Array {
  const weights = new Float64Array(SLOTS_PER_DAY);
  for (let slot = 0; slot < SLOTS_PER_DAY; slot += SLOTS_PER_HOUR) {
    const hour = localHour(day * DAY_MS + (slot / SLOTS_PER_HOUR) * HOUR_MS);
    for (let i = slot; i < slot + SLOTS_PER_HOUR; i++) weights[i] = weightOf(hour, i);
  }
  return weights;
}
