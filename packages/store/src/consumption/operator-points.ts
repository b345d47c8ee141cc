import type { Pool } from '../connect.ts';
import type { PointKind } from './points.ts';

/**
 * Codes of the points that an operator is to be asked for: those of its kind, but for those that belong
 * to another one (a PRM of a local distributor).
 */
export async function pointsOfOperator(
  pool: Pool,
  { kind, operator }: { readonly kind: PointKind; readonly operator: string },
): Promise<string[]> {
  const { rows } = await pool.query<{ code: string }>(
    `select p.code from metering_point p left join operator o on o.id = p.operator_id
     where p.kind = $1 and coalesce(o.code, $2) = $2 order by p.code`,
    [kind, operator],
  );
  return rows.map(({ code }) => code);
}
