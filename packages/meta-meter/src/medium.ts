import { QUANTITIES, type Quality, type Quantity } from '@veilleur/domain';
import { compare, loadProfile, MICRO } from '@veilleur/metering';
import type { HourOfMeters } from '@veilleur/store';
import { type Amount, amountOf, type Sum, sumOf } from './amount.ts';
import { type Climate, type DegreeDays, degreeDaysIn } from './climate.ts';
import { intervalOf, type Line } from './line.ts';
import { type DaySpan, daysIn, instantsOf, type LocalDays, monthsOf, spanAYearBefore } from './local-days.ts';
import type {
  ReportedComparison,
  ReportedMedium,
  ReportedMonth,
  ReportedPoint,
  ReportedProfile,
} from './report.ts';

interface Used {
  readonly use: Line;
  readonly days: LocalDays;
}

/** One medium of a site month by month: its points together, beside the year before. Millionths. */
export interface MediumMonth extends DaySpan {
  readonly value: number | null;
  readonly known: number | null;
  readonly estimated: number;
  readonly quality: Quality;
  readonly yearBefore: number | null;
}

/** What the lines of one point tell of each month; later summed over points. */
export function monthsOfPoint({ use, days }: Used, span: DaySpan): MediumMonth[] {
  return monthsOf(span).map((month) => {
    const now = instantsOf(month, days);
    const then = instantsOf(spanAYearBefore(month), days);
    const [interval] = use.over([now.from, now.to]);
    const { known, estimated } = amountOf(use, now);
    return {
      ...month,
      value: interval?.value ?? null,
      known: known === null ? null : Math.round(known * MICRO),
      estimated: Math.round(estimated * MICRO),
      quality: interval?.quality ?? 'missing',
      yearBefore: then.from < then.to ? (use.over([then.from, then.to])[0]?.value ?? null) : null,
    };
  });
}

const ORDER: readonly Quality[] = ['measured', 'repaired', 'estimated', 'missing'];

/** Points together: a month of which one is missing has no value. */
export function monthsTogether(points: readonly (readonly MediumMonth[])[]): MediumMonth[] {
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number | null>((a, b) => (a === null || b === null ? null : a + b), 0);
  return (points[0] ?? []).map((first, i) => {
    const own = points.flatMap((months) => months[i] ?? []);
    const told = own.flatMap(({ known }) => (known === null ? [] : [known]));
    return {
      from: first.from,
      to: first.to,
      value: sum(own.map(({ value }) => value)),
      known: told.length === 0 ? null : told.reduce((a, b) => a + b, 0),
      estimated: own.reduce((total, { estimated }) => total + estimated, 0),
      quality: own.reduce<Quality>(
        (worst, { quality }) => (ORDER.indexOf(quality) > ORDER.indexOf(worst) ? quality : worst),
        'measured',
      ),
      yearBefore: sum(own.map(({ yearBefore }) => yearBefore)),
    };
  });
}

/** How the months that are known in both years compare; null where there is none. */
export function comparisonOf(
  months: readonly MediumMonth[],
  heating: { readonly climate: Climate; readonly basePerDay: number } | null,
): ReportedComparison | null {
  const both = months.flatMap(({ value, yearBefore, ...month }) =>
    value === null || yearBefore === null ? [] : [{ ...month, value, yearBefore }],
  );
  if (both.length === 0) return null;
  const now = both.reduce((sum, { value }) => sum + value, 0);
  const before = both.reduce((sum, { yearBefore }) => sum + yearBefore, 0);
  const then = both.map(spanAYearBefore);
  const lengths = {
    now: both.reduce((sum, one) => sum + daysIn(one), 0),
    before: then.reduce((sum, one) => sum + daysIn(one), 0),
  };
  const by = (days: { readonly now: number | null; readonly before: number | null }, basePerDay: number) =>
    compare(
      { use: now, days: lengths.now, degreeDays: days.now },
      { use: before, days: lengths.before, degreeDays: days.before },
      { baseUsePerDay: Math.round(basePerDay * MICRO) },
    );
  return {
    months: both.length,
    now: now / MICRO,
    before: before / MICRO,
    relative: by({ now: null, before: null }, 0).relative,
    weather: heating === null ? null : weatherOf(heating),
  };

  function weatherOf({ climate, basePerDay }: NonNullable<typeof heating>) {
    const [today, earlier] = [degreeDaysIn(climate, both), degreeDaysIn(climate, then)];
    const normalised = (method: keyof Pick<DegreeDays, 'meteo' | 'costic'>) => {
      const { expected, relativeToWeather } = by({ now: today[method], before: earlier[method] }, basePerDay);
      return { expected: expected === null ? null : expected / MICRO, relative: relativeToWeather };
    };
    return {
      station: climate.station,
      base_Cel: climate.base_Cel,
      now: today,
      before: earlier,
      meteo: normalised('meteo'),
      costic: normalised('costic'),
    };
  }
}

/** Base load and night, of the hours of all points together; null where no hour is told. */
export function profileOf(hours: readonly HourOfMeters[], zone: string): ReportedProfile | null {
  if (!hours.some(({ value }) => value !== null)) return null;
  const told = hours.map(({ from, value }) =>
    intervalOf({ from, to: from + 3_600_000 }, value, value === null ? 'missing' : 'measured', 0),
  );
  const { baseLoad, nightShare, nightMinimum, wholeDays } = loadProfile(told, zone);
  const inUnit = (micro: number | null) => (micro === null ? null : micro / MICRO);
  return { baseLoad: inUnit(baseLoad), nightShare, nightMinimum: inUnit(nightMinimum), wholeDays };
}

/** Points of one quantity become a medium. */
export function reportedMedium(
  quantity: Quantity,
  points: readonly ReportedPoint[],
  months: readonly MediumMonth[],
  more: Pick<ReportedMedium, 'comparison' | 'profile' | 'similar'>,
): ReportedMedium {
  const sum = (of: (point: ReportedPoint) => Amount | null): Sum | null => {
    const amounts = points.flatMap((point) => {
      const amount = of(point);
      return amount === null ? [] : [{ ...amount, of: point.code }];
    });
    return amounts.length === 0 ? null : sumOf(amounts);
  };
  const pcs = sum(({ energy }) => energy?.pcs_kWh ?? null);
  const pci = sum(({ energy }) => energy?.pci_kWh ?? null);
  const inUnit = (micro: number | null) => (micro === null ? null : micro / MICRO);
  return {
    quantity,
    unit: QUANTITIES[quantity].unit,
    use: sum(({ use }) => use) ?? sumOf([]),
    energy: pcs === null || pci === null ? null : { pcs_kWh: pcs, pci_kWh: pci },
    cost: sum(({ cost }) => cost),
    carbon: sum(({ carbon }) => carbon),
    months: months.map(
      ({ value, known, estimated, yearBefore, ...month }): ReportedMonth => ({
        ...month,
        value: inUnit(value),
        known: inUnit(known),
        estimated: estimated / MICRO,
        yearBefore: inUnit(yearBefore),
      }),
    ),
    ...more,
    points,
  };
}
