import { dayOf, instantOf, startOfDay } from '../local-time.ts';

/** How the stamps of daily indexes are meant. */
export interface IndexStamps {
  readonly dailyIndex: 'date' | 'instant';
  readonly zone: string;
}

/**
 * When a daily index was frozen. By `date`, the stamp's local date names the day that the index opens,
 * whatever its hour: 23:00+01:00 in winter, 00:00+02:00 in summer. So 2021-03-28 has no row, and the two
 * rows of 2021-10-31 carry one value. Null for what is no instant.
 */
export function indexInstant(stamp: string, { dailyIndex, zone }: IndexStamps): Date | null {
  const instant = instantOf(stamp);
  const day = dayOf(stamp.slice(0, 10));
  if (instant === null || day === null) return null;
  return dailyIndex === 'date' ? startOfDay(day, zone) : new Date(instant);
}
