import type { Quantity } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import type { SiteKind } from '../consumption/sites.ts';

export interface SimilarSitesQuery {
  readonly kind: SiteKind;
  readonly quantity: Quantity;
  /** The attribute that sites are compared by. */
  readonly per: 'area_m2' | 'persons';
  readonly bucket: 'day' | 'month';
  readonly from: Date;
  readonly to: Date;
  /** How many buckets that time has. */
  readonly buckets: number;
}

/** What a site and its parts used for one m2 or person, millionths of the unit. */
export interface SimilarSite {
  readonly site: string;
  readonly used: number;
}

/**
 * Sites of a kind that have the attribute and of which the whole time is known. A site of which a day is
 * missing is not compared: it would look thrifty.
 */
export async function similarSites(pool: Pool, query: SimilarSitesQuery): Promise<SimilarSite[]> {
  const { rows } = await pool.query<SimilarSite>(
    `with recursive within as (
       select id as root, id as site, (attributes ->> $2)::float8 as size from site
       where kind = $1 and jsonb_typeof(attributes -> $2) = 'number' and (attributes ->> $2)::float8 > 0
       union
       select w.root, s.id, w.size from site s join within w on s.parent_id = w.site
     ), meter as (
       select w.root, w.size, p.id from within w join metering_point p on p.site_id = w.site
       join quantity q on q.id = p.quantity_id and q.name = $3
       left join metering_point parent on parent.id = p.parent_id and parent.quantity_id = p.quantity_id
       where parent.id is null
         or not exists (select from within x where x.root = w.root and x.site = parent.site_id)
     ), used as (
       select m.root, m.size, m.id, count(c.value) as told, sum(c.value) as value
       from meter m left join consumption_${query.bucket} c on c.point_id = m.id and c.channel = 0
         and c.quantity_id = (select id from quantity where name = $3) and c.from_time >= $4 and c.from_time < $5
       group by m.root, m.size, m.id
     )
     select s.code as site, (sum(u.value) / u.size)::float8 as used
     from used u join site s on s.id = u.root group by s.code, u.root, u.size
     having min(u.told) = $6 order by used, s.code`,
    [query.kind, query.per, query.quantity, query.from, query.to, query.buckets],
  );
  return rows;
}
