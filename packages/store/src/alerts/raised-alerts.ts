import type { Pool } from '../connect.ts';
import type { HoldingsSpan } from '../query-holdings.ts';
import { MS } from './changed-facts.ts';

/** An alert that was raised and not withdrawn. Times are ms; `knownAt` is when it was first recorded. */
export interface RaisedAlert {
  readonly rule: string;
  /** A DevEUI, or a group. */
  readonly subject: string;
  readonly from: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly knownAt: number;
}

/** All that rules raised of some devices, and of groups, before the end of a span. */
export async function raisedAlerts(
  pool: Pool,
  { until, devEuiPrefix }: Pick<HoldingsSpan, 'until' | 'devEuiPrefix'>,
): Promise<RaisedAlert[]> {
  const { rows } = await pool.query<RaisedAlert>(
    `select rule, subject, ${MS('began_at')} as "from", ${MS('opened_at')} as "openedAt",
       ${MS('cleared_at')} as "clearedAt", ${MS('known_at')} as "knownAt"
     from alert
     where withdrawn_at is null and opened_at < $1 and (device_id is null or starts_with(subject, $2))
     order by opened_at, rule, subject`,
    [until, devEuiPrefix],
  );
  return rows;
}
