import { localTime } from './local-time.ts';
import { registerValue } from './micro.ts';
import type { Reading } from './series.ts';

/** The words of this package's test stories: local times of Paris, values in the quantity's unit. */
export const PARIS = 'Europe/Paris';

/** `2026-03-28 14:00` on the clocks of Paris; with `Z` or an offset the instant that it names. */
export function at(local: string): number {
  if (/Z|[+]\d\d:\d\d$/.test(local)) return Date.parse(local);
  return localTime(PARIS).instantOf(Date.parse(`${local.replace(' ', 'T')}Z`));
}

export function reading(local: string, value: number, more: Partial<Reading> = {}): Reading {
  return { time: at(local), value: registerValue(value), source: 'lorawan', quality: 'measured', ...more };
}

/** A register read every hour: `use` tells each hour's use in the unit, from `start` on. */
export function hourly(start: string, use: readonly number[], first = 100): Reading[] {
  const begin = at(start);
  let index = registerValue(first);
  return [0, ...use].map((amount, i) => {
    index += registerValue(amount);
    return { time: begin + i * 3_600_000, value: index, source: 'lorawan', quality: 'measured' };
  });
}

export const litres = (value: number | null) => (value === null ? null : value / 1000);
