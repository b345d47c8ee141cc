import type { PoolClient } from 'pg';
import { BinaryRows } from '../binary-rows.ts';
import { seconds } from './seconds.ts';
import type { BucketName, SettledSpan } from './write-consumption.ts';

/** A row of `consumption_hour`, `consumption_day` or `consumption_month`. */
export interface Row {
  readonly register: SettledSpan['register'];
  /** ms. */
  readonly from: number;
  readonly value: number | null;
  /** Its place in QUALITIES. */
  readonly quality: number;
  readonly method: string;
  /** Null for an hour: it has no such column. */
  readonly uncertainty: number | null;
}

export interface KnownRow extends Omit<Row, 'register'> {
  readonly at: number;
}

/** What is stored for each of the spans, by the beginning of the bucket. */
export async function readKnown(
  client: PoolClient,
  bucket: BucketName,
  spans: readonly Pick<SettledSpan, 'register' | 'from' | 'to'>[],
): Promise<Map<number, KnownRow>[]> {
  const { rows } = await client.query<KnownRow>(
    `select t.at, extract(epoch from c.from_time)::float8 * 1000 as "from", c.value, c.quality, c.method,
       ${bucket === 'hour' ? 'null' : 'c.uncertainty'} as uncertainty
     from unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::float8[], $6::float8[])
       t(at, point_id, quantity_id, channel, from_s, to_s)
     join consumption_${bucket} c on c.point_id = t.point_id and c.quantity_id = t.quantity_id
       and c.channel = t.channel and c.from_time >= to_timestamp(t.from_s) and c.from_time < to_timestamp(t.to_s)
     where c.from_time >= to_timestamp($7) and c.from_time < to_timestamp($8)`,
    [
      spans.map((_, at) => at),
      spans.map(({ register }) => register.pointId),
      spans.map(({ register }) => register.quantityId),
      spans.map(({ register }) => register.channel),
      spans.map(({ from }) => seconds(from)),
      spans.map(({ to }) => seconds(to)),
      seconds(spans.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY)),
      seconds(spans.reduce((last, { to }) => Math.max(last, to), Number.NEGATIVE_INFINITY)),
    ],
  );
  const known = spans.map(() => new Map<number, KnownRow>());
  for (const row of rows) known[row.at]?.set(row.from, row);
  return known;
}

const keysOf = (rows: readonly Row[]) => [
  rows.map(({ register }) => register.pointId),
  rows.map(({ register }) => register.quantityId),
  rows.map(({ register }) => register.channel),
  rows.map(({ from }) => from / 1000),
];

const valuesOf = (rows: readonly Row[]) => [
  ...keysOf(rows),
  rows.map(({ value }) => value),
  rows.map(({ quality }) => quality),
  rows.map(({ method }) => method),
];

const uncertaintiesOf = (rows: readonly Row[]) => rows.map(({ uncertainty }) => uncertainty);

const KEYS = (first: number) =>
  `unnest($${first}::int[], $${first + 1}::smallint[], $${first + 2}::smallint[], $${first + 3}::float8[])
     t(point_id, quantity_id, channel, from_s)`;
const SAME = `c.point_id = t.point_id and c.quantity_id = t.quantity_id and c.channel = t.channel
  and c.from_time = to_timestamp(t.from_s)`;
const HOURS = `unnest($1::int[], $2::smallint[], $3::smallint[], $4::float8[], $5::bigint[], $6::smallint[], $7::text[])
  t(point_id, quantity_id, channel, from_s, value, quality, method)`;
const BOUNDED = `unnest($1::int[], $2::smallint[], $3::smallint[], $4::float8[], $5::bigint[], $6::smallint[], $7::text[],
  $9::bigint[]) t(point_id, quantity_id, channel, from_s, value, quality, method, uncertainty)`;

