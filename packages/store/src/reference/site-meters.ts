import type { Quality, Quantity } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import type { PointKind } from '../consumption/points.ts';
import { sitesWithin } from '../consumption/sites.ts';
import type { BucketName } from '../consumption/write-consumption.ts';

/** A point whose consumption counts towards a site. */
export interface SiteMeter {
  readonly id: number;
  readonly code: string;
  readonly name: string | null;
  readonly kind: PointKind;
  readonly operator: string | null;
  /** The site that it belongs to: the one asked for, or a part of it; then those around that, outwards. */
  readonly sites: readonly string[];
  readonly timeZone: string | null;
  readonly dayStartMinutes: number;
  readonly quantity: Quantity;
  /** Quantities of which consumption is known, or would be. */
  readonly quantities: readonly Quantity[];
}

/**
 * The points of a site and all that is part of it. One whose parent is among them and meters the same is
 * left out: its consumption is in the parent's already.
 *
 * @throws VeilleurError `site_not_found`.
 */
export async function metersOfSite(pool: Pool, code: string): Promise<SiteMeter[]> {
  const sites = await sitesWithin(pool, code);
  const { rows } = await pool.query<SiteMeter>(
    `select p.id, p.code, p.name, p.kind, o.code as operator, coalesce(p.time_zone, site_time_zone(p.site_id)) as "timeZone",
       p.day_start_minutes as "dayStartMinutes", q.name as quantity,
       array(
         with recursive around as (
           select id, code, parent_id, 0 as depth from site where id = p.site_id
           union all
           select s.id, s.code, s.parent_id, depth + 1 from site s join around a on s.id = a.parent_id where depth < 50
         )
         select code from around order by depth
       ) as sites,
       array(
         select q.name union
         select k.name from consumption_register r join quantity k on k.id = r.quantity_id
         where r.point_id = p.id and r.channel = 0
       ) as quantities
     from metering_point p join quantity q on q.id = p.quantity_id left join operator o on o.id = p.operator_id
     left join metering_point parent on parent.id = p.parent_id
     where p.site_id = any($1) and (parent.site_id is null or not parent.site_id = any($1)
       or parent.quantity_id <> p.quantity_id)
     order by p.code`,
    [sites],
  );
  return rows;
}

/** Consumption of the total register of a point in one local hour, day or month. */
export interface MeterBucket {
  readonly pointId: number;
  readonly quantity: Quantity;
  /** ms. */
  readonly from: number;
  /** Millionths of the unit; null where it is missing. */
  readonly value: number | null;
  readonly quality: Quality;
  /** How far an estimate may be off, by the readings around it, millionths; null: nothing bounds it. */
  readonly uncertainty: number | null;
}

/** Buckets that begin in [from, to), in the order of time. */
export async function bucketsOfMeters(
  pool: Pool,
  ids: readonly number[],
  bucket: BucketName,
  from: Date,
  to: Date,
): Promise<MeterBucket[]> {
  const { rows } = await pool.query<MeterBucket>(
    `select c.point_id as "pointId", q.name as quantity, extract(epoch from c.from_time)::float8 * 1000 as "from",
       c.value, (array['measured', 'estimated', 'repaired', 'missing'])[c.quality + 1] as quality,
       ${bucket === 'hour' ? 'null::bigint as uncertainty' : 'c.uncertainty'}
     from consumption_${bucket} c join quantity q on q.id = c.quantity_id
     where c.point_id = any($1) and c.channel = 0 and c.from_time >= $2 and c.from_time < $3
     order by c.point_id, q.name, c.from_time`,
    [ids, from, to],
  );
  return rows;
}

/** The sum of several points in one hour. */
export interface HourOfMeters {
  /** ms. */
  readonly from: number;
  /** Millionths; null where one of the points does not tell, or only by an estimate over more than an hour. */
  readonly value: number | null;
}

/** The hours of which anything is known, of all of these points together. */
export async function hoursOfMeters(
  pool: Pool,
  ids: readonly number[],
  quantity: Quantity,
  from: Date,
  to: Date,
): Promise<HourOfMeters[]> {
  const { rows } = await pool.query<HourOfMeters>(
    `select extract(epoch from c.from_time)::float8 * 1000 as "from",
       case when count(c.value) filter (where c.quality <> 1 or r.step_ms <= 3600000) = cardinality($1::int[])
         then sum(c.value)::bigint end as value
     from consumption_hour c join quantity q on q.id = c.quantity_id
     left join consumption_register r using (point_id, quantity_id, channel)
     where point_id = any($1) and channel = 0 and q.name = $2 and c.from_time >= $3 and c.from_time < $4
     group by c.from_time order by c.from_time`,
    [ids, quantity, from, to],
  );
  return rows;
}

/** What an operator himself computed for the energy of gas (PCS), in millionths of a kWh. */
export interface PublishedEnergy {
  readonly pointId: number;
  readonly energy: number;
  /** Of how much time, ms. */
  readonly covered: number;
}

/**
 * Of overlapping spans, such as the days and the bill of a month, one counts: what is final before what may
 * be revised, then the longer.
 */
export async function publishedGasEnergy(
  pool: Pool,
  ids: readonly number[],
  from: Date,
  to: Date,
): Promise<PublishedEnergy[]> {
  const { rows } = await pool.query<PublishedEnergy>(
    `with told as materialized (
       select point_id, from_time, to_time, value,
         (quality = 'final', to_time - from_time, known_at, key) as belief
       from operator_reading
       where point_id = any($1) and quantity = 'gas_energy_pcs' and kind = 'interval' and superseded_at is null
         and from_time >= $2 and to_time <= $3 and to_time > $2
     )
     select point_id as "pointId", sum(value)::bigint as energy,
       sum(extract(epoch from to_time - from_time))::float8 * 1000 as covered
     from told t
     where not exists (select from told o where o.point_id = t.point_id and o.from_time < t.to_time
       and o.to_time > t.from_time and o.belief > t.belief)
     group by point_id`,
    [ids, from, to],
  );
  return rows;
}

/** The first local year (of a zone) of which one of these points tells; null where none does. */
export async function firstYearOfMeters(
  pool: Pool,
  ids: readonly number[],
  zone: string,
): Promise<number | null> {
  const { rows } = await pool.query<{ year: number | null }>(
    `select extract(year from min(from_time) at time zone $2)::int as year from consumption_month
     where point_id = any($1) and channel = 0 and value is not null`,
    [ids, zone],
  );
  return rows[0]?.year ?? null;
}
