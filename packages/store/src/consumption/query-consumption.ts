import type { Quality, Quantity } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { pointId } from './points.ts';
import { sitesWithin } from './sites.ts';
import type { BucketName } from './write-consumption.ts';

export interface ConsumptionQuery {
  readonly bucket: BucketName;
  /** Buckets that begin in [from, to). */
  readonly from: Date;
  readonly to: Date;
  readonly quantity?: Quantity | undefined;
  /** The register; 0 is the total. */
  readonly channel?: number | undefined;
  /** As it was known at this moment; absent: as it is known now. */
  readonly asOf?: Date | undefined;
}

export interface ConsumptionBucket {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly start: Date;
  /** Millionths of the quantity's unit; null where it is missing. What is not yet known has no bucket. */
  readonly value: number | null;
  readonly quality: Quality;
  readonly method: string;
  /**
   * By how much the value may be off, millionths: what ran through between the readings around its ends, and
   * a step of the register. Null where nothing bounds it, of hours, and of what has been revised since.
   */
  readonly uncertainty: number | null;
  /** Since when it is known so. */
  readonly knownFrom: Date;
}

const COLUMNS = 'point_id, quantity_id, channel, from_time, value, quality, method, known_from';

/** What is known now; or what was known at $5, from what holds still and what was revised since. */
function known({ bucket, asOf }: ConsumptionQuery): string {
  const where = `point_id = any($1) and from_time >= $2 and from_time < $3 and ($4::smallint is null or channel = $4)`;
  const bound = bucket === 'hour' ? 'null::bigint as uncertainty' : 'uncertainty';
  const now = `select ${COLUMNS}, ${bound} from consumption_${bucket} where ${where}`;
  if (asOf === undefined) return `(${now} and $5::timestamptz is null)`;
  return `(${now} and known_from <= $5
    union all select ${COLUMNS}, null from consumption_revision
    where bucket = '${bucket}' and ${where} and known_from <= $5 and known_to > $5)`;
}

const parametersOf = (ids: readonly number[], { from, to, channel, asOf }: ConsumptionQuery) => [
  ids,
  from,
  to,
  channel ?? null,
  asOf ?? null,
];

/**
 * Consumption of a point, in the order of time.
 *
 * @throws VeilleurError `point_not_found`.
 */
export async function consumptionOfPoint(
  pool: Pool,
  code: string,
  query: ConsumptionQuery,
): Promise<ConsumptionBucket[]> {
  const id = await pointId(pool, code);
  const { rows } = await pool.query<ConsumptionBucket>(
    `select q.name as quantity, c.channel, c.from_time as start, c.value,
       (array['measured', 'estimated', 'repaired', 'missing'])[c.quality + 1] as quality, c.method,
       c.uncertainty, c.known_from as "knownFrom"
     from ${known(query)} c join quantity q on q.id = c.quantity_id
     where $6::text is null or q.name = $6
     order by c.from_time, q.name, c.channel`,
    [...parametersOf([id], query), query.quantity ?? null],
  );
  return rows;
}

/** One quantity of a site in one bucket: the sum of its points. */
export interface SiteConsumption {
  readonly quantity: Quantity;
  readonly start: Date;
  /** Millionths, of the points that tell; null where none does. */
  readonly value: number | null;
  /** How much of it rests on estimates. */
  readonly estimated: number;
  /** Points that tell, and points that should and whose consumption is missing. */
  readonly points: number;
  readonly missing: number;
  readonly quality: Quality;
}

/**
 * Consumption of a site and all that is part of it, by quantity. A point whose parent is among them is
 * left out: its consumption is in the parent's already.
 *
 * @throws VeilleurError `site_not_found`.
 */
export async function consumptionOfSite(
  pool: Pool,
  code: string,
  query: ConsumptionQuery,
): Promise<SiteConsumption[]> {
  const sites = await sitesWithin(pool, code);
  const { rows: points } = await pool.query<{ id: number }>(
    `select p.id from metering_point p left join metering_point parent on parent.id = p.parent_id
     where p.site_id = any($1) and (parent.site_id is null or not parent.site_id = any($1)
       or parent.quantity_id <> p.quantity_id)`,
    [sites],
  );
  const ids = points.map(({ id }) => id);
  const { rows } = await pool.query<SiteConsumption>(
    `select q.name as quantity, c.start, c.value, c.estimated, c.points, c.missing,
       case when c.missing > 0 then 'missing' when c.some_estimated then 'estimated'
         when c.some_repaired then 'repaired' else 'measured' end as quality
     from (
       select quantity_id, from_time as start, sum(value)::bigint as value,
         coalesce(sum(value) filter (where quality = 1), 0)::bigint as estimated, count(value) as points,
         count(*) filter (where value is null) as missing, bool_or(quality = 1) as some_estimated,
         bool_or(quality = 2) as some_repaired
       from ${known({ ...query, channel: query.channel ?? 0 })} k group by quantity_id, from_time
     ) c join quantity q on q.id = c.quantity_id
     where $6::text is null or q.name = $6
     order by c.start, q.name`,
    [...parametersOf(ids, { ...query, channel: query.channel ?? 0 }), query.quantity ?? null],
  );
  return rows;
}
