import { type Measurement, QUALITIES } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { doubles, integers, moments } from './binary-arrays.ts';
import { BinaryRows } from './binary-rows.ts';

export interface MeasurementRow {
  readonly deviceId: number;
  readonly quantityId: number;
  readonly measurement: Measurement;
  /** When the LNS received the frame or event that told it; one object for all rows of one frame. */
  readonly reportedAt: Date;
}

/** Below this many rows the round trips of COPY cost more than they save. */
const COPY_FROM_ROWS = 200;
const UNIQUE_VIOLATION = '23505';
const COLUMNS = '(time, value, device_id, quantity_id, channel, quality, reported_at)';
const COLUMN_COUNT = 7;
const BYTES_A_ROW = 70;

/**
 * Stores measurements; one that is there already, such as an hour that an earlier frame's history held,
 * stays as it is.
 *
 * COPY is the fastest way in, and knows no `on conflict`: rows that are probably new go that way, and
 * where one of them is known after all, the transaction returns to its savepoint and all of them are
 * inserted with a look at each.
 *
 * @param doubtful rows that may be there already.
 * @param onKnown called when a row of `fresh` was there.
 * @returns How many were new.
 */
export async function writeMeasurements(
  client: PoolClient,
  fresh: readonly MeasurementRow[],
  doubtful: readonly MeasurementRow[] = [],
  onKnown?: () => void,
): Promise<number> {
  if (fresh.length < COPY_FROM_ROWS) return insertMeasurements(client, [...fresh, ...doubtful]);
  await client.query('savepoint before_copy');
  try {
    await copyMeasurements(client, fresh);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === UNIQUE_VIOLATION)) throw thrown;
    await client.query('rollback to savepoint before_copy');
    onKnown?.();
    return insertMeasurements(client, [...fresh, ...doubtful]);
  }
  return fresh.length + (await insertMeasurements(client, doubtful));
}

async function copyMeasurements(client: PoolClient, rows: readonly MeasurementRow[]): Promise<void> {
  const binary = new BinaryRows(COLUMN_COUNT, rows.length, BYTES_A_ROW);
  for (const { deviceId, quantityId, measurement, reportedAt } of rows) {
    binary.row();
    binary.timestamptz(measurement.time);
    binary.double(measurement.value);
    binary.integer(deviceId);
    binary.smallint(quantityId);
    binary.smallint(measurement.channel);
    binary.smallint(QUALITIES.indexOf(measurement.quality));
    binary.timestamptz(reportedAt);
  }
  await binary.copy(client, `measurement ${COLUMNS}`);
}

async function insertMeasurements(client: PoolClient, rows: readonly MeasurementRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { rowCount } = await client.query(
    `insert into measurement ${COLUMNS}
     select * from unnest($1::timestamptz[], $2::float8[], $3::int[], $4::int[], $5::int[], $6::int[],
       $7::timestamptz[])
     on conflict do nothing`,
    [
      moments(rows.map((row) => row.measurement.time)),
      doubles(rows.map((row) => row.measurement.value)),
      integers(rows.map((row) => row.deviceId)),
      integers(rows.map((row) => row.quantityId)),
      integers(rows.map((row) => row.measurement.channel)),
      integers(rows.map((row) => QUALITIES.indexOf(row.measurement.quality))),
      moments(rows.map((row) => row.reportedAt)),
    ],
  );
  return rowCount ?? 0;
}
