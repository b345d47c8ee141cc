import { dayOfDate, localTime, startOfDay } from '@veilleur/metering';

/** How a point counts its days: on the clocks of a zone, from so many minutes after midnight on. */
export interface LocalDays {
  readonly zone: string;
  readonly dayStartMinutes: number;
}

/** Local days such as `2026-02-01`; `to` is the day after the last. */
export interface DaySpan {
  readonly from: string;
  readonly to: string;
}

/** When a day of these begins: of a gas meter at 06:00. */
export function instantOf(day: string, { zone, dayStartMinutes }: LocalDays): number {
  return startOfDay(localTime(zone), dayOfDate(day), dayStartMinutes * 60_000);
}

export const instantsOf = (span: DaySpan, days: LocalDays) => ({
  from: instantOf(span.from, days),
  to: instantOf(span.to, days),
});

/** The same date a year before; 29 February becomes the 28th. */
export const aYearBefore = (day: string) => Temporal.PlainDate.from(day).subtract({ years: 1 }).toString();

/**
 * The same days a year before. What ends with 28 February (`to` is the 29th) ends with it then too, and whole
 * Februaries meet whatever their length.
 */
export function spanAYearBefore({ from, to }: DaySpan): DaySpan {
  const end = Temporal.PlainDate.from(to);
  const then = end.subtract({ years: 1 });
  return { from: aYearBefore(from), to: (then.day < end.day ? then.add({ days: 1 }) : then).toString() };
}

/** A span cut at the months: what is left of the first and of the last, and the whole ones between. */
export function monthsOf({ from, to }: DaySpan): DaySpan[] {
  const spans: DaySpan[] = [];
  for (let start = from; start < to; ) {
    const next = Temporal.PlainDate.from(start).with({ day: 1 }).add({ months: 1 }).toString();
    const end = next < to ? next : to;
    spans.push({ from: start, to: end });
    start = end;
  }
  return spans;
}

export function daysIn({ from, to }: DaySpan): number {
  return dayOfDate(to) - dayOfDate(from);
}

/** Something that holds on local days; `to` null: until further notice. */
interface ValidDays {
  readonly from: string;
  readonly to: string | null;
}

/** A span cut where another row begins to hold: of several that hold, the one that began last. */
export function segmentsOf<Row extends ValidDays>(
  rows: readonly Row[],
  span: DaySpan,
): (DaySpan & { readonly row: Row | null })[] {
  const edges = new Set([span.from, span.to]);
  for (const { from, to } of rows) {
    for (const edge of [from, to]) if (edge !== null && edge > span.from && edge < span.to) edges.add(edge);
  }
  const days = [...edges].sort();
  return days.slice(1).map((to, i) => {
    const from = days[i] as string;
    const holding = rows.filter((one) => one.from <= from && (one.to === null || one.to > from));
    const row = holding.reduce<Row | null>(
      (last, one) => (last === null || one.from >= last.from ? one : last),
      null,
    );
    return { from, to, row };
  });
}
