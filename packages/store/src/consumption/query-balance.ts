import { type BalanceJudgement, judgeBalance, type Quantity, VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { findPoint } from './points.ts';
import type { BucketName } from './write-consumption.ts';

/** An hour has no bound of its own, and most meters are not read that often. */
export const BALANCE_BUCKETS = ['day', 'month'] as const satisfies readonly BucketName[];

export interface BalanceQuery {
  readonly bucket: (typeof BALANCE_BUCKETS)[number];
  /** Buckets that begin in [from, to). */
  readonly from: Date;
  readonly to: Date;
  /** The city's zone, for points that have none. */
  readonly timeZone: string;
}

/** How many of the parts, and the codes of the first of them. */
export interface SomeParts {
  readonly count: number;
  readonly codes: readonly string[];
}

/** One bucket of a balance. Amounts are millionths of the quantity's unit. */
export interface BalanceBucket extends BalanceJudgement {
  readonly start: Date;
  readonly parent: number | null;
  /** The sum of the parts that tell: of all of them where none is missing. */
  readonly parts: number;
  /** By how much parent and parts together may be wrong; null: no bound is known. */
  readonly uncertainty: number | null;
  readonly missing: SomeParts;
  /** Estimated, and no later reading says by how much that is wrong. */
  readonly unbounded: SomeParts;
  /** The parent itself is estimated so. */
  readonly parentUnbounded: boolean;
}

export interface PointBalance {
  readonly point: string;
  readonly quantity: Quantity;
  readonly timeZone: string;
  /** How many parts it has: direct ones, for what runs through the others is in theirs already. */
  readonly parts: number;
  readonly buckets: readonly BalanceBucket[];
}

/** More codes than this nobody reads. */
const MOST_CODES = 100;

/**
 * A point's meter against the sum of the points that name it as their parent, as both are known now: the
 * total registers of the quantity that it meters.
 *
 * @throws VeilleurError `point_not_found`, `balance_without_parts`, `quantity_differs`, `buckets_differ`
 *   where a part's days begin at another moment.
 */
export async function balanceOfPoint(pool: Pool, code: string, query: BalanceQuery): Promise<PointBalance> {
  const { id, quantity, timeZone, dayStartMinutes } = await findPoint(pool, code);
  const zone = timeZone ?? query.timeZone;
  const { rows: parts } = await pool.query<Part>(PARTS, [id, query.timeZone]);
  requireLike(code, { quantity, zone, dayStartMinutes }, parts);
  const { rows } = await pool.query<Sums>(SUMS(query.bucket), [
    id,
    parts.map((part) => part.id),
    quantity,
    query.from,
    query.to,
    MOST_CODES,
  ]);
  return { point: code, quantity, timeZone: zone, parts: parts.length, buckets: rows.map(bucketOf) };
}

interface Sums {
  readonly start: Date;
  readonly parent: number | null;
  readonly parentDoubt: number | null;
  readonly parts: number;
  readonly doubt: number;
  readonly missing: number;
  readonly unbounded: number;
  readonly missingCodes: readonly string[] | null;
  readonly unboundedCodes: readonly string[] | null;
}

function bucketOf(sums: Sums): BalanceBucket {
  const { start, parent, parentDoubt, parts, doubt, missing, unbounded } = sums;
  const bounded = parentDoubt !== null && unbounded === 0 && missing === 0;
  const uncertainty = bounded ? parentDoubt + doubt : null;
  return {
    start,
    parent,
    parts,
    uncertainty,
    ...judgeBalance({ parent, parts: missing > 0 ? null : parts, uncertainty }),
    missing: { count: missing, codes: sums.missingCodes ?? [] },
    unbounded: { count: unbounded, codes: sums.unboundedCodes ?? [] },
    parentUnbounded: parent !== null && parentDoubt === null,
  };
}

interface Part {
  readonly id: number;
  readonly code: string;
  readonly quantity: Quantity;
  readonly zone: string;
  readonly dayStartMinutes: number;
}

const PARTS = `
with part as materialized (select * from metering_point where parent_id = $1),
  zone as (select s.site_id, site_time_zone(s.site_id) as name from (select distinct site_id from part) s)
select p.id, p.code, q.name as quantity, coalesce(p.time_zone, z.name, $2) as zone,
  p.day_start_minutes as "dayStartMinutes"
from part p join quantity q on q.id = p.quantity_id left join zone z on z.site_id = p.site_id
order by p.code`;

/** What cannot be added up is not: apples, or days that begin at six. */
function requireLike(
  code: string,
  parent: Pick<Part, 'quantity' | 'zone' | 'dayStartMinutes'>,
  parts: readonly Part[],
): void {
  if (parts.length === 0) {
    throw new VeilleurError('balance_without_parts', `no metering point has ${code} as its parent`, {
      remedy: `Name it when a part is added: veilleur point add <code> --quantity ${parent.quantity} --parent ${code}.`,
    });
  }
  const others = parts.filter(({ quantity }) => quantity !== parent.quantity);
  if (others.length > 0) {
    const named = namesOf(others, ({ quantity }) => quantity);
    throw new VeilleurError(
      'quantity_differs',
      `${code} meters ${parent.quantity}, but of its parts ${named}`,
      {
        remedy: `The parts of a meter see what it sees. What meters something else needs another parent, or none.`,
      },
    );
  }
  const apart = parts.filter(
    ({ zone, dayStartMinutes }) => zone !== parent.zone || dayStartMinutes !== parent.dayStartMinutes,
  );
  if (apart.length > 0) {
    const daysOf = ({ zone, dayStartMinutes }: Omit<Part, 'id' | 'code' | 'quantity'>) =>
      `${Temporal.PlainTime.from('00:00').add({ minutes: dayStartMinutes }).toString({ smallestUnit: 'minute' })} ${zone}`;
    const named = namesOf(apart, daysOf);
    throw new VeilleurError('buckets_differ', `days of ${code} begin at ${daysOf(parent)}, but of ${named}`, {
      remedy: 'A meter and its parts need the same time zone and the same beginning of a day.',
    });
  }
}

function namesOf(parts: readonly Part[], what: (part: Part) => string): string {
  const named = parts.slice(0, 5).map((part) => `${part.code} (${what(part)})`);
  return [...named, ...(parts.length > 5 ? [`${parts.length - 5} more`] : [])].join(', ');
}

/** In one statement, so that sums and names are of one moment. Names are looked for only where some are due. */
const SUMS = (bucket: BalanceQuery['bucket']) => `
with meter as (select id as quantity_id from quantity where name = $3),
above as (
  select from_time, value, uncertainty from consumption_${bucket}
  where point_id = $1 and quantity_id = (select quantity_id from meter) and channel = 0
    and from_time >= $4 and from_time < $5
), below as materialized (
  select from_time, sum(value)::bigint as value, sum(uncertainty)::bigint as doubt, count(value) as told,
    count(*) filter (where value is not null and uncertainty is null) as unbounded
  from consumption_${bucket}
  where point_id = any($2) and quantity_id = (select quantity_id from meter) and channel = 0
    and from_time >= $4 and from_time < $5
  group by from_time
), both_sides as materialized (
  select from_time, a.value as parent, a.uncertainty as parent_doubt, coalesce(b.value, 0) as parts,
    coalesce(b.doubt, 0) as doubt, cardinality($2::int[]) - coalesce(b.told, 0) as missing,
    coalesce(b.unbounded, 0) as unbounded
  from above a full join below b using (from_time)
), named as (
  select s.from_time, (array_agg(p.code order by p.code) filter (where c.value is null))[1:$6] as missing,
    (array_agg(p.code order by p.code) filter (where c.value is not null and c.uncertainty is null))[1:$6]
      as unbounded
  from both_sides s cross join metering_point p
  left join consumption_${bucket} c on c.point_id = p.id and c.quantity_id = (select quantity_id from meter)
    and c.channel = 0 and c.from_time = s.from_time
  where s.missing + s.unbounded > 0 and p.id = any($2)
  group by s.from_time
)
select from_time as start, parent, parent_doubt as "parentDoubt", s.parts, s.doubt, s.missing, s.unbounded,
  n.missing as "missingCodes", n.unbounded as "unboundedCodes"
from both_sides s left join named n using (from_time)
order by from_time`;
