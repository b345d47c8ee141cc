import type { PoolClient } from 'pg';
import type { Register } from './registers.ts';
import { seconds } from './seconds.ts';

/** A span of a register's readings, ms, both ends included. */
export interface ReadingSpan {
  readonly register: Register;
  readonly from: number;
  readonly to: number;
}

/** Where the readings around a span lie, ms. */
export interface Surroundings {
  readonly first: number | null;
  readonly last: number | null;
  /** The earliest of the few readings before the span, of each source the nearest, and of sums that reach into it. */
  readonly before: number | null;
  /** The latest of the few readings after it; null: there are fewer than that many. */
  readonly after: number | null;
}

export interface DeviceReadings {
  readonly devEui: string;
  /** In the order of time: ms, and the number in the unit that the device tells. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export interface OperatorReadingRow {
  readonly kind: 'index' | 'interval';
  readonly register: string;
  readonly from: number;
  readonly to: number;
  /** Millionths. */
  readonly value: number;
  readonly quality: 'measured' | 'provisional' | 'final' | 'estimated';
  readonly published: boolean;
  readonly starts: boolean;
  readonly meterSerial: string | null;
  readonly knownAt: number;
}

export interface RegisterReadings {
  readonly devices: readonly DeviceReadings[];
  readonly operator: readonly OperatorReadingRow[];
}

/** As many of a device's readings tell whether one beside them can be believed. */
const DEVICE_NEIGHBOURS = 8;
/** An operator's readings may be months apart. */
const OPERATOR_NEIGHBOURS = 3;

export async function surroundingsOf(
  client: PoolClient,
  spans: readonly ReadingSpan[],
): Promise<Surroundings[]> {
  const found = spans.map(() => ({
    first: null as number | null,
    last: null as number | null,
    before: null as number | null,
    after: Number.NEGATIVE_INFINITY,
  }));
  const parts = devicesIn(spans);
  const devices = await client.query<Found>(AROUND_DEVICES, [
    ...arraysOf(parts),
    parts.map(({ span }) => seconds(span.from)),
    parts.map(({ span }) => seconds(span.to)),
    DEVICE_NEIGHBOURS,
  ]);
  const operated = spans.flatMap((span, at) => (span.register.operator ? [{ span, at }] : []));
  const operators =
    operated.length === 0
      ? []
      : (
          await client.query<Found>(AROUND_OPERATORS, [
            operated.map(({ at }) => at),
            operated.map(({ span }) => span.register.pointId),
            operated.map(({ span }) => span.register.quantity),
            operated.map(({ span }) => span.register.channel),
            operated.map(({ span }) => seconds(span.from)),
            operated.map(({ span }) => seconds(span.to)),
            OPERATOR_NEIGHBOURS,
          ])
        ).rows;
  for (const [rows, neighbours] of [
    [devices.rows, DEVICE_NEIGHBOURS],
    [operators, OPERATOR_NEIGHBOURS],
  ] as const) {
    for (const { at, first, last, reachingFrom, reachingTo, before, after } of rows) {
      const known = found[at] as (typeof found)[number];
      const enough = after.length >= neighbours;
      const upTo = greatest(after.at(-1) ?? null, reachingTo) as number;
      found[at] = {
        first: least(known.first, first),
        last: greatest(known.last, last),
        before: least(known.before, least(before.at(-1) ?? null, reachingFrom)),
        after: Math.max(known.after, enough ? upTo : Number.POSITIVE_INFINITY),
      };
    }
  }
  return found.map((one) => ({ ...one, after: Number.isFinite(one.after) ? one.after : null }));
}

interface Found {
  readonly at: number;
  /** Of sums over a day or a bill that begin before the span, or end after it. */
  readonly reachingFrom: number | null;
  readonly reachingTo: number | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
const greatest = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));

function devicesIn(spans: readonly ReadingSpan[]) {
  return spans.flatMap((span, at) => span.register.devices.map((device) => ({ at, span, device })));
}

const arraysOf = (parts: ReturnType<typeof devicesIn>) => [
  parts.map(({ at }) => at),
  parts.map(({ device }) => device.deviceId),
  parts.map(({ device }) => device.deviceQuantityId),
  parts.map(({ device }) => device.deviceChannel),
  parts.map(({ device }) => seconds(device.from)),
  parts.map(({ device }) => seconds(device.to ?? Number.POSITIVE_INFINITY)),
];

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const STANDING = `from measurement m where m.device_id = i.device_id and m.quantity_id = i.quantity_id
  and m.channel = i.channel and m.time >= i.from_time and m.time < i.to_time`;

const AROUND_DEVICES = `
with i as materialized (
  select at, device_id, quantity_id, channel, to_timestamp(installed_s) as from_time, to_timestamp(gone_s) as to_time,
    to_timestamp(from_s) as dirty_from, to_timestamp(to_s) as dirty_to
  from unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::float8[], $6::float8[], $7::float8[], $8::float8[])
    t(at, device_id, quantity_id, channel, installed_s, gone_s, from_s, to_s)
), around as (
  select i.at, ${MS(`(select m.time ${STANDING} order by m.time limit 1)`)} as first,
    ${MS(`(select m.time ${STANDING} order by m.time desc limit 1)`)} as last,
    array(select ${MS('m.time')} ${STANDING} and m.time < i.dirty_from order by m.time desc limit $9) as before,
    array(select ${MS('m.time')} ${STANDING} and m.time > i.dirty_to order by m.time limit $9) as after
  from i
)
select at, min(first) as first, max(last) as last, null::float8 as "reachingFrom", null::float8 as "reachingTo",
  array(select b from around o, unnest(o.before) b where o.at = around.at order by b desc limit $9) as before,
  array(select a from around o, unnest(o.after) a where o.at = around.at order by a limit $9) as after
from around group by at`;

