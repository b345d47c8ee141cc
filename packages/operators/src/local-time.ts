/** The zone of French operators' local times. */
export const FRANCE = 'Europe/Paris';

/** The instants that a local date and time may mean: none in March's lost hour, two in October's double one. */
export function instantsOf(local: Temporal.PlainDateTime, zone: string): readonly number[] {
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return [earlier.epochMilliseconds];
  // In the lost hour, both answers show another local time than the one that was asked for.
  if (!earlier.toPlainDateTime().equals(local)) return [];
  return [earlier.epochMilliseconds, later.epochMilliseconds];
}

export type Resolution =
  | { readonly outcome: 'resolved'; readonly at: number }
  | { readonly outcome: 'ambiguous' | 'nonexistent' };

/**
 * Which instant a local time means, by the sequence in which it stands: one step after its predecessor,
 * else the only one that is later. The double hour is ambiguous when nothing comes before it.
 */
export function resolveBySequence(
  local: Temporal.PlainDateTime,
  zone: string,
  previous: number | null,
  step: number,
): Resolution {
  const candidates = instantsOf(local, zone);
  const [first] = candidates;
  if (first === undefined) return { outcome: 'nonexistent' };
  if (candidates.length === 1) return { outcome: 'resolved', at: first };
  if (previous === null) return { outcome: 'ambiguous' };
  if (candidates.includes(previous + step)) return { outcome: 'resolved', at: previous + step };
  const later = candidates.filter((at) => at > previous);
  const [only] = later;
  return later.length === 1 && only !== undefined
    ? { outcome: 'resolved', at: only }
    : { outcome: 'ambiguous' };
}

/** The start of a local day. France has no day that starts twice or not at all. */
export function startOfDay(day: Temporal.PlainDate, zone: string, hour = 0): Date {
  return new Date(
    day.toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour) }).epochMilliseconds,
  );
}

/** `2021-08-10`, or null for what is no day of the calendar. */
export function dayOf(text: string): Temporal.PlainDate | null {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? orNull(() => Temporal.PlainDate.from(text)) : null;
}

/** `31/12/2021`, `31-12-2021` or `31.12.2021`, day first as France writes it. */
export function dayFirst(text: string): Temporal.PlainDate | null {
  const match = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text);
  if (match === null) return null;
  const [day, month, year] = match.slice(1).map(Number);
  return orNull(() =>
    Temporal.PlainDate.from({ year: year ?? 0, month: month ?? 0, day: day ?? 0 }, { overflow: 'reject' }),
  );
}

/** `2021-10-31 02:30:00`, with a blank or a `T`, seconds or none, without an offset. */
export function localDateTime(text: string): Temporal.PlainDateTime | null {
  return /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?$/.test(text)
    ? orNull(() => Temporal.PlainDateTime.from(text.replace(' ', 'T')))
    : null;
}

/** `2021-10-31T02:30:00+02:00`: an instant only if it has its offset. */
export function instantOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  const at = Date.parse(text);
  // Date.parse takes 31 February for 3 March.
  return Number.isNaN(at) || dayOf(text.slice(0, 10)) === null ? null : at;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
