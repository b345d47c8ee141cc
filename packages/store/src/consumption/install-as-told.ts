import type { PoolClient } from 'pg';

/**
 * Installs devices at the points that were told when they were provisioned, where both are known and the
 * device tells the very quantity that the point meters. What a pulse is worth nobody told: a counter of
 * pulses waits for `veilleur point install`. A device that ever was installed is left to people.
 *
 * @returns The points that were given a device, which are marked whole.
 */
export async function installAsTold(
  client: PoolClient,
  where: { readonly devices: readonly number[] } | { readonly point: number },
): Promise<number[]> {
  const byDevice = 'devices' in where;
  const { rows } = await client.query<{ pointId: number }>(
    `with told as (
       select d.id as device_id, p.id as point_id, p.quantity_id, m.channel
       from device d join metering_point p on p.code = d.metering_point
       cross join lateral (
         select channel from measurement
         where device_id = d.id and quantity_id = p.quantity_id order by channel limit 1
       ) m
       where ${byDevice ? 'd.id = any($1::int[])' : 'p.id = $1::int'} and d.metering_point is not null
         and not exists (select from installation i where i.device_id = d.id)
     ), installed as (
       insert into installation (point_id, device_id, device_quantity_id, device_channel, quantity_id, channel,
         from_time, reason, recorded_at)
       select point_id, device_id, quantity_id, channel, quantity_id, 0, '-infinity', 'told at provisioning', now()
       from told order by device_id
       returning point_id
     )
     insert into consumption_dirty as d (point_id, from_time, to_time, since)
     select distinct point_id, timestamptz '-infinity', timestamptz 'infinity', now() from installed
     on conflict (point_id) do update set from_time = '-infinity', to_time = 'infinity', version = d.version + 1
     returning point_id as "pointId"`,
    [byDevice ? where.devices : where.point],
  );
  return rows.map(({ pointId }) => pointId);
}
