import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import type { RuleOrigin } from './rules.ts';

/** Where an alert stands, in the order in which a person looks: `withdrawn` never was. */
export const ALERT_STATES = ['open', 'acknowledged', 'cleared', 'withdrawn'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** An episode of a rule on a subject. Its times are those of the measurements; `knownAt` is when we knew. */
export interface AlertSummary {
  readonly id: number;
  readonly rule: string;
  /** What the rule is called for people; null where the rule is not in force any more. */
  readonly title: { readonly en: string; readonly fr: string } | null;
  /** A DevEUI, or a group. */
  readonly subject: string;
  readonly devEui: string | null;
  readonly device: string | null;
  readonly severity: AlertSeverity;
  readonly state: AlertState;
  readonly beganAt: Date;
  readonly openedAt: Date;
  readonly clearedAt: Date | null;
  readonly withdrawnAt: Date | null;
  /** The value that is furthest beyond the bound, in the unit of what the rule looks at. */
  readonly worst: number | null;
  readonly worstAt: Date | null;
  readonly knownAt: Date;
  readonly changedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly assignedTo: string | null;
}

/** What happened to an alert, by the engine or by a person. */
export interface AlertStep {
  readonly id: number;
  readonly kind: string;
  /** Event time. */
  readonly at: Date;
  readonly recordedAt: Date;
  /** `engine`, or who did it. */
  readonly by: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** When it was decided whom it concerns; null: not yet. */
  readonly plannedAt: Date | null;
  /** Why nobody was told of it, or is not yet: `silence 3`, `part of alert 7` ... */
  readonly hidden: string | null;
}

export interface AlertStory extends AlertSummary {
  readonly pauses: readonly { readonly clearedAt: Date; readonly reopenedAt: Date }[];
  /** The oldest first. */
  readonly history: readonly AlertStep[];
  readonly notifications: readonly NotificationRow[];
}

export interface AlertQuery {
  readonly states?: readonly AlertState[] | undefined;
  /** Open at this moment or later. */
  readonly since?: Date | undefined;
  /** Opened before. */
  readonly until?: Date | undefined;
  readonly rule?: string | undefined;
  readonly severity?: AlertSeverity | undefined;
  /** A DevEUI, the name of a device, or a group. */
  readonly subject?: string | undefined;
  /** A site's code: of its devices and of all in it, and of the sites themselves. */
  readonly site?: string | undefined;
  /** The last one of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

const STATE = `case when a.withdrawn_at is not null then 'withdrawn' when a.cleared_at is not null then 'cleared'
  when a.acknowledged_at is not null then 'acknowledged' else 'open' end`;

const SUMMARY = `select a.id, a.rule, r.definition->'title' as title, a.subject, d.dev_eui as "devEui", d.name as device,
  a.severity, ${STATE} as state, a.began_at as "beganAt", a.opened_at as "openedAt",
  a.cleared_at as "clearedAt", a.withdrawn_at as "withdrawnAt", a.worst, a.worst_at as "worstAt",
  a.known_at as "knownAt", a.changed_at as "changedAt", a.acknowledged_at as "acknowledgedAt",
  a.acknowledged_by as "acknowledgedBy", a.assigned_to as "assignedTo"`;
const TABLES = `alert a left join device d on d.id = a.device_id
  left join rule r on r.name = a.rule and r.superseded_at is null`;

/**
 * The alerts of the site `$10` and of all in it: of devices while they stood there, or whose tags name a point of
 * it, and of the sites themselves.
 */
const IN_SITE = `inside as (
    select id, code, 0 as depth from site where code = $10
    union all
    select s.id, s.code, i.depth + 1 from site s join inside i on s.parent_id = i.id where i.depth < 50
  ), points as (
    select p.id, p.code from metering_point p where p.site_id in (select id from inside)
  ), in_site as (
    select o.id from points p join installation i on i.point_id = p.id and i.superseded_at is null
    join alert o on o.device_id = i.device_id
      and i.from_time <= coalesce(o.cleared_at, 'infinity') and coalesce(i.to_time, 'infinity') > o.began_at
    union
    select o.id from points p join device d on d.metering_point = p.code join alert o on o.device_id = d.id
    union
    select o.id from alert o where o.device_id is null and o.subject in (select code from inside)
  )`;

/** Alerts, those that opened last first, a page at a time. */
export async function listAlerts(pool: Pool, query: AlertQuery): Promise<AlertSummary[]> {
  const { states, since, until, rule, severity, subject, site, after, limit } = query;
  const { rows } = await pool.query<AlertSummary>(
    `with recursive ${IN_SITE} ${SUMMARY} from ${TABLES}
     where ($1::text[] is null or ${STATE} = any($1))
       -- The same once more, as the index on what is open knows it.
       and (not $9::boolean or (a.cleared_at is null and a.withdrawn_at is null))
       and ($2::timestamptz is null or coalesce(a.cleared_at, 'infinity') >= $2)
       and ($3::timestamptz is null or a.opened_at < $3)
       and ($4::text is null or a.rule = $4)
       and ($5::text is null or a.severity = $5)
       and ($6::text is null or a.subject = $6 or d.name = $6)
       and ($10::text is null or a.id in (select id from in_site))
       and ($7::bigint is null or (a.opened_at, a.id) < (select l.opened_at, l.id from alert l where l.id = $7))
     order by a.opened_at desc, a.id desc limit $8`,
    [
      states ?? null,
      since ?? null,
      until ?? null,
      rule ?? null,
      severity ?? null,
      subject ?? null,
      after ?? null,
      limit,
      states?.every((state) => state === 'open' || state === 'acknowledged') ?? false,
      site ?? null,
    ],
  );
  return rows;
}

/** Times as JSON holds them. */
interface StoredPause {
  readonly clearedAt: string | number;
  readonly reopenedAt: string | number;
}

/** An alert and all that happened to it. @throws VeilleurError `alert_not_found` */
export async function alertStory(pool: Pool, id: number): Promise<AlertStory> {
  const { rows } = await pool.query<AlertSummary & { pauses: StoredPause[] }>(
    `${SUMMARY}, a.pauses from ${TABLES} where a.id = $1`,
    [id],
  );
  const [found] = rows;
  if (found === undefined) throw alertNotFound(id);
  const [{ rows: history }, notifications] = await Promise.all([
    pool.query<AlertStep>(
      `select id, kind, at, recorded_at as "recordedAt", by, detail, planned_at as "plannedAt", hidden
       from alert_step where alert_id = $1
       order by id`,
      [id],
    ),
    listNotifications(pool, { alert: id, limit: 1000 }),
  ]);
  const pauses = found.pauses.map(({ clearedAt, reopenedAt }) => ({
    clearedAt: new Date(clearedAt),
    reopenedAt: new Date(reopenedAt),
  }));
  return { ...found, pauses, history, notifications };
}

export function alertNotFound(id: number): VeilleurError {
  return new VeilleurError('alert_not_found', `there is no alert ${id}`, {
    remedy: 'veilleur alerts list, or GET /api/alerts, shows them with their numbers.',
  });
}

/** How many alerts are open now, acknowledged ones included. */
export async function openAlertCounts(pool: Pool): Promise<Readonly<Record<AlertSeverity, number>>> {
  const { rows } = await pool.query<{ severity: AlertSeverity; alerts: number }>(
    `select severity, count(*) as alerts from alert where cleared_at is null and withdrawn_at is null
     group by severity`,
  );
  const counts = { info: 0, warning: 0, critical: 0 };
  for (const { severity, alerts } of rows) counts[severity] = alerts;
  return counts;
}

/** A rule in force. */
export interface RuleRow {
  readonly name: string;
  /** As packages/rules parsed it. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly origin: RuleOrigin;
  readonly recordedAt: Date;
  readonly recordedBy: string;
  readonly openAlerts: number;
}

/** The rules in force, in the order of their names, with how many alerts each has open. */
export async function listRules(pool: Pool): Promise<RuleRow[]> {
  const { rows } = await pool.query<RuleRow>(
    `select r.name, r.definition, r.source, r.origin, r.recorded_at as "recordedAt", r.recorded_by as "recordedBy",
       coalesce(o.alerts, 0) as "openAlerts"
     from rule r left join (
       select rule, count(*) as alerts from alert where cleared_at is null and withdrawn_at is null group by rule
     ) o on o.rule = r.name
     where r.superseded_at is null and r.definition is not null order by r.name`,
  );
  return rows;
}

/** Who is not told of what, from when to when. */
export interface SilenceRow {
  readonly id: number;
  readonly kind: 'silence' | 'maintenance';
  readonly matching: Readonly<Record<string, unknown>>;
  readonly from: Date;
  readonly to: Date;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
}

/** Silences, the newest first; `endsAfter` leaves out those that are over. */
export async function listSilences(
  pool: Pool,
  { endsAfter }: { readonly endsAfter: Date | null },
): Promise<SilenceRow[]> {
  const { rows } = await pool.query<SilenceRow>(
    `select id, kind, matching, from_time as "from", to_time as "to", comment, created_by as "createdBy",
       created_at as "createdAt", ended_at as "endedAt", ended_by as "endedBy"
     from silence
     where $1::timestamptz is null or least(to_time, coalesce(ended_at, to_time)) > $1
     order by id desc`,
    [endsAfter],
  );
  return rows;
}

export const NOTIFICATION_STATES = ['waiting', 'sent', 'dead'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** What was told, or is to be told, to a channel. */
export interface NotificationRow {
  readonly id: number;
  /** By which the receiver tells repetitions. */
  readonly key: string;
  readonly channel: string;
  readonly alertIds: readonly number[];
  readonly step: string;
  readonly body: unknown;
  readonly state: NotificationState;
  readonly createdAt: Date;
  readonly notBefore: Date;
  readonly attempts: number;
  readonly sentAt: Date | null;
  readonly deadAt: Date | null;
  readonly error: string | null;
}

/** Notifications, the newest first, a page at a time. */
export async function listNotifications(
  pool: Pool,
  {
    state,
    alert,
    after,
    limit,
  }: {
    readonly state?: NotificationState | undefined;
    readonly alert?: number | undefined;
    /** The last one of the page before. */
    readonly after?: number | undefined;
    readonly limit: number;
  },
): Promise<NotificationRow[]> {
  const { rows } = await pool.query<NotificationRow>(
    `select * from (
       select id, key, channel, to_json(alert_ids) as "alertIds", step, body,
         case when sent_at is not null then 'sent' when dead_at is not null then 'dead' else 'waiting' end as state,
         created_at as "createdAt", not_before as "notBefore", attempts, sent_at as "sentAt",
         dead_at as "deadAt", error
       from notification
       where ($2::bigint is null or $2 = any(alert_ids)) and ($3::bigint is null or id < $3)
     ) n
     where $1::text is null or n.state = $1
     order by n.id desc limit $4`,
    [state ?? null, alert ?? null, after ?? null, limit],
  );
  return rows;
}
