import type { Interval } from './intervals.ts';
import { MICRO } from './micro.ts';
import { cutAtChanges, type Valid } from './validity.ts';

/** A row of the table that a city keeps: sourced, dated, and its own to edit. */
export interface EmissionFactor extends Valid {
  /** Grams of CO2 equivalent for one unit (kWh PCS of gas, kWh of electricity, m3 of water). */
  readonly gramsPerUnit: number;
  readonly source: string;
}

export interface Emissions {
  readonly from: number;
  readonly to: number;
  /** Grams of CO2 equivalent, not rounded; null where the use or a factor is unknown. */
  readonly grams: number | null;
  readonly sources: readonly string[];
}

/** What consumption emitted, each part with the factor of its time. */
export function emissions(
  intervals: readonly Pick<Interval, 'from' | 'to' | 'value'>[],
  factors: readonly EmissionFactor[],
): Emissions[] {
  return intervals.map(({ from, to, value }) => {
    const parts = cutAtChanges(factors, { from, to });
    const sources = [...new Set(parts.flatMap(({ row }) => (row === undefined ? [] : [row.source])))];
    if (value === null) return { from, to, grams: null, sources };
    let grams: number | null = 0;
    for (const { row, ...part } of parts) {
      if (row === undefined || grams === null) grams = null;
      else grams += ((value / MICRO) * row.gramsPerUnit * (part.to - part.from)) / (to - from);
    }
    return { from, to, grams, sources };
  });
}
