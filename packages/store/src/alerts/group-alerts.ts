import type { PoolClient } from 'pg';
import type { FoundEpisode } from './write-alerts.ts';

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** An alert of a device, as a group looks at it; what was withdrawn is left out. Times are ms since 1970. */
export interface MemberAlert {
  readonly rule: string;
  readonly deviceId: number;
  readonly beganAt: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly pauses: readonly { readonly clearedAt: number; readonly reopenedAt: number }[];
}

/** An alert of a group or a gateway. */
export interface GroupAlert {
  readonly id: number;
  readonly rule: string;
  readonly subject: string;
  readonly episode: FoundEpisode;
}

interface Row {
  readonly id: number;
  readonly rule: string;
  readonly subject: string;
  readonly deviceId: number;
  readonly severity: FoundEpisode['severity'];
  readonly beganAt: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly pauses: readonly { readonly clearedAt: string; readonly reopenedAt: string }[];
  readonly worst: number | null;
  readonly worstAt: number | null;
}

const COLUMNS = `id, rule, subject, device_id as "deviceId", severity, ${MS('began_at')} as "beganAt",
  ${MS('opened_at')} as "openedAt", ${MS('cleared_at')} as "clearedAt", pauses, worst,
  ${MS('worst_at')} as "worstAt"`;

const pausesOf = ({ pauses }: Row) =>
  pauses.map(({ clearedAt, reopenedAt }) => ({
    clearedAt: Date.parse(clearedAt),
    reopenedAt: Date.parse(reopenedAt),
  }));

/** Alerts of devices, of these rules, that were open after a moment. */
export async function memberAlerts(
  client: PoolClient,
  rules: readonly string[],
  since: Date,
): Promise<MemberAlert[]> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from alert
     where rule = any($1::text[]) and device_id is not null and withdrawn_at is null
       and (cleared_at is null or (changed_at > $2 and cleared_at > $2))
     order by id`,
    [rules, since],
  );
  return rows.map((row) => {
    const { rule, deviceId, beganAt, openedAt, clearedAt } = row;
    return { rule, deviceId, beganAt, openedAt, clearedAt, pauses: pausesOf(row) };
  });
}

/** Alerts of groups, of these rules, that were open after a moment, in the order of time. */
export async function groupAlerts(
  client: PoolClient,
  rules: readonly string[],
  since: Date,
  /** Of one group alone. */
  subject: string | null = null,
): Promise<GroupAlert[]> {
  const { rows } = await client.query<Row>(
    `select ${COLUMNS} from alert
     where rule = any($1::text[]) and device_id is null and withdrawn_at is null
       and (cleared_at is null or (changed_at > $2 and cleared_at > $2))
       and ($3::text is null or subject = $3)
     order by opened_at`,
    [rules, since, subject],
  );
  return rows.map((row) => {
    const { id, rule, subject, severity, beganAt, openedAt, clearedAt, worst, worstAt } = row;
    return {
      id,
      rule,
      subject,
      episode: {
        from: beganAt,
        openedAt,
        clearedAt,
        severity,
        worst: worst === null || worstAt === null ? null : { value: worst, at: worstAt },
        pauses: pausesOf(row),
      },
    };
  });
}

/** A number that another state of the alerts does not have. */
export async function alertsRevision(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ revision: string }>(
    `select concat_ws('/', (select max(changed_at) from alert), (select max(id) from alert_step)) as revision`,
  );
  return rows[0]?.revision ?? '';
}

/** The ids of all devices. */
export async function everyDevice(client: PoolClient): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>('select id from device order by id');
  return rows.map(({ id }) => id);
}
