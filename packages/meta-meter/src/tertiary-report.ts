import {
  findSite,
  firstYearOfMeters,
  metersOfSite,
  type Pool,
  readReference,
  type Site,
  type SiteReference,
} from '@veilleur/store';
import { amountOf } from './amount.ts';
import { degreeDaysIn } from './climate.ts';
import { carries, pciOfAmount } from './energy.ts';
import { gather } from './gather.ts';
import { type DaySpan, daysIn, instantsOf } from './local-days.ts';
import type { PointFacts } from './point.ts';
import { climateOf } from './site-report.ts';
import { type TertiaryView, tertiaryView, type YearOfPoint } from './tertiary.ts';

export interface TertiaryReport extends TertiaryView {
  readonly site: Site;
  readonly timeZone: string;
  readonly station: string | null;
}

/**
 * The yearly view of the décret tertiaire: final energy in kWh PCI, against the reference year. Whole
 * years, from the first one that is metered to the last one that is over.
 *
 * @throws VeilleurError `site_not_found`.
 */
export async function tertiaryReport(
  pool: Pool,
  code: string,
  { cityZone, now }: { readonly cityZone: string; readonly now: Date },
): Promise<TertiaryReport> {
  const site = await findSite(pool, code);
  const timeZone = site.timeZone ?? cityZone;
  const meters = await metersOfSite(pool, code);
  const reference = await readReference(pool, { points: [] });
  const about = reference.sites.find(({ site: of }) => of === code) ?? null;
  const last = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).year - 1;
  const first = await firstYearOfMeters(
    pool,
    meters.map(({ id }) => id),
    timeZone,
  );
  const years =
    first === null ? [] : Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  const ofYear = new Map<number, YearOfPoint[]>(years.map((year) => [year, []]));
  if (first !== null && years.length > 0) {
    const span = { from: `${first}-01-01`, to: `${last + 1}-01-01` };
    const wanted = {
      span,
      published: null,
      hours: null,
      cityZone: timeZone,
      coefficients: reference.gasCoefficients,
    };
    for await (const facts of gather(pool, meters, wanted)) {
      for (const [year, points] of ofYear) points.push(...yearOfPoint(facts, spanOf(year), about));
    }
  }
  const told = [...years, about?.tertiary?.year ?? last];
  const climate = await climateOf(pool, about, {
    from: `${Math.min(...told)}-01-01`,
    to: `${last + 1}-01-01`,
  });
  const declared = about?.tertiary ?? null;
  const view = tertiaryView(
    years.map((year) => ({
      year,
      points: ofYear.get(year) ?? [],
      degreeDays: climate === null ? null : degreeDaysIn(climate, [spanOf(year)]),
    })),
    declared,
    typeof site.attributes.area_m2 === 'number' ? site.attributes.area_m2 : null,
  );
  return { site, timeZone, station: about?.station ?? null, ...view };
}

const spanOf = (year: number): DaySpan => ({ from: `${year}-01-01`, to: `${year + 1}-01-01` });

function yearOfPoint(
  { meter, quantity, use, energy, days }: PointFacts,
  span: DaySpan,
  about: SiteReference | null,
): YearOfPoint[] {
  if (energy === null) return [];
  const time = instantsOf(span, days);
  const pcs = amountOf(energy, time);
  const final = carries(quantity) === 'gas' ? pciOfAmount(pcs) : pcs;
  const heats = about?.heating[quantity];
  if (heats === undefined) return [{ of: meter.code, energy: final, heating: null }];
  const used = amountOf(use, time).value;
  // What a unit holds that year, so that a base in m3 a day becomes kWh.
  const base =
    heats.basePerDay === 0
      ? 0
      : used === null || used === 0 || final.value === null
        ? null
        : (heats.basePerDay * daysIn(span) * final.value) / used;
  return [{ of: meter.code, energy: final, heating: { base } }];
}
