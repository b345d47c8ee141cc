import type { PoolClient } from 'pg';

/** Told on this channel of NOTIFY when alerts have new steps. */
export const ALERT_CHANNEL = 'veilleur_alert';

export type EngineStepKind = 'raised' | 'worsened' | 'cleared' | 'reopened' | 'corrected' | 'withdrawn';

/** An alert as an engine found it. Times are ms since 1970, of the event's own time. */
export interface FoundEpisode {
  readonly from: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly worst: { readonly value: number; readonly at: number } | null;
  readonly pauses: readonly { readonly clearedAt: number; readonly reopenedAt: number }[];
}

export interface NewAlertStep {
  readonly kind: EngineStepKind;
  /** Event time, ms. */
  readonly at: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AlertWrite {
  /** Null: it is new. */
  readonly id: number | null;
  readonly rule: string;
  readonly subject: string;
  readonly deviceId: number | null;
  readonly episode: FoundEpisode;
  readonly isWithdrawn: boolean;
  readonly steps: readonly NewAlertStep[];
}

/**
 * Writes alerts as they are now, and what happened to each, in the transaction of whoever evaluates.
 *
 * @returns Their ids, in their order.
 */
export async function writeAlerts(
  client: PoolClient,
  writes: readonly AlertWrite[],
  now: Date,
): Promise<number[]> {
  if (writes.length === 0) return [];
  const known = writes.filter(({ id }) => id !== null);
  if (known.length > 0) await updateAlerts(client, known, now);
  const fresh = writes.filter(({ id }) => id === null);
  const inserted = await insertAlerts(client, fresh, now);
  const ids = writes.map((write) => write.id ?? inserted.get(keyOf(write))?.id ?? 0);
  const steps = writes.flatMap((write, i) =>
    write.steps
      // One that stood there already was told then.
      .filter(({ kind }) => kind !== 'raised' || inserted.get(keyOf(write))?.isNew !== false)
      .map((step) => ({ alertId: ids[i] ?? 0, ...step })),
  );
  if (steps.length > 0) await insertSteps(client, steps, now);
  await takeAcknowledgementsBack(client, steps, now);
  return ids;
}

/** What is news to whoever took an alert up: it wants to be seen anew. */
const SEEN_ANEW: readonly string[] = ['reopened', 'worsened'];

/**
 * An acknowledgement is of the alert as it was: one that is open again, or has become more severe, is nobody's
 * until somebody takes it up. Whom it was assigned to stays.
 */
async function takeAcknowledgementsBack(
  client: PoolClient,
  steps: readonly (NewAlertStep & { readonly alertId: number })[],
  now: Date,
): Promise<void> {
  const reasons = new Map(
    steps
      .filter(({ kind }) => SEEN_ANEW.includes(kind))
      .map(({ alertId, kind, at }) => [alertId, { kind, at }]),
  );
  if (reasons.size === 0) return;
  const told = [...reasons.values()];
  await client.query(
    `with anew as (
       update alert a set acknowledged_at = null, acknowledged_by = null
       from unnest($1::bigint[], $2::text[], $3::timestamptz[]) r(id, reason, at)
       where a.id = r.id and a.acknowledged_at is not null and a.cleared_at is null and a.withdrawn_at is null
       returning a.id, r.reason, r.at
     )
     insert into alert_step (alert_id, kind, at, recorded_at, by, detail)
     select id, 'unacknowledged', at, $4, 'engine', jsonb_build_object('reason', reason) from anew`,
    [[...reasons.keys()], told.map(({ kind }) => kind), told.map(({ at }) => moment(at)), now],
  );
}

const keyOf = ({ rule, subject, episode }: AlertWrite) => `${rule} ${subject} ${episode.openedAt}`;
export const moment = (ms: number | null | undefined) => (ms == null ? null : new Date(ms).toISOString());

const columnsOf = (writes: readonly AlertWrite[]) => [
  writes.map(({ episode }) => episode.severity),
  writes.map(({ episode }) => moment(episode.from)),
  writes.map(({ episode }) => moment(episode.openedAt)),
  writes.map(({ episode }) => moment(episode.clearedAt)),
  writes.map(({ episode }) =>
    JSON.stringify(
      episode.pauses.map(({ clearedAt, reopenedAt }) => ({
        clearedAt: moment(clearedAt),
        reopenedAt: moment(reopenedAt),
      })),
    ),
  ),
  writes.map(({ episode }) => episode.worst?.value ?? null),
  writes.map(({ episode }) => moment(episode.worst?.at)),
];

async function updateAlerts(client: PoolClient, writes: readonly AlertWrite[], now: Date): Promise<void> {
  // Openings that move may meet one another's old places: first all of them step aside.
  await client.query(
    `update alert a set opened_at = a.opened_at - interval '3000 years'
     from unnest($1::bigint[], $2::timestamptz[]) w(id, opened_at)
     where a.id = w.id and a.opened_at <> w.opened_at`,
    [writes.map(({ id }) => id), writes.map(({ episode }) => moment(episode.openedAt))],
  );
  await client.query(
    `update alert a set severity = w.severity, began_at = w.began_at, opened_at = w.opened_at,
       cleared_at = w.cleared_at, pauses = w.pauses, worst = w.worst, worst_at = w.worst_at,
       withdrawn_at = case when w.is_withdrawn then $10::timestamptz end, changed_at = $10
     from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::jsonb[], $6::float8[],
         $7::timestamptz[], $8::bigint[], $9::boolean[])
       w(severity, began_at, opened_at, cleared_at, pauses, worst, worst_at, id, is_withdrawn)
     where a.id = w.id`,
    [...columnsOf(writes), writes.map(({ id }) => id), writes.map(({ isWithdrawn }) => isWithdrawn), now],
  );
}

async function insertAlerts(
  client: PoolClient,
  writes: readonly AlertWrite[],
  now: Date,
): Promise<ReadonlyMap<string, { readonly id: number; readonly isNew: boolean }>> {
  if (writes.length === 0) return new Map();
  const { rows } = await client.query<{
    id: number;
    rule: string;
    subject: string;
    openedAt: Date;
    isNew: boolean;
  }>(
    `insert into alert as a (severity, began_at, opened_at, cleared_at, pauses, worst, worst_at, rule, subject,
       device_id, known_at, changed_at)
     select w.*, $11::timestamptz, $11::timestamptz
     from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::jsonb[], $6::float8[],
         $7::timestamptz[], $8::text[], $9::text[], $10::int[]) w
     on conflict (rule, subject, opened_at) where withdrawn_at is null do update
       set severity = excluded.severity, cleared_at = excluded.cleared_at, pauses = excluded.pauses,
         worst = excluded.worst, worst_at = excluded.worst_at, changed_at = excluded.changed_at
     returning id, rule, subject, opened_at as "openedAt", xmax = 0 as "isNew"`,
    [
      ...columnsOf(writes),
      writes.map(({ rule }) => rule),
      writes.map(({ subject }) => subject),
      writes.map(({ deviceId }) => deviceId),
      now,
    ],
  );
  return new Map(rows.map((row) => [`${row.rule} ${row.subject} ${row.openedAt.getTime()}`, row]));
}

async function insertSteps(
  client: PoolClient,
  steps: readonly (NewAlertStep & { readonly alertId: number })[],
  now: Date,
): Promise<void> {
  await client.query(
    `with written as (
       insert into alert_step (alert_id, kind, at, recorded_at, by, detail)
       select alert_id, kind, at, $5, 'engine', detail
       from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::jsonb[]) with ordinality
         s(alert_id, kind, at, detail, ordinal)
       order by ordinal
     )
     select pg_notify('${ALERT_CHANNEL}', '')`,
    [
      steps.map(({ alertId }) => alertId),
      steps.map(({ kind }) => kind),
      steps.map(({ at }) => moment(at)),
      steps.map(({ detail }) => JSON.stringify(detail)),
      now,
    ],
  );
}
