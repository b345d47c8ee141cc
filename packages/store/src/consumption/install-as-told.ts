import type { PoolClient } from 'pg';

/** What a change of a device tells: the span of its measurements, ms. */
export interface ToldSpan {
  readonly deviceId: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Installs devices at the points that were told when they were provisioned, where both are known and the
 * device tells the very quantity that the point meters. What it tells on channel 0 is the total, and all of
 * it; of a device that tells channels alone (the tariffs of a Linky) each is a register, also one that it
 * first tells later. What a pulse is worth nobody told: a counter of pulses waits for
 * `veilleur point install`. A device that people ever installed, or withdrew, is left to people.
 *
 * @returns The points that were given a register, which are marked whole.
 */
export async function installAsTold(
  client: PoolClient,
  where: { readonly devices: readonly ToldSpan[] } | { readonly point: number },
): Promise<number[]> {
  const spans = 'devices' in where ? where.devices : [];
  const { rows } = await client.query<{ pointId: number }>(INSTALL, [
    spans.map(({ deviceId }) => deviceId),
    spans.map(({ from }) => from / 1000),
    spans.map(({ to }) => to / 1000),
    'devices' in where ? null : where.point,
  ]);
  return rows.map(({ pointId }) => pointId);
}

const REASON = 'told at provisioning';

/** The next channel that a candidate told after one, each a descent of the index: a device may have years. */
const channelAfter = (condition: string) => `
  select m.channel from measurement m where m.device_id = c.device_id and m.quantity_id = c.quantity_id
    and m.time >= c.from_time and m.time <= c.to_time ${condition} order by m.channel limit 1`;

const INSTALL = `
with changed as materialized (
  select device_id, to_timestamp(from_s) as from_time, to_timestamp(to_s) as to_time
  from unnest($1::int[], $2::float8[], $3::float8[]) t(device_id, from_s, to_s)
), provisioned as (
  select d.id as device_id, p.id as point_id, p.quantity_id, c.from_time, c.to_time
  from changed c join device d on d.id = c.device_id join metering_point p on p.code = d.metering_point
  union all
  select d.id, p.id, p.quantity_id, '-infinity', 'infinity'
  from metering_point p join device d on d.metering_point = p.code where p.id = $4::int
), candidate as materialized (
  -- Of one that stands there already only what is new may tell another register.
  select o.device_id, o.point_id, o.quantity_id,
    case when i.stands then o.from_time else '-infinity' end as from_time,
    case when i.stands then o.to_time else 'infinity' end as to_time
  from provisioned o cross join lateral (
    select count(*) > 0 as stands, bool_and(i.reason = '${REASON}' and i.channel <> 0) as is_told_by_channels
    from installation i where i.device_id = o.device_id and i.superseded_at is null
  ) i
  where i.is_told_by_channels is not false
), told as materialized (
  select c.device_id, c.point_id, c.quantity_id, t.channel
  from candidate c cross join lateral (
    with recursive t as (
      (${channelAfter('')})
      union all
      select (${channelAfter('and m.channel > t.channel')}) from t where t.channel is not null
    )
    select channel from t where channel is not null
  ) t
), installed as (
  insert into installation (point_id, device_id, device_quantity_id, device_channel, quantity_id, channel,
    from_time, reason, recorded_at)
  select point_id, device_id, quantity_id, channel, quantity_id, channel, '-infinity', '${REASON}', now()
  from told t
  where (channel = 0 or not exists (select from told o where o.device_id = t.device_id and o.channel = 0))
    and not exists (select from installation i where i.device_id = t.device_id
      and (i.superseded_at is not null or i.device_channel = t.channel))
  order by device_id, channel
  returning point_id
)
insert into consumption_dirty as d (point_id, from_time, to_time, since)
select distinct point_id, timestamptz '-infinity', timestamptz 'infinity', now() from installed
on conflict (point_id) do update set from_time = '-infinity', to_time = 'infinity', version = d.version + 1
returning point_id as "pointId"`;
