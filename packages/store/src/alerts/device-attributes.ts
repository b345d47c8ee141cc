import { type DevEui, shownTags } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';

/** What rules choose a device by, and where it stands. */
export interface AttributesOfDevice {
  readonly id: number;
  readonly devEui: DevEui;
  readonly name: string | null;
  readonly profile: string | null;
  /** Of its profile; null where it has none. */
  readonly medium: string | null;
  /** Without secrets: what rules choose by stands in messages. */
  readonly tags: Readonly<Record<string, string>>;
  /** Codes of the sites where it is installed, and of all sites around them: the nearest first. */
  readonly sites: readonly string[];
  /** What each of them is: household, building ... */
  readonly siteLevels: readonly string[];
  /** IANA, of the nearest site that has one; null: the city's. */
  readonly timeZone: string | null;
  /** WGS 84. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** In the order of ids; a device that is not there is left out. */
export async function attributesOfDevices(
  client: Pool | PoolClient,
  deviceIds: readonly number[],
  now: Date,
): Promise<AttributesOfDevice[]> {
  const { rows } = await client.query<AttributesOfDevice>(ATTRIBUTES, [deviceIds, now]);
  return rows.map((row) => ({ ...row, tags: shownTags(row.tags) }));
}

/** The next devices of a partition, by id. */
export async function nextDevices(
  client: Pool | PoolClient,
  {
    partition,
    partitions,
    after,
    limit,
  }: {
    readonly partition: number;
    readonly partitions: number;
    readonly after: number;
    readonly limit: number;
  },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    'select id from device where id > $1 and id % $2 = $3 order by id limit $4',
    [after, partitions, partition, limit],
  );
  return rows.map(({ id }) => id);
}

const ATTRIBUTES = `
with recursive chosen as (
  select * from device where id = any($1::int[])
), placed as (
  select c.id as device_id, p.site_id from chosen c
  join installation i on i.device_id = c.id and i.superseded_at is null
    and i.from_time <= $2 and coalesce(i.to_time, 'infinity') > $2
  join metering_point p on p.id = i.point_id
  union
  select c.id, p.site_id from chosen c join metering_point p on p.code = c.metering_point
), around as (
  select p.device_id, s.code, s.kind, s.parent_id, s.time_zone, 0 as depth
  from placed p join site s on s.id = p.site_id
  union all
  select a.device_id, s.code, s.kind, s.parent_id, s.time_zone, a.depth + 1
  from around a join site s on s.id = a.parent_id where a.depth < 50
), sited as (
  select device_id, array_agg(code order by depth, code) as sites,
    array_agg(kind order by depth, code) as site_levels,
    (array_agg(time_zone order by depth) filter (where time_zone is not null))[1] as time_zone
  from (
    select device_id, code, min(kind) as kind, min(depth) as depth, min(time_zone) as time_zone
    from around group by device_id, code
  ) nearest
  group by device_id
)
select c.id, c.dev_eui as "devEui", c.name, c.profile,
  (select medium from profile_version v where v.profile = c.profile order by v.id desc limit 1) as medium,
  c.tags, coalesce(s.sites, '{}') as sites, coalesce(s.site_levels, '{}') as "siteLevels", s.time_zone as "timeZone", c.latitude, c.longitude
from chosen c left join sited s on s.device_id = c.id
order by c.id`;
