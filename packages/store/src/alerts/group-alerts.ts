import type { PoolClient } from 'pg';
import { EPISODE, type EpisodeRow, episodeOf } from './episode.ts';
import type { FoundEpisode } from './write-alerts.ts';

/** An alert of a device, as a group looks at it; what was withdrawn is left out. */
export interface MemberAlert {
  readonly rule: string;
  readonly deviceId: number;
  readonly episode: FoundEpisode;
}

/** An alert of a group or a gateway. */
export interface GroupAlert {
  readonly id: number;
  readonly rule: string;
  readonly subject: string;
  readonly episode: FoundEpisode;
}

/** Alerts of devices, of these rules, that were open after a moment. */
export async function memberAlerts(
  client: PoolClient,
  rules: readonly string[],
  since: Date,
): Promise<MemberAlert[]> {
  const { rows } = await client.query<EpisodeRow & Omit<MemberAlert, 'episode'>>(
    `select a.rule, a.device_id as "deviceId", ${EPISODE} from alert a
     where rule = any($1::text[]) and device_id is not null and withdrawn_at is null
       and (cleared_at is null or (changed_at > $2 and cleared_at > $2))
     order by id`,
    [rules, since],
  );
  return rows.map(({ rule, deviceId, ...row }) => ({ rule, deviceId, episode: episodeOf(row) }));
}

/** Alerts of groups, of these rules, that were open after a moment, in the order of time. */
export async function groupAlerts(
  client: PoolClient,
  rules: readonly string[],
  since: Date,
  /** Of one group alone. */
  subject: string | null = null,
): Promise<GroupAlert[]> {
  const { rows } = await client.query<EpisodeRow & Omit<GroupAlert, 'episode'>>(
    `select a.id, a.rule, a.subject, ${EPISODE} from alert a
     where rule = any($1::text[]) and device_id is null and withdrawn_at is null
       and (cleared_at is null or (changed_at > $2 and cleared_at > $2))
       and ($3::text is null or subject = $3)
     order by opened_at`,
    [rules, since, subject],
  );
  return rows.map(({ id, rule, subject, ...row }) => ({ id, rule, subject, episode: episodeOf(row) }));
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
