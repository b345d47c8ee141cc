import { pipeline } from 'node:stream/promises';
import type { Measurement } from '@veilleur/domain';
import { QUALITIES } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

export interface MeasurementRow {
  readonly deviceId: number;
  readonly quantityId: number;
  readonly measurement: Measurement;
  /** When the LNS received the frame or event that told it. */
  readonly reportedAt: Date;
}

/** Below this many rows the round trips of COPY cost more than they save. */
const COPY_FROM_ROWS = 200;
const UNIQUE_VIOLATION = '23505';
const COLUMNS = '(time, value, device_id, quantity_id, channel, quality, reported_at)';

/**
 * Stores measurements; one that is there already, such as an hour that an earlier frame's history held,
 * stays as it is.
 *
 * Many rows go straight into the table by COPY, the fastest way where they are all new. COPY knows no
 * `on conflict`: where it meets a known row, the batch is taken back to the savepoint and goes through
 * a temporary table instead.
 *
 * @returns How many were new.
 */
export async function writeMeasurements(
  client: PoolClient,
  rows: readonly MeasurementRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  if (rows.length < COPY_FROM_ROWS) return insertMeasurements(client, rows);

  await client.query('savepoint before_copy');
  try {
    await copy(client, 'measurement', rows);
    await client.query('release savepoint before_copy');
    return rows.length;
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === UNIQUE_VIOLATION)) throw thrown;
    await client.query('rollback to savepoint before_copy');
    await client.query(
      `create temporary table if not exists incoming_measurement (like measurement) on commit delete rows`,
    );
    await copy(client, 'incoming_measurement', rows);
    const { rowCount } = await client.query(
      `insert into measurement ${COLUMNS}
       select time, value, device_id, quantity_id, channel, quality, reported_at from incoming_measurement
       on conflict do nothing`,
    );
    return rowCount ?? 0;
  }
}

async function insertMeasurements(client: PoolClient, rows: readonly MeasurementRow[]): Promise<number> {
  const { rowCount } = await client.query(
    `insert into measurement ${COLUMNS}
     select * from unnest($1::timestamptz[], $2::float8[], $3::int[], $4::smallint[], $5::smallint[], $6::smallint[],
       $7::timestamptz[])
     on conflict do nothing`,
    [
      rows.map((row) => row.measurement.time.toISOString()),
      rows.map((row) => row.measurement.value),
      rows.map((row) => row.deviceId),
      rows.map((row) => row.quantityId),
      rows.map((row) => row.measurement.channel),
      rows.map((row) => QUALITIES.indexOf(row.measurement.quality)),
      rows.map((row) => row.reportedAt.toISOString()),
    ],
  );
  return rowCount ?? 0;
}

async function copy(client: PoolClient, table: string, rows: readonly MeasurementRow[]): Promise<void> {
  const lines = rows.map(({ deviceId, quantityId, measurement: m, reportedAt }) =>
    [
      m.time.toISOString(),
      m.value,
      deviceId,
      quantityId,
      m.channel,
      QUALITIES.indexOf(m.quality),
      reportedAt.toISOString(),
    ].join('\t'),
  );
  const sink = client.query(copyFrom(`copy ${table} ${COLUMNS} from stdin`));
  await pipeline([`${lines.join('\n')}\n`], sink);
}
