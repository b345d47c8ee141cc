import type { BucketName } from '@veilleur/store';
import type { Line } from './line.ts';
import { instantOf, type LocalDays } from './local-days.ts';
import { type Stored, storedLine } from './stored-line.ts';

/** What tests tell their stories with. */
export const PARIS: LocalDays = { zone: 'Europe/Paris', dayStartMinutes: 0 };
export const GAS: LocalDays = { zone: 'Europe/Paris', dayStartMinutes: 360 };
const HOUR_MS = 3_600_000;

export const stored = (
  from: string,
  unit: number | null,
  days: LocalDays = PARIS,
  quality: Stored['quality'] = unit === null ? 'missing' : 'measured',
  uncertain: number | null = null,
): Stored => ({
  from: instantOf(from, days),
  value: unit === null ? null : Math.round(unit * 1e6),
  quality,
  uncertainty: uncertain === null ? null : Math.round(uncertain * 1e6),
});

/** Every hour of local days, of so much each; `use` is asked with the hour's number from the beginning. */
export function hoursOf(from: string, to: string, use: (hour: number) => number | null): Stored[] {
  const [start, end] = [instantOf(from, PARIS), instantOf(to, PARIS)];
  return Array.from({ length: (end - start) / HOUR_MS }, (_, hour) => {
    const unit = use(hour);
    return {
      from: start + hour * HOUR_MS,
      value: unit === null ? null : Math.round(unit * 1e6),
      quality: unit === null ? 'missing' : 'measured',
      uncertainty: null,
    };
  });
}

export const lineOf = (some: Partial<Record<BucketName, Stored[]>>, days: LocalDays = PARIS): Line =>
  storedLine({ hour: [], day: [], month: [], ...some }, days);

/** A moment on the clocks of Paris, such as `2026-02-01 06:00`. */
export const at = (local: string): number =>
  Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime('Europe/Paris').epochMilliseconds;
