import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';

/** A point that is to be settled anew over a span, ms; -Infinity and Infinity where it is open. */
export interface DirtyPoint {
  readonly pointId: number;
  readonly from: number;
  readonly to: number;
  readonly version: number;
}

/** The first half of an advisory lock: whoever settles a point holds it until his transaction ends. */
const SETTLING = `hashtext('veilleur.settle')`;

/**
 * The points that wait longest, locked for this transaction against other settlers. Nobody else waits
 * for that lock: a mark may grow while the point is settled, and then it stays.
 */
export async function takeDirtyPoints(
  client: PoolClient,
  { limit, restMs }: { readonly limit: number; readonly restMs: number },
): Promise<DirtyPoint[]> {
  const { rows } = await client.query<DirtyPoint>(
    `with waiting as materialized (
       select point_id from consumption_dirty where since <= clock_timestamp() - $2 * interval '1 ms'
       order by since limit 8 * $1
     ), taken as materialized (
       select point_id from waiting where pg_try_advisory_xact_lock(${SETTLING}, point_id) limit $1
     )
     select point_id as "pointId", extract(epoch from from_time)::float8 * 1000 as "from",
       extract(epoch from to_time)::float8 * 1000 as "to", version
     from consumption_dirty join taken using (point_id)`,
    [limit, restMs],
  );
  return rows;
}

/** Takes the marks away that have not grown meanwhile: in the order of points, as marking does, so that neither waits for the other in a circle. */
export async function clearDirtyPoints(client: PoolClient, points: readonly DirtyPoint[]): Promise<void> {
  await client.query(
    `with done as materialized (
       select d.point_id from consumption_dirty d
       join unnest($1::int[], $2::bigint[]) t(point_id, version) on d.point_id = t.point_id and d.version = t.version
       order by d.point_id for update of d
     )
     delete from consumption_dirty d using done where d.point_id = done.point_id`,
    [points.map(({ pointId }) => pointId), points.map(({ version }) => version)],
  );
}

/** Puts a point off that could not be settled, so that it holds nobody up. */
export async function putOffDirtyPoint(
  pool: Pool,
  pointId: number,
  { error, againAfterMs }: { readonly error: string; readonly againAfterMs: number },
): Promise<void> {
  await pool.query(
    `update consumption_dirty set since = clock_timestamp() + $3 * interval '1 ms', error = $2 where point_id = $1`,
    [pointId, error.slice(0, 1000).replaceAll('\0', '\\0'), againAfterMs],
  );
}

/** Points by their codes, or by how their codes begin. */
export type PointChoice = { readonly codes: readonly string[] } | { readonly codePrefix: string };

const CHOSEN = '($1::text[] is null or p.code = any($1)) and ($2::text is null or starts_with(p.code, $2))';

const chosen = (choice: PointChoice): unknown[] =>
  'codes' in choice ? [choice.codes, null] : [null, choice.codePrefix];

/**
 * Ends the rest of some points: they are settled next. Those that a settler or a marker holds are passed
 * over, so that nobody waits for another in a circle.
 */
export async function hurryDirtyPoints(pool: Pool, choice: PointChoice): Promise<void> {
  await pool.query(
    `with resting as (
       select d.point_id from consumption_dirty d join metering_point p on p.id = d.point_id
       where ${CHOSEN} and d.since > clock_timestamp() - interval '1 day'
       for update of d skip locked
     )
     update consumption_dirty d set since = clock_timestamp() - interval '1 day' from resting
     where d.point_id = resting.point_id`,
    chosen(choice),
  );
}

/** How many of some points wait to be settled. */
export async function dirtyAmong(pool: Pool, choice: PointChoice): Promise<number> {
  const { rows } = await pool.query<{ points: number }>(
    `select count(*) as points from consumption_dirty d join metering_point p on p.id = d.point_id
     where ${CHOSEN}`,
    chosen(choice),
  );
  return rows[0]?.points ?? 0;
}
