import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
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
  const { rows } = await client.query<HeldRow>(
    `select a.id, a.device_id as "deviceId", a.rule, a.severity, a.began_at as "from", a.opened_at as "openedAt",
       a.cleared_at as "clearedAt", a.pauses, a.worst, a.worst_at as "worstAt"
     from unnest($1::int[], $2::timestamptz[]) d(device_id, since)
     join alert a on a.device_id = d.device_id and a.withdrawn_at is null
       and (a.cleared_at is null or a.cleared_at >= d.since)
     order by a.device_id, a.rule, a.opened_at`,
    [devices.map(({ deviceId }) => deviceId), devices.map(({ since }) => moment(since))],
  );
  return rows.map(({ id, deviceId, rule, severity, from, openedAt, clearedAt, pauses, worst, worstAt }) => ({
    id,
    deviceId,
    rule,
    episode: {
      from: from.getTime(),
      openedAt: openedAt.getTime(),
      clearedAt: clearedAt?.getTime() ?? null,
      severity,
      worst: worst === null || worstAt === null ? null : { value: worst, at: worstAt.getTime() },
      pauses: pauses.map((pause) => ({
        clearedAt: Date.parse(pause.clearedAt),
        reopenedAt: Date.parse(pause.reopenedAt),
      })),
    },
  }));
}

interface HeldRow {
  readonly id: number;
  readonly deviceId: number;
  readonly rule: string;
  readonly severity: FoundEpisode['severity'];
  readonly from: Date;
  readonly openedAt: Date;
  readonly clearedAt: Date | null;
  readonly pauses: readonly { readonly clearedAt: string; readonly reopenedAt: string }[];
  readonly worst: number | null;
  readonly worstAt: Date | null;
}
