import type { PoolClient } from 'pg';
import { attributesOfDevices } from './device-attributes.ts';

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** A step of which nobody has decided whom it concerns. Times here are ms since 1970. */
export interface UnplannedStep {
  readonly id: number;
  readonly alertId: number;
  readonly kind: string;
  readonly recordedAt: number;
}

/** In the order in which they were recorded. */
export async function unplannedSteps(client: PoolClient): Promise<UnplannedStep[]> {
  const { rows } = await client.query<UnplannedStep>(
    `select id, alert_id as "alertId", kind, ${MS('recorded_at')} as "recordedAt"
     from alert_step where planned_at is null order by id`,
  );
  return rows;
}

type Attributes = Awaited<ReturnType<typeof attributesOfDevices>>[number];

export interface AlertToPlan {
  readonly id: number;
  readonly rule: string;
  readonly subject: string;
  readonly deviceId: number | null;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly beganAt: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly withdrawnAt: number | null;
  readonly acknowledgedAt: number | null;
  /** When the engine took an acknowledgement back: it got worse, or opened again. */
  readonly seenAnewAt: number | null;
  readonly worst: number | null;
  readonly device: Attributes | null;
}

/** The alerts that are open, those that ended after `endedSince`, and these. */
export async function alertsToPlan(
  client: PoolClient,
  {
    ids,
    endedSince,
    now,
  }: { readonly ids: readonly number[]; readonly endedSince: Date; readonly now: Date },
): Promise<AlertToPlan[]> {
  const { rows } = await client.query<Omit<AlertToPlan, 'device'>>(
    `select id, rule, subject, device_id as "deviceId", severity, ${MS('began_at')} as "beganAt",
       ${MS('opened_at')} as "openedAt", ${MS('cleared_at')} as "clearedAt",
       ${MS('withdrawn_at')} as "withdrawnAt", ${MS('acknowledged_at')} as "acknowledgedAt", worst,
       (select ${MS('max(s.recorded_at)')} from alert_step s
        where s.alert_id = alert.id and s.kind = 'unacknowledged' and s.by = 'engine') as "seenAnewAt"
     from alert
     where (cleared_at is null and withdrawn_at is null) or id = any($1::bigint[])
       or (changed_at > $2 and cleared_at > $2)
     order by id`,
    [ids, endedSince],
  );
  const deviceIds = new Set(rows.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId])));
  const attributes = await attributesOfDevices(client, [...deviceIds], now);
  const byId = new Map(attributes.map((one) => [one.id, one]));
  return rows.map((row) => ({ ...row, device: byId.get(row.deviceId ?? 0) ?? null }));
}

export interface ToldOfAlerts {
  readonly id: number;
  readonly key: string;
  readonly channel: string;
  readonly alertIds: readonly number[];
  readonly kind: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly plannedAt: number;
  readonly notBefore: number;
  /** What it says, while nobody has tried to send it; else null. */
  readonly message: unknown;
  readonly isDead: boolean;
}

/** What stands in the outbox of these alerts, the oldest first. */
export async function toldOfAlerts(client: PoolClient, alertIds: readonly number[]): Promise<ToldOfAlerts[]> {
  const { rows } = await client.query<ToldOfAlerts>(
    `select id, key, channel, to_json(alert_ids) as "alertIds", step as kind, ${MS('created_at')} as "plannedAt",
       body#>>'{message,severity}' as severity, ${MS('not_before')} as "notBefore", dead_at is not null as "isDead",
       case when sent_at is null and dead_at is null and attempts = 0 then body->'message' end as message
     from notification where alert_ids && $1::bigint[] order by id`,
    [alertIds],
  );
  return rows;
}

export interface SilenceInForce {
  readonly id: number;
  readonly kind: 'silence' | 'maintenance';
  readonly matching: Readonly<Record<string, unknown>>;
  readonly from: number;
  readonly to: number;
}

export async function silencesInForce(client: PoolClient, now: Date): Promise<SilenceInForce[]> {
  const { rows } = await client.query<SilenceInForce>(
    `select id, kind, matching, ${MS('from_time')} as "from", ${MS('to_time')} as "to"
     from silence where ended_at is null and from_time <= $1 and to_time > $1 order by id`,
    [now],
  );
  return rows;
}

/** What was decided, as packages/rules plans it. Times are ms since 1970. */
export interface PlanToWrite {
  readonly notifications: readonly {
    readonly key: string;
    readonly channel: string;
    readonly alertIds: readonly number[];
    readonly kind: string;
    readonly body: object;
    readonly notBefore: number;
  }[];
  readonly rewritten: readonly {
    readonly id: number;
    readonly kind: string;
    readonly alertIds: readonly number[];
    readonly body: object;
  }[];
  readonly takenBack: readonly number[];
  readonly decided: readonly { readonly stepId: number; readonly hidden: string | null }[];
  readonly held: readonly { readonly stepId: number; readonly hidden: string }[];
  readonly escalations: readonly {
    readonly alertId: number;
    readonly route: string;
    readonly afterMs: number;
    readonly to: readonly string[];
  }[];
}

/** @returns False: a message that was to say something else is on its way already; plan anew. */
export async function writePlan(client: PoolClient, plan: PlanToWrite, now: Date): Promise<boolean> {
  const { notifications, rewritten, takenBack, decided, held, escalations } = plan;
  for (const { id, kind, alertIds, body } of rewritten) {
    const { rowCount } = await client.query(
      `update notification set step = $2, alert_ids = $3, body = $4
       where id = $1 and attempts = 0 and sent_at is null and dead_at is null`,
      [id, kind, alertIds, JSON.stringify(body)],
    );
    if (rowCount === 0) return false;
  }
  const { rowCount: gone } = await client.query(
    `delete from notification
     where id = any($1::bigint[]) and attempts = 0 and sent_at is null and dead_at is null`,
    [takenBack],
  );
  if (gone !== takenBack.length) return false;
  for (const { key, channel, alertIds, kind, body, notBefore } of notifications) {
    await client.query(
      `insert into notification (key, channel, alert_ids, step, body, created_at, not_before)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (key) do nothing`,
      [key, channel, alertIds, kind, JSON.stringify(body), now, new Date(notBefore)],
    );
  }
  if (decided.length > 0) {
    await client.query(
      `update alert_step s set planned_at = $3, hidden = d.hidden
       from unnest($1::bigint[], $2::text[]) d(id, hidden) where s.id = d.id`,
      [decided.map(({ stepId }) => stepId), decided.map(({ hidden }) => hidden), now],
    );
  }
  if (held.length > 0) {
    await client.query(
      `update alert_step s set hidden = d.hidden
       from unnest($1::bigint[], $2::text[]) d(id, hidden) where s.id = d.id and s.hidden is distinct from d.hidden`,
      [held.map(({ stepId }) => stepId), held.map(({ hidden }) => hidden)],
    );
  }
  for (const { alertId, ...detail } of escalations) {
    await client.query(
      `with gone as (update alert set escalated = escalated + 1, changed_at = $2 where id = $1)
       insert into alert_step (alert_id, kind, at, recorded_at, by, detail, planned_at)
       values ($1, 'escalated', $2, $2, 'engine', $3, $2)`,
      [alertId, now, JSON.stringify(detail)],
    );
  }
  return true;
}
