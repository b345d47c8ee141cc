import { z } from 'zod';

/** No meter measured before, and none will after: beyond, time zones have other rules and databases their ends. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;

const isWithinReach = (text: string) => {
  const year = Number(text.slice(0, 4));
  return year >= FIRST_YEAR && year <= LAST_YEAR;
};
const error = `expected a time from ${FIRST_YEAR} to ${LAST_YEAR}`;

/** A local day, as `2026-03-01`. */
export const day = z.iso.date().refine(isWithinReach, { error });
/** A time with its offset, as `2026-03-01T12:00:00Z`. */
export const instant = z.iso.datetime({ offset: true }).refine(isWithinReach, { error });
/** Either; `startOf` makes one of both. */
export const moment = instant.or(day);

/** A bare date is the start of that local day. */
export function startOf(text: string, timeZone: string): Date {
  if (text.length !== 10) return new Date(text);
  return new Date(Temporal.PlainDate.from(text).toZonedDateTime(timeZone).epochMilliseconds);
}
