import type { Quantity } from '@veilleur/domain';
import {
  type BucketName,
  bucketsOfMeters,
  type GasCoefficientRow,
  type MeterBucket,
  operatorFacts,
  type Pool,
  publishedGasEnergy,
  type SiteMeter,
} from '@veilleur/store';
import { coefficientsOf, type ToldCoefficient } from './coefficients.ts';
import { carries, gasLine } from './energy.ts';
import type { Line } from './line.ts';
import { type DaySpan, instantOf, instantsOf, type LocalDays } from './local-days.ts';
import type { PointFacts } from './point.ts';
import { storedLine } from './stored-line.ts';

export interface Wanted {
  /** Days of which consumption is wanted. */
  readonly span: DaySpan;
  /** Days of which an operator's own figures for the energy of gas are wanted too. */
  readonly published: DaySpan | null;
  /** Points of which hours are needed, and for which days: their prices change within a day. */
  readonly hours: { readonly of: (meter: SiteMeter) => boolean; readonly span: DaySpan } | null;
  readonly cityZone: string;
  readonly coefficients: readonly GasCoefficientRow[];
}

/** So many points are asked at once: a district's years would not fit. */
const PORTION = 100;

/** What is stored of points, as lines: a portion of them at a time, each quantity by itself. */
export async function* gather(
  pool: Pool,
  meters: readonly SiteMeter[],
  wanted: Wanted,
): AsyncGenerator<PointFacts> {
  for (let i = 0; i < meters.length; i += PORTION) {
    yield* portion(pool, meters.slice(i, i + PORTION), wanted);
  }
}

export const daysOf = (meter: SiteMeter, cityZone: string): LocalDays => ({
  zone: meter.timeZone ?? cityZone,
  dayStartMinutes: meter.dayStartMinutes,
});

async function* portion(
  pool: Pool,
  meters: readonly SiteMeter[],
  { span, published, hours, cityZone, coefficients }: Wanted,
): AsyncGenerator<PointFacts> {
  const ids = meters.map(({ id }) => id);
  const byHour = hours === null ? [] : meters.filter(hours.of);
  const gas = meters.filter(({ quantities }) => quantities.includes('gas_volume'));
  const [months, days, hourly, facts, energies] = await Promise.all([
    bucketsIn(pool, ids, 'month', span, meters, cityZone),
    bucketsIn(pool, ids, 'day', span, meters, cityZone),
    hours === null
      ? []
      : bucketsIn(
          pool,
          byHour.map(({ id }) => id),
          'hour',
          hours.span,
          byHour,
          cityZone,
        ),
    gas.length === 0
      ? []
      : operatorFacts(
          pool,
          gas.map(({ code }) => code),
          'conversion_coefficient',
        ),
    published === null ? [] : publishedIn(pool, gas, published, cityZone),
  ]);
  const stored = { month: grouped(months), day: grouped(days), hour: grouped(hourly) };
  const told = Map.groupBy(facts, ({ point }) => point);
  for (const meter of meters) {
    const local = daysOf(meter, cityZone);
    for (const quantity of meter.quantities) {
      const key = keyOf(meter.id, quantity);
      const use = storedLine(
        {
          month: stored.month.get(key) ?? [],
          day: stored.day.get(key) ?? [],
          hour: stored.hour.get(key) ?? [],
        },
        local,
      );
      const own = (told.get(meter.code) ?? []).flatMap(toldCoefficient);
      yield {
        meter,
        quantity,
        days: local,
        use,
        energy: energyOf(quantity, use, () =>
          coefficientsOf(meter, own, coefficients, span, local, meter.operator ?? meter.code),
        ),
        published:
          quantity === 'gas_volume'
            ? (energies.find(({ pointId }) => pointId === meter.id)?.told ?? null)
            : null,
      };
    }
  }
}

function energyOf(quantity: Quantity, use: Line, coefficients: () => ReturnType<typeof coefficientsOf>) {
  switch (carries(quantity)) {
    case 'energy':
      return use;
    case 'gas':
      return gasLine(use, coefficients());
    case 'none':
      return null;
  }
}

function toldCoefficient(fact: {
  readonly from: Date | null;
  readonly to: Date | null;
  readonly detail: Record<string, unknown>;
}): ToldCoefficient[] {
  const whPerM3 = Number(fact.detail.value);
  if (fact.from === null || fact.to === null || !(whPerM3 > 0)) return [];
  return [{ from: fact.from.getTime(), to: fact.to.getTime(), whPerM3 }];
}

const keyOf = (id: number, quantity: Quantity) => `${id} ${quantity}`;
const grouped = (rows: readonly MeterBucket[]) =>
  Map.groupBy(rows, ({ pointId, quantity }) => keyOf(pointId, quantity));

/** Buckets of the days of each meter, whatever its zone and the beginning of its day. */
async function bucketsIn(
  pool: Pool,
  ids: readonly number[],
  bucket: BucketName,
  span: DaySpan,
  meters: readonly SiteMeter[],
  cityZone: string,
): Promise<MeterBucket[]> {
  if (ids.length === 0) return [];
  // A month that a span begins inside of is needed too: what it holds beyond its days lies in the rest.
  const from =
    bucket === 'month' ? Temporal.PlainDate.from(span.from).with({ day: 1 }).toString() : span.from;
  const times = meters.map((meter) => instantsOf({ from, to: span.to }, daysOf(meter, cityZone)));
  return bucketsOfMeters(
    pool,
    ids,
    bucket,
    new Date(Math.min(...times.map((time) => time.from))),
    new Date(Math.max(...times.map((time) => time.to))),
  );
}

async function publishedIn(pool: Pool, meters: readonly SiteMeter[], span: DaySpan, cityZone: string) {
  if (meters.length === 0) return [];
  const time = (day: string) => new Date(instantOf(day, daysOf(meters[0] as SiteMeter, cityZone)));
  const rows = await publishedGasEnergy(
    pool,
    meters.map(({ id }) => id),
    time(span.from),
    time(span.to),
  );
  return rows.map(({ pointId, energy, covered }) => ({
    pointId,
    told: { pcs_kWh: energy / 1e6, hours: covered / 3_600_000 },
  }));
}
