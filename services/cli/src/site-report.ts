import { QUANTITIES, type Quality, type Quantity } from '@veilleur/domain';
import { consumptionOfSite, findSite, type Pool, type Site, type SiteConsumption } from '@veilleur/store';
import { instantOf } from './consumption-command.ts';

export interface ReportedMonth {
  /** `2026-03`. */
  readonly month: string;
  /** Millionths; null where it is missing. */
  readonly value: number | null;
  readonly quality: Quality;
  /** The same month a year before; null where it is not known wholly. */
  readonly yearBefore: number | null;
}

export interface ReportedMedium {
  readonly quantity: Quantity;
  readonly unit: string;
  /** Of the months that are known. */
  readonly total: number;
  readonly estimated: number;
  /** Points of which a month is missing, at most. */
  readonly missing: number;
  readonly months: readonly ReportedMonth[];
  /** The months that are known in both years, and how the use of them has changed; null: there is none. */
  readonly comparison: { readonly months: number; readonly now: number; readonly before: number } | null;
}

export interface SiteReport {
  readonly site: Site;
  readonly timeZone: string;
  readonly from: Date;
  readonly to: Date;
  readonly media: readonly ReportedMedium[];
}

/** What a site and its parts used, medium by medium and month by month, beside the year before. */
export async function reportOfSite(
  pool: Pool,
  code: string,
  options: {
    readonly from: string | null;
    readonly to: string | null;
    readonly cityZone: string;
    readonly now: Date;
  },
): Promise<SiteReport> {
  const site = await findSite(pool, code);
  const timeZone = site.timeZone ?? options.cityZone;
  const thisMonth = Temporal.Instant.fromEpochMilliseconds(options.now.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .with({ day: 1 });
  const from = instantOf(options.from ?? thisMonth.subtract({ years: 1 }).toString(), timeZone);
  const to = instantOf(options.to ?? thisMonth.toString(), timeZone);
  const earlier = (moment: Date) =>
    new Date(localOf(moment, timeZone).subtract({ years: 1 }).epochMilliseconds);
  const [now, before] = await Promise.all([
    consumptionOfSite(pool, code, { bucket: 'month', from, to }),
    consumptionOfSite(pool, code, { bucket: 'month', from: earlier(from), to: earlier(to) }),
  ]);
  const known = new Map(before.map((row) => [`${row.quantity} ${monthOf(row.start, timeZone)}`, row]));
  const byQuantity = Map.groupBy(now, ({ quantity }) => quantity);
  const media = Array.from(byQuantity, ([quantity, rows]) =>
    mediumOf(
      quantity,
      rows,
      (start) =>
        whole(
          known.get(`${quantity} ${localOf(start, timeZone).subtract({ years: 1 }).toString().slice(0, 7)}`),
        ),
      timeZone,
    ),
  );
  return { site, timeZone, from, to, media };
}

const localOf = (moment: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone);
const monthOf = (start: Date, timeZone: string) => localOf(start, timeZone).toString().slice(0, 7);
/** A sum that lacks a point is no year to compare with. */
const whole = (row: SiteConsumption | undefined) => (row === undefined || row.missing > 0 ? null : row.value);

function mediumOf(
  quantity: Quantity,
  rows: readonly SiteConsumption[],
  yearBeforeOf: (start: Date) => number | null,
  timeZone: string,
): ReportedMedium {
  const months = rows.map(({ start, value, quality }) => ({
    month: monthOf(start, timeZone),
    value,
    quality,
    yearBefore: yearBeforeOf(start),
  }));
  const both = rows.flatMap((row) => {
    const [now, before] = [whole(row), yearBeforeOf(row.start)];
    return now === null || before === null ? [] : [{ now, before }];
  });
  return {
    quantity,
    unit: QUANTITIES[quantity].unit,
    total: rows.reduce((sum, { value }) => sum + (value ?? 0), 0),
    estimated: rows.reduce((sum, { estimated }) => sum + estimated, 0),
    missing: rows.reduce((most, { missing }) => Math.max(most, missing), 0),
    months,
    comparison:
      both.length === 0
        ? null
        : {
            months: both.length,
            now: both.reduce((sum, { now }) => sum + now, 0),
            before: both.reduce((sum, { before }) => sum + before, 0),
          },
  };
}
