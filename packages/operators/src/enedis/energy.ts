import type { ReadingUnit } from '../reading.ts';

const MS_PER_HOUR = 3_600_000;

/**
 * Mean power over a time as exact energy. A Linky's watts are watt-hours over the step (always even at 30
 * minutes), so these are whole Wh; another meter's may not be, and then watt-seconds are.
 */
export function energyOf(
  power_W: number,
  duration_ms: number,
): { readonly value: number; readonly unit: ReadingUnit } {
  const product = power_W * duration_ms;
  return product % MS_PER_HOUR === 0
    ? { value: product / MS_PER_HOUR, unit: 'Wh' }
    : { value: product / 1000, unit: 'Ws' };
}
