import { z } from 'zod';

const UNITS_MS = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

const WRITTEN = /^\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*$/;

/** Milliseconds of `90s`, `15min` (or `15m`), `24h`, `3d`, `2w`; null for what is none of these. */
export function parseDuration(text: string): number | null {
  const match = WRITTEN.exec(text);
  if (match === null) return null;
  const [, amount, unit] = match;
  return Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}

/** Ten years: beyond, times leave what a database can hold. */
const LONGEST_MS = 3650 * UNITS_MS.d;

/** A duration as people write it, kept so. */
export const durationText = z
  .string('expected a duration such as 90s, 15min, 24h, 3d or 2w')
  .regex(WRITTEN, 'expected a duration such as 90s, 15min, 24h, 3d or 2w')
  .refine((text) => (parseDuration(text) ?? 0) <= LONGEST_MS, 'expected 3650d at most')
  .meta({ description: 'A duration: 90s, 15min, 24h, 3d, 2w; 3650d at most' });

/** A duration as people write it; parsed, milliseconds. */
export const duration = durationText.transform((text) => parseDuration(text) ?? 0);
