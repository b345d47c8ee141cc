/** A day's lowest and highest outdoor temperature, degrees Celsius. */
export interface DayTemperatures {
  readonly lowest_Cel: number;
  readonly highest_Cel: number;
}

export type DegreeDayMethod = 'meteo' | 'costic';

/** What French practice heats to without the heat of people and sun. */
export const USUAL_BASE_CEL = 18;

/**
 * Heating degree days of one day.
 *
 * - `meteo`: the base minus the middle of lowest and highest, never below zero;
 * - `costic`, the professionals': the same on days that never reach the base, nothing on days that never
 *   fall below it, and between them a share that grows with the part of the day below the base.
 */
export function heatingDegreeDays(
  day: DayTemperatures,
  method: DegreeDayMethod,
  base_Cel: number = USUAL_BASE_CEL,
): number {
  const { lowest_Cel: lowest, highest_Cel: highest } = day;
  const middle = base_Cel - (lowest + highest) / 2;
  switch (method) {
    case 'meteo':
      return Math.max(0, middle);
    case 'costic': {
      if (base_Cel > highest) return middle;
      if (base_Cel <= lowest) return 0;
      const below = base_Cel - lowest;
      return below * (0.08 + (0.42 * below) / (highest - lowest));
    }
  }
}

/** The degree days of a period; null where a day's temperatures are not known: no day is taken for warm. */
export function degreeDaysOf(
  days: readonly (DayTemperatures | null)[],
  method: DegreeDayMethod,
  base_Cel: number = USUAL_BASE_CEL,
): number | null {
  let sum = 0;
  for (const day of days) {
    if (day === null) return null;
    sum += heatingDegreeDays(day, method, base_Cel);
  }
  return sum;
}
