import { isTimeZone } from '@veilleur/domain';
import { InvalidArgumentError } from 'commander';

/** A whole number within limits. */
export function integer(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(`expected a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

export function moment(text: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime()))
    throw new InvalidArgumentError('expected a time such as 2026-03-01T12:00:00Z.');
  return value;
}

export function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new InvalidArgumentError('expected a number such as 47.75.');
  return value;
}

/** A local day, as `2026-03-01`. */
export function day(text: string): string {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Temporal.PlainDate.from(text).toString();
  } catch {
    // 2026-02-30 looks like a day and is none.
  }
  throw new InvalidArgumentError('expected a day such as 2026-03-01.');
}

/** A name of the tz database. */
export function timeZone(text: string): string {
  if (isTimeZone(text)) return text;
  throw new InvalidArgumentError('expected an IANA time zone such as Europe/Paris.');
}
