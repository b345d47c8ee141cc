import type { DevEui, Quality, Quantity } from '@veilleur/domain';
import type { Pool } from './connect.ts';

export interface MeasurementPoint {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly time: Date;
  readonly value: number;
  readonly quality: Quality;
}

export const PERIODS = ['hour', 'day', 'month'] as const;
export type Period = (typeof PERIODS)[number];

export interface PeriodSummary {
  readonly quantity: Quantity;
  readonly channel: number;
  /** The instant at which the local hour, day or month begins. */
  readonly start: Date;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
}

interface Selection {
  readonly devEui: DevEui;
  readonly quantity?: Quantity | undefined;
  readonly channel?: number | undefined;
  /** The span holds `from` and not `to`. */
  readonly from: Date;
  readonly to: Date;
}

const SELECTED = `
from measurement m join quantity q on q.id = m.quantity_id
where m.device_id = (select id from device where dev_eui = $1)
  and ($2::text is null or m.quantity_id = (select id from quantity where name = $2))
  and ($3::smallint is null or m.channel = $3)
  and m.time >= $4 and m.time < $5`;

function parametersOf({ devEui, quantity, channel, from, to }: Selection): unknown[] {
  return [devEui, quantity ?? null, channel ?? null, from, to];
}

/** Values as the device measured them, in the order of their time. */
export async function measurements(
  pool: Pool,
  selection: Selection & { readonly limit?: number },
): Promise<MeasurementPoint[]> {
  const { rows } = await pool.query<MeasurementPoint>(
    `select q.name as quantity, m.channel, m.time, m.value,
       (array['measured', 'estimated', 'repaired', 'missing'])[m.quality + 1] as quality
     ${SELECTED} order by m.time, q.name, m.channel limit $6`,
    [...parametersOf(selection), selection.limit ?? 10_000],
  );
  return rows;
}

/**
 * Values by hour, day or month of a time zone: a day of 23 or 25 hours is one day, and the hour that
 * comes twice in October is two hours.
 */
export async function measurementsByPeriod(
  pool: Pool,
  selection: Selection & { readonly period: Period; readonly timeZone: string; readonly limit?: number },
): Promise<PeriodSummary[]> {
  const { rows } = await pool.query<PeriodSummary>(
    `select q.name as quantity, m.channel, date_trunc($6, m.time, $7) as start, count(*) as count,
       (array_agg(m.value order by m.time))[1] as first,
       (array_agg(m.value order by m.time desc))[1] as last,
       min(m.value) as minimum, max(m.value) as maximum, avg(m.value) as mean
     ${SELECTED} group by q.name, m.channel, start order by start, q.name, m.channel limit $8`,
    [...parametersOf(selection), selection.period, selection.timeZone, selection.limit ?? 10_000],
  );
  return rows;
}
