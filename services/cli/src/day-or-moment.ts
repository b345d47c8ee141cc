import { InvalidArgumentError } from 'commander';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** An option's text that is a local day, or a time with its offset. */
export function dayOrMoment(text: string): string {
  try {
    if (DAY.test(text)) Temporal.PlainDate.from(text);
    else Temporal.Instant.from(text);
    return text;
  } catch {
    throw new InvalidArgumentError('expected a day such as 2026-03-01, or a time with its offset.');
  }
}

/** A day is its beginning, on the clocks of the zone. */
export function instantOf(text: string, timeZone: string): Date {
  return DAY.test(text) ? startOf(Temporal.PlainDate.from(text), timeZone) : new Date(text);
}

/** Of a day its last moment, on the clocks of the zone. */
export function endOf(text: string, timeZone: string): Date {
  if (!DAY.test(text)) return new Date(text);
  const next = Temporal.PlainDate.from(text).add({ days: 1 });
  return new Date(startOf(next, timeZone).getTime() - 1);
}

export function startOf(day: Temporal.PlainDate, timeZone: string): Date {
  return new Date(day.toZonedDateTime(timeZone).epochMilliseconds);
}

export function localDay(moment: Date, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}
