import { type Quantity, VeilleurError } from '@veilleur/domain';
import type { TempoColour } from '@veilleur/metering';
import {
  findSite,
  hoursOfMeters,
  metersOfSite,
  type Pool,
  type Reference,
  readReference,
  type Site,
  type SiteMeter,
  type SiteReference,
  similarSites,
  temperaturesOf,
} from '@veilleur/store';
import { type Sum, sumOfSums } from './amount.ts';
import type { Climate } from './climate.ts';
import type { Prices } from './cost.ts';
import { gather } from './gather.ts';
import { aYearBefore, type DaySpan, daysIn, instantOf, instantsOf, monthsOf } from './local-days.ts';
import {
  comparisonOf,
  type MediumMonth,
  monthsOfPoint,
  monthsTogether,
  profileOf,
  reportedMedium,
} from './medium.ts';
import { reportedPoint } from './point.ts';
import type { ReportedMedium, ReportedPoint, SiteReport } from './report.ts';
import { leastOthers, sizeOf, standingOf } from './standing.ts';

export interface ReportOptions {
  /** Local days; `to` is the day after the last. Null: the twelve months before this one. */
  readonly from: string | null;
  readonly to: string | null;
  /** For sites that have no time zone. */
  readonly cityZone: string;
  readonly now: Date;
}

/**
 * What a site and its parts used, over all of their points and operators, and what that was worth.
 *
 * @throws VeilleurError `site_not_found`, `report_span_empty`.
 */
export async function siteReport(pool: Pool, code: string, options: ReportOptions): Promise<SiteReport> {
  const site = await findSite(pool, code);
  const timeZone = site.timeZone ?? options.cityZone;
  const span = spanOf(options, timeZone);
  const meters = await metersOfSite(pool, code);
  const reference = await readReference(pool, {
    points: meters.map(({ code: point }) => point),
    // A Tempo day begins at 06:00: the night before is the last day's.
    from: Temporal.PlainDate.from(span.from).subtract({ days: 1 }).toString(),
    to: span.to,
  });
  const whole = { from: aYearBefore(span.from), to: span.to };
  const about = reference.sites.find(({ site: of }) => of === code) ?? null;
  const climate = await climateOf(pool, about, whole);

  const prices = pricesOf(reference);
  const points = new Map<Quantity, ReportedPoint[]>();
  const months = new Map<Quantity, MediumMonth[][]>();
  const wanted = {
    span: whole,
    published: span,
    hours: { of: paysByTheHour(reference), span },
    cityZone: timeZone,
    coefficients: reference.gasCoefficients,
  };
  for await (const facts of gather(pool, meters, wanted)) {
    const { quantity, meter } = facts;
    const own = { ...prices, contracts: prices.contracts.filter(({ point }) => point === meter.code) };
    listOf(points, quantity).push(reportedPoint(facts, own, reference.emissionFactors, span));
    listOf(months, quantity).push(monthsOfPoint(facts, span));
  }
  const media: ReportedMedium[] = [];
  for (const [quantity, own] of [...points].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const together = monthsTogether(months.get(quantity) ?? []);
    const heats = climate === null ? undefined : about?.heating[quantity];
    const heating =
      climate === null || heats === undefined ? null : { climate, basePerDay: heats.basePerDay };
    const ofIt = meters.filter(({ quantities }) => quantities.includes(quantity));
    const medium = reportedMedium(quantity, own, together, {
      comparison: comparisonOf(together, heating),
      profile: await profile(pool, ofIt, quantity, span, timeZone),
      similar: { none: 'no_size' },
    });
    media.push({ ...medium, similar: await similar(pool, site, medium, span, timeZone) });
  }
  const sum = (sums: readonly (Sum | null)[]) => {
    const told = sums.flatMap((one) => one ?? []);
    return told.length === 0 ? null : sumOfSums(told);
  };
  const pcs = sum(media.map(({ energy }) => energy?.pcs_kWh ?? null));
  const pci = sum(media.map(({ energy }) => energy?.pci_kWh ?? null));
  return {
    site,
    timeZone,
    from: span.from,
    to: span.to,
    media,
    total: {
      energy: pcs === null || pci === null ? null : { pcs_kWh: pcs, pci_kWh: pci },
      cost_EUR: sum(media.map(({ cost }) => cost)),
      carbon_kgCO2e: sum(media.map(({ carbon }) => carbon)),
    },
    station: about?.station ?? null,
  };
}

function spanOf({ from, to, now }: ReportOptions, timeZone: string): DaySpan {
  const thisMonth = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .with({ day: 1 });
  const end = to ?? thisMonth.toString();
  const span = { from: from ?? Temporal.PlainDate.from(end).subtract({ years: 1 }).toString(), to: end };
  if (span.from < span.to) return span;
  throw new VeilleurError('report_span_empty', `${span.from} is not before ${span.to}`, {
    remedy: 'Give the first day as from, and the day after the last as to.',
  });
}

/** The climate at a site; null where no station is told for it. */
export async function climateOf(
  pool: Pool,
  about: SiteReference | null,
  span: DaySpan,
): Promise<Climate | null> {
  if (about === null || about.station === null) return null;
  const days = await temperaturesOf(pool, about.station, span.from, span.to);
  return {
    station: about.station,
    base_Cel: about.base_Cel,
    days: new Map(days.map((one) => [one.day, one])),
  };
}

function pricesOf({ contracts, tariffs, tempoDays }: Reference): Prices {
  const colours = new Map<string, TempoColour>(tempoDays.map(({ day, colour }) => [day, colour]));
  return { contracts, tariffs, colours };
}

/** Points whose contract tells the hours of a day apart. */
function paysByTheHour({ contracts, tariffs }: Reference): (meter: SiteMeter) => boolean {
  const slotted = new Set(tariffs.flatMap(({ code, terms }) => (terms.kind === 'flat' ? [] : [code])));
  const points = new Set(contracts.flatMap(({ point, tariff }) => (slotted.has(tariff) ? [point] : [])));
  return ({ code }) => points.has(code);
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

async function profile(
  pool: Pool,
  meters: readonly SiteMeter[],
  quantity: Quantity,
  span: DaySpan,
  zone: string,
) {
  const { from, to } = instantsOf(span, { zone, dayStartMinutes: 0 });
  const hours = await hoursOfMeters(
    pool,
    meters.map(({ id }) => id),
    quantity,
    new Date(from),
    new Date(to),
  );
  return profileOf(hours, zone);
}

async function similar(
  pool: Pool,
  site: Site,
  { quantity, use }: ReportedMedium,
  span: DaySpan,
  zone: string,
): Promise<ReportedMedium['similar']> {
  const per = sizeOf(quantity, site.attributes);
  if (per === null) return { none: 'no_size' };
  if (use.value === null) return { none: 'not_known_wholly' };
  const wholeMonths = [span.from, span.to].every((day) => day.endsWith('-01'));
  const found = await similarSites(pool, {
    kind: site.kind,
    quantity,
    per,
    bucket: wholeMonths ? 'month' : 'day',
    buckets: wholeMonths ? monthsOf(span).length : daysIn(span),
    from: new Date(instantOf(span.from, { zone, dayStartMinutes: 0 })),
    to: new Date(instantOf(span.to, { zone, dayStartMinutes: 0 })),
  });
  const others = found.filter((one) => one.site !== site.code).map(({ used }) => used / 1e6);
  if (others.length < leastOthers(site.kind)) return { none: 'too_few_similar' };
  return standingOf(per === 'area_m2' ? 'm2' : 'person', use.value / Number(site.attributes[per]), others);
}
