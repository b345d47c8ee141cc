import type { Quantity } from '@veilleur/domain';
import type { PoolClient } from 'pg';

/** An installation as it is believed today. Times are ms, indexes millionths. */
export interface StandingDevice {
  readonly installationId: number;
  readonly deviceId: number;
  readonly devEui: string;
  readonly deviceQuantityId: number;
  readonly deviceChannel: number;
  readonly from: number;
  readonly to: number | null;
  readonly meterSerial: string | null;
  readonly numerator: number;
  readonly denominator: number;
  readonly digits: number | null;
  readonly modulus: number | null;
  readonly startIndex: number | null;
  readonly endIndex: number | null;
  readonly meterIndex: number | null;
}

/** One register of one point, and all that its consumption depends on but the readings. */
export interface Register {
  readonly pointId: number;
  readonly quantityId: number;
  readonly quantity: Quantity;
  readonly channel: number;
  /** Null: the city's. */
  readonly timeZone: string | null;
  readonly dayStartMinutes: number;
  /** Given by a person; null: learned. */
  readonly givenMaximumRate: number | null;
  readonly devices: readonly StandingDevice[];
  /** An operator has told of it. */
  readonly operator: boolean;
  /** He has told a load curve. */
  readonly curve: boolean;
  /** As it was settled last; null: never. */
  readonly settled: {
    readonly firstReading: number | null;
    readonly lastReading: number | null;
    readonly maximumRate: number | null;
    readonly stepMs: number | null;
  } | null;
}

/** Every register of points: of those that have one, had one, or were told one by an operator. */
export async function registersOf(client: PoolClient, pointIds: readonly number[]): Promise<Register[]> {
  const { rows } = await client.query<Register>(REGISTERS, [pointIds]);
  return rows;
}

const MS = (column: string) => `extract(epoch from ${column})::float8 * 1000`;

const REGISTERS = `
with known as (
  select point_id, quantity_id, channel from installation where superseded_at is null and point_id = any($1)
  union
  select point_id, quantity_id, channel from consumption_register where point_id = any($1)
  union
  select o.point_id, q.id, o.channel from (
    select distinct point_id, quantity, channel from operator_reading where point_id = any($1)
  ) o join quantity q on q.name = o.quantity
)
select k.point_id as "pointId", k.quantity_id as "quantityId", q.name as quantity, k.channel,
  coalesce(p.time_zone, site_time_zone(p.site_id)) as "timeZone", p.day_start_minutes as "dayStartMinutes",
  p.maximum_rate as "givenMaximumRate",
  coalesce((
    select json_agg(json_build_object('installationId', i.id, 'deviceId', i.device_id, 'devEui', d.dev_eui,
      'deviceQuantityId', i.device_quantity_id, 'deviceChannel', i.device_channel,
      'from', case when i.from_time = '-infinity' then -9e15 else ${MS('i.from_time')} end,
      'to', ${MS('i.to_time')},
      'meterSerial', i.meter_serial, 'numerator', i.factor_numerator, 'denominator', i.factor_denominator,
      'digits', i.digits, 'modulus', i.modulus, 'startIndex', i.start_index, 'endIndex', i.end_index,
      'meterIndex', i.meter_index) order by i.from_time)
    from installation i join device d on d.id = i.device_id
    where i.superseded_at is null and (i.point_id, i.quantity_id, i.channel) = (k.point_id, k.quantity_id, k.channel)
  ), '[]') as devices,
  exists (select from operator_reading o where (o.point_id, o.quantity, o.channel) = (k.point_id, q.name, k.channel))
    as operator,
  exists (select from operator_reading o where (o.point_id, o.quantity, o.channel) = (k.point_id, q.name, k.channel)
    and o.kind = 'interval' and not o.published) as curve,
  case when r.point_id is not null then json_build_object('firstReading', ${MS('r.first_reading')},
    'lastReading', ${MS('r.last_reading')}, 'maximumRate', r.maximum_rate, 'stepMs', r.step_ms) end as settled
from known k join metering_point p on p.id = k.point_id join quantity q on q.id = k.quantity_id
left join consumption_register r on (r.point_id, r.quantity_id, r.channel) = (k.point_id, k.quantity_id, k.channel)
order by k.point_id, k.quantity_id, k.channel`;

export interface SettledRegister {
  readonly pointId: number;
  readonly quantityId: number;
  readonly channel: number;
  readonly firstReading: number | null;
  readonly lastReading: number | null;
  readonly maximumRate: number | null;
  readonly stepMs: number | null;
  readonly settledUntil: number | null;
}

export async function writeRegisters(
  client: PoolClient,
  registers: readonly SettledRegister[],
  now: Date,
): Promise<void> {
  const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);
  await client.query(
    `insert into consumption_register (point_id, quantity_id, channel, first_reading, last_reading, maximum_rate,
       step_ms, settled_until, settled_at)
     select point_id, quantity_id, channel, to_timestamp(first_s), to_timestamp(last_s), maximum_rate, step_ms,
       to_timestamp(until_s), $9
     from unnest($1::int[], $2::smallint[], $3::smallint[], $4::float8[], $5::float8[], $6::bigint[], $7::bigint[],
       $8::float8[]) t(point_id, quantity_id, channel, first_s, last_s, maximum_rate, step_ms, until_s)
     on conflict (point_id, quantity_id, channel) do update set first_reading = excluded.first_reading,
       last_reading = excluded.last_reading, maximum_rate = excluded.maximum_rate, step_ms = excluded.step_ms,
       settled_until = excluded.settled_until, settled_at = excluded.settled_at`,
    [
      registers.map(({ pointId }) => pointId),
      registers.map(({ quantityId }) => quantityId),
      registers.map(({ channel }) => channel),
      registers.map(({ firstReading }) => seconds(firstReading)),
      registers.map(({ lastReading }) => seconds(lastReading)),
      registers.map(({ maximumRate }) => maximumRate),
      registers.map(({ stepMs }) => stepMs),
      registers.map(({ settledUntil }) => seconds(settledUntil)),
      now,
    ],
  );
}