/** Keeps what rows say now as what was known until `now`. */
export async function reviseRows(
  client: PoolClient,
  bucket: BucketName,
  rows: readonly Row[],
  now: Date,
): Promise<void> {
  await client.query(
    `insert into consumption_revision
       (point_id, quantity_id, channel, bucket, from_time, value, quality, method, known_from, known_to)
     select c.point_id, c.quantity_id, c.channel, $1, c.from_time, c.value, c.quality, c.method, c.known_from, $6
     from ${KEYS(2)} join consumption_${bucket} c on ${SAME}`,
    [bucket, ...keysOf(rows), now],
  );
}

export async function removeRows(
  client: PoolClient,
  bucket: BucketName,
  rows: readonly Row[],
): Promise<void> {
  await client.query(`delete from consumption_${bucket} c using ${KEYS(1)} where ${SAME}`, keysOf(rows));
}

export async function changeRows(
  client: PoolClient,
  bucket: BucketName,
  rows: readonly Row[],
  now: Date,
): Promise<void> {
  const set = 'value = t.value, quality = t.quality, method = t.method, known_from = $8';
  if (bucket === 'hour') {
    await client.query(`update consumption_hour c set ${set} from ${HOURS} where ${SAME}`, [
      ...valuesOf(rows),
      now,
    ]);
  } else {
    await client.query(
      `update consumption_${bucket} c set ${set}, uncertainty = t.uncertainty from ${BOUNDED} where ${SAME}`,
      [...valuesOf(rows), now, uncertaintiesOf(rows)],
    );
  }
}

/** The bound alone: since when the amount is known stays. */
export async function boundRows(client: PoolClient, bucket: BucketName, rows: readonly Row[]): Promise<void> {
  await client.query(
    `update consumption_${bucket} c set uncertainty = t.uncertainty
     from unnest($1::int[], $2::smallint[], $3::smallint[], $4::float8[], $5::bigint[])
       t(point_id, quantity_id, channel, from_s, uncertainty) where ${SAME}`,
    [...keysOf(rows), uncertaintiesOf(rows)],
  );
}

/** Below this many rows the round trips of COPY cost more than they save. */
const COPY_FROM_ROWS = 200;
const COLUMNS = [
  'point_id',
  'quantity_id',
  'channel',
  'from_time',
  'value',
  'quality',
  'method',
  'known_from',
];
const BYTES_A_ROW = 90;

/** Rows of which none is stored yet: the caller holds the points' settling locks and has looked. */
export async function addRows(
  client: PoolClient,
  bucket: BucketName,
  rows: readonly Row[],
  now: Date,
): Promise<void> {
  if (rows.length >= COPY_FROM_ROWS) return copyRows(client, bucket, rows, now);
  const columns = COLUMNS.join(', ');
  const values = 'point_id, quantity_id, channel, to_timestamp(from_s), value, quality, method, $8';
  if (bucket === 'hour') {
    await client.query(`insert into consumption_hour (${columns}) select ${values} from ${HOURS}`, [
      ...valuesOf(rows),
      now,
    ]);
  } else {
    await client.query(
      `insert into consumption_${bucket} (${columns}, uncertainty) select ${values}, uncertainty from ${BOUNDED}`,
      [...valuesOf(rows), now, uncertaintiesOf(rows)],
    );
  }
}

async function copyRows(
  client: PoolClient,
  bucket: BucketName,
  rows: readonly Row[],
  now: Date,
): Promise<void> {
  const columns = bucket === 'hour' ? COLUMNS : [...COLUMNS, 'uncertainty'];
  const binary = new BinaryRows(columns.length, rows.length, BYTES_A_ROW);
  for (const { register, from, value, quality, method, uncertainty } of rows) {
    binary.row();
    binary.integer(register.pointId);
    binary.smallint(register.quantityId);
    binary.smallint(register.channel);
    binary.timestamptz(new Date(from));
    binary.bigint(value);
    binary.smallint(quality);
    binary.text(method);
    binary.timestamptz(now);
    if (bucket !== 'hour') binary.bigint(uncertainty);
  }
  await binary.copy(client, `consumption_${bucket} (${columns.join(', ')})`);
}
