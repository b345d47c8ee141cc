import type { PoolClient } from 'pg';
import { ALERT_CHANNEL } from './write-alerts.ts';

/** Why an alert ended though no measurement says so. */
export type ClearReason = 'rule_removed' | 'not_selected' | 'group_gone';

/**
 * Clears, at this moment, what is open of rules that are in force no more: nobody looks at it any longer.
 * Alerts of groups belong to partition 0.
 */
export async function clearOfRemovedRules(
  client: PoolClient,
  { partition, partitions }: { readonly partition: number; readonly partitions: number },
  inForce: readonly string[],
  now: Date,
): Promise<number> {
  const { rowCount } = await client.query(
    `with gone as (
       update alert set cleared_at = greatest($4, opened_at), changed_at = $4
       where cleared_at is null and withdrawn_at is null and rule <> all($3::text[])
         and coalesce(device_id, 0) % $2 = $1 and exists (select from rule r where r.name = alert.rule)
       returning id, cleared_at
     ), written as (
       insert into alert_step (alert_id, kind, at, recorded_at, by, detail)
       select id, 'cleared', cleared_at, $4, 'engine', '{"reason": "rule_removed"}' from gone
     )
     select pg_notify('${ALERT_CHANNEL}', '') from gone`,
    [partition, partitions, inForce, now],
  );
  return rowCount ?? 0;
}
