import type { Quantity } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { MS } from './changed-facts.ts';

/** What was told of a device in a span, as rules look at it. Times are ms since 1970. */
export interface StoredFacts {
  readonly measurements: readonly StoredMeasurement[];
  /** When the network server received frames of it. */
  readonly heard: readonly number[];
  readonly events: readonly { readonly kind: string; readonly time: number }[];
}

interface StoredMeasurement {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly time: number;
  readonly value: number;
}

export interface FactsWanted {
  readonly quantities: readonly Quantity[];
  /** Kinds of device events. */
  readonly events: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

const MISSING = 3;
const OF_DEVICES = 'device_id = any($1::int[])';

/** The facts of some devices, by the device's id; series by series, each in the order of time. */
export async function storedFacts(
  pool: Pool,
  deviceIds: readonly number[],
  { quantities, events, from, to }: FactsWanted,
): Promise<ReadonlyMap<number, StoredFacts>> {
  const span = [deviceIds, from, to];
  const [measured, heard, told] = await Promise.all([
    pool.query<StoredMeasurement & { deviceId: number }>(
      `select m.device_id as "deviceId", q.name as quantity, m.channel, ${MS('m.time')} as time, m.value
       from measurement m join quantity q on q.id = m.quantity_id
       where m.${OF_DEVICES} and m.quality <> ${MISSING} and m.time >= $2::timestamptz and m.time < $3::timestamptz
         and m.quantity_id = any(array(select id from quantity where name = any($4::text[])))
       order by m.device_id, m.quantity_id, m.channel, m.time`,
      [...span, quantities],
    ),
    pool.query<{ deviceId: number; time: number }>(
      `select device_id as "deviceId", ${MS('received_at')} as time from frame
       where ${OF_DEVICES} and received_at >= $2::timestamptz and received_at < $3::timestamptz
       order by device_id, received_at`,
      span,
    ),
    pool.query<{ deviceId: number; kind: string; time: number }>(
      `select device_id as "deviceId", kind, ${MS('occurred_at')} as time from device_event
       where ${OF_DEVICES} and occurred_at >= $2::timestamptz and occurred_at < $3::timestamptz
         and kind = any($4::text[])
       order by device_id, occurred_at`,
      [...span, events],
    ),
  ]);
  const ofDevice = <T extends { deviceId: number }>(rows: readonly T[]) =>
    Map.groupBy(rows, ({ deviceId }) => deviceId);
  const [measurements, frames, deviceEvents] = [
    ofDevice(measured.rows),
    ofDevice(heard.rows),
    ofDevice(told.rows),
  ];
  return new Map(
    deviceIds.map((id) => [
      id,
      {
        measurements: measurements.get(id) ?? [],
        heard: (frames.get(id) ?? []).map(({ time }) => time),
        events: deviceEvents.get(id) ?? [],
      },
    ]),
  );
}

/** When devices were last heard before a moment, ms; those that never were are left out. */
export async function lastHeard(
  pool: Pool,
  deviceIds: readonly number[],
  before: Date,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await pool.query<{ deviceId: number; time: number }>(
    `select d.id as "deviceId", ${MS('f.received_at')} as time
     from unnest($1::int[]) d(id) cross join lateral (
       select received_at from frame where device_id = d.id and received_at < $2
       order by received_at desc limit 1
     ) f`,
    [deviceIds, before],
  );
  return new Map(rows.map(({ deviceId, time }) => [deviceId, time]));
}