const TOLD = `from operator_reading o where o.point_id = r.point_id and o.quantity = r.quantity
  and o.channel = r.channel and o.superseded_at is null`;

const AROUND_OPERATORS = `
with r as materialized (
  select at, point_id, quantity, channel, to_timestamp(from_s) as dirty_from, to_timestamp(to_s) as dirty_to
  from unnest($1::int[], $2::int[], $3::text[], $4::smallint[], $5::float8[], $6::float8[])
    t(at, point_id, quantity, channel, from_s, to_s)
)
select r.at, (select min(${MS('o.from_time')}) ${TOLD}) as first, (select max(${MS('o.to_time')}) ${TOLD}) as last,
  (select min(${MS('o.from_time')}) ${TOLD} and o.kind = 'interval' and o.to_time > r.dirty_from
    and o.from_time < r.dirty_from) as "reachingFrom",
  (select max(${MS('o.to_time')}) ${TOLD} and o.kind = 'interval' and o.to_time > r.dirty_to
    and o.from_time < r.dirty_to) as "reachingTo",
  array(select t from unnest(array['index', 'interval']) k cross join lateral (
    select ${MS('o.from_time')} as t ${TOLD} and o.kind = k and o.to_time < r.dirty_from
    order by o.to_time desc limit $7) b order by t desc) as before,
  array(select t from unnest(array['index', 'interval']) k cross join lateral (
    select ${MS('o.to_time')} as t ${TOLD} and o.kind = k and o.to_time > r.dirty_to
    order by o.to_time limit $7) a order by t) as after
from r`;

/** The readings of spans, register by register. */
export async function readingsOf(
  client: PoolClient,
  spans: readonly ReadingSpan[],
): Promise<RegisterReadings[]> {
  const found = spans.map(() => ({ devices: [] as DeviceReadings[], operator: [] as OperatorReadingRow[] }));
  const parts = devicesIn(spans).filter(
    ({ span, device }) => device.from <= span.to && (device.to ?? Number.POSITIVE_INFINITY) >= span.from,
  );
  if (parts.length > 0) {
    const { rows } = await client.query<{ part: number; times: string; values: string }>(DEVICE_READINGS, [
      parts.map((_, part) => part),
      parts.map(({ device }) => device.deviceId),
      parts.map(({ device }) => device.deviceQuantityId),
      parts.map(({ device }) => device.deviceChannel),
      parts.map(({ span, device }) => seconds(Math.max(span.from, device.from))),
      parts.map(({ span, device }) => seconds(Math.min(span.to, device.to ?? Number.POSITIVE_INFINITY))),
      ...outermost(parts.map(({ span }) => span)),
    ]);
    for (const { part, times, values } of rows) {
      const { at, device } = parts[part] as (typeof parts)[number];
      const numbers = (text: string) => JSON.parse(`[${text}]`) as number[];
      found[at]?.devices.push({ devEui: device.devEui, times: numbers(times), values: numbers(values) });
    }
  }
  const operated = spans.flatMap((span, at) => (span.register.operator ? [{ span, at }] : []));
  if (operated.length > 0) {
    const { rows } = await client.query<OperatorReadingRow & { at: number }>(OPERATOR_READINGS, [
      operated.map(({ at }) => at),
      operated.map(({ span }) => span.register.pointId),
      operated.map(({ span }) => span.register.quantity),
      operated.map(({ span }) => span.register.channel),
      operated.map(({ span }) => seconds(span.from)),
      operated.map(({ span }) => seconds(span.to)),
      ...outermost(operated.map(({ span }) => span)),
    ]);
    for (const { at, ...row } of rows) found[at]?.operator.push(row);
  }
  return found;
}

/** Known before planning, the whole span leaves out all other chunks. */
const outermost = (spans: readonly ReadingSpan[]) => [
  seconds(spans.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY)),
  seconds(spans.reduce((last, { to }) => Math.max(last, to), Number.NEGATIVE_INFINITY)),
];

/** As text that JSON can read: pg would parse and make an object of every row. */
const DEVICE_READINGS = `
select part, string_agg((extract(epoch from m.time) * 1000)::float8::text, ',' order by m.time) as times,
  string_agg(m.value::text, ',' order by m.time) as values
from unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::float8[], $6::float8[])
  t(part, device_id, quantity_id, channel, from_s, to_s)
join measurement m on m.device_id = t.device_id and m.quantity_id = t.quantity_id and m.channel = t.channel
  and m.time >= to_timestamp(t.from_s) and m.time <= to_timestamp(t.to_s)
where m.time >= to_timestamp($7) and m.time <= to_timestamp($8)
group by part`;

const OPERATOR_READINGS = `
select t.at, o.kind, o.register, ${MS('o.from_time')} as "from", ${MS('o.to_time')} as "to", o.value, o.quality,
  o.published, o.starts, o.meter_serial as "meterSerial", ${MS('o.known_at')} as "knownAt"
from unnest($1::int[], $2::int[], $3::text[], $4::smallint[], $5::float8[], $6::float8[])
  t(at, point_id, quantity, channel, from_s, to_s)
join operator_reading o on o.point_id = t.point_id and o.quantity = t.quantity and o.channel = t.channel
  and o.to_time >= to_timestamp(t.from_s) and o.from_time <= to_timestamp(t.to_s) and o.superseded_at is null
where o.to_time >= to_timestamp($7)
  and o.from_time <= to_timestamp($8)`;
