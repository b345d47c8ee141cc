import type { PoolClient } from 'pg';
import { MS } from './changed-facts.ts';
import { type AlertToPlan, alertsToPlan } from './planning.ts';

/** An alert with when it was recorded that it began and ended, ms since 1970. */
export interface AlertOfDigest extends AlertToPlan {
  readonly knownAt: number;
  readonly endKnownAt: number | null;
}

/** The alerts that are open, and those that became known, or were known to have ended, since a moment. */
export async function alertsOfDigest(client: PoolClient, since: Date, now: Date): Promise<AlertOfDigest[]> {
  const { rows } = await client.query<{ id: number; knownAt: number; endKnownAt: number | null }>(
    `select a.id, ${MS('a.known_at')} as "knownAt",
       (select ${MS('max(s.recorded_at)')} from alert_step s
        where s.alert_id = a.id and s.kind = 'cleared') as "endKnownAt"
     from alert a
     where a.withdrawn_at is null and (a.cleared_at is null or a.changed_at >= $1)`,
    [since],
  );
  const known = new Map(rows.map(({ id, ...times }) => [id, times]));
  const alerts = await alertsToPlan(client, { ids: [...known.keys()], endedSince: now, now });
  return alerts.flatMap((alert) => {
    const times = known.get(alert.id);
    return times === undefined ? [] : [{ ...alert, ...times }];
  });
}

/** Whether the outbox has had a message of this key. */
export async function isInOutbox(client: PoolClient, key: string): Promise<boolean> {
  const { rowCount } = await client.query('select from notification where key = $1', [key]);
  return rowCount === 1;
}

/** Puts a digest into the outbox, once. It belongs to no alert: what is told of one never waits for it. */
export async function writeDigest(
  client: PoolClient,
  { key, channel, body }: { readonly key: string; readonly channel: string; readonly body: object },
  now: Date,
): Promise<void> {
  await client.query(
    `insert into notification (key, channel, alert_ids, step, body, created_at, not_before)
     values ($1, $2, '{}', 'digest', $3, $4, $4) on conflict (key) do nothing`,
    [key, channel, JSON.stringify(body), now],
  );
}
