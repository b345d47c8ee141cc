import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { EPISODE, type EpisodeRow, episodeOf } from './episode.ts';
import { type FoundEpisode, moment } from './write-alerts.ts';

/** An alert that a watch goes on with. */
export interface HeldAlert {
  readonly id: number;
  readonly deviceId: number;
  readonly rule: string;
  readonly episode: FoundEpisode;
}

/** The alerts of devices that are open, or ended at a device's own moment or after; by device and time. */
export async function heldAlerts(
  client: Pool | PoolClient,
  devices: readonly { readonly deviceId: number; readonly since: number }[],
): Promise<HeldAlert[]> {
  const { rows } = await client.query<EpisodeRow & Omit<HeldAlert, 'episode'>>(
    `select a.id, a.device_id as "deviceId", a.rule, ${EPISODE}
     from unnest($1::int[], $2::timestamptz[]) d(device_id, since)
     join alert a on a.device_id = d.device_id and a.withdrawn_at is null
       and (a.cleared_at is null or a.cleared_at >= d.since)
     order by a.device_id, a.rule, a.opened_at`,
    [devices.map(({ deviceId }) => deviceId), devices.map(({ since }) => moment(since))],
  );
  return rows.map(({ id, deviceId, rule, ...row }) => ({ id, deviceId, rule, episode: episodeOf(row) }));
}
