import { type DevEui, type Quantity, shownTags } from '@veilleur/domain';
import type { Pool } from './connect.ts';

export interface DeviceSummary {
  readonly devEui: DevEui;
  readonly name: string | null;
  readonly applicationName: string | null;
  readonly lnsProfileName: string | null;
  /** Without secrets. */
  readonly tags: Readonly<Record<string, string>>;
  readonly profile: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly meteringPoint: string | null;
  readonly firstSeenAt: Date;
  /** When the LNS received its newest frame; null where only other events came. */
  readonly lastFrameAt: Date | null;
  readonly lastFCnt: number | null;
  /** What became of the newest frame: decoded, failed, no_profile, encrypted, no_payload. */
  readonly lastDecoding: string | null;
}

const SUMMARY = `
select d.dev_eui as "devEui", d.name, d.application_name as "applicationName",
  d.lns_profile_name as "lnsProfileName", d.tags, d.profile, d.latitude, d.longitude, d.metering_point as "meteringPoint", d.first_seen_at as "firstSeenAt",
  f.received_at as "lastFrameAt", f.f_cnt as "lastFCnt", f.decoding as "lastDecoding"
from device d
left join lateral (
  select received_at, f_cnt, decoding from frame where device_id = d.id order by received_at desc limit 1
) f on true`;

/** Devices in the order of their DevEUI, a page at a time: `after` is the last DevEUI of the page before. */
export async function listDevices(
  pool: Pool,
  {
    after = '',
    limit = 100,
    profile,
  }: {
    after?: string | undefined;
    limit?: number;
    profile?: string | undefined;
  } = {},
): Promise<DeviceSummary[]> {
  const { rows } = await pool.query<DeviceSummary>(
    `${SUMMARY} where d.dev_eui > $1 and ($3::text is null or d.profile = $3) order by d.dev_eui limit $2`,
    [after, limit, profile ?? null],
  );
  return rows.map(shown);
}

export async function findDevice(pool: Pool, devEui: DevEui): Promise<DeviceSummary | null> {
  const { rows } = await pool.query<DeviceSummary>(`${SUMMARY} where d.dev_eui = $1`, [devEui]);
  return rows[0] === undefined ? null : shown(rows[0]);
}

function shown(device: DeviceSummary): DeviceSummary {
  return { ...device, tags: shownTags(device.tags) };
}

/** What is known of a device when it is provisioned, before its first frame. */
export interface DeviceRegistration {
  readonly devEui: DevEui;
  readonly name: string;
  readonly applicationName: string;
  readonly profile: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly position?: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly meteringPoint?: string | undefined;
}

/** Registers a device, or brings what is known of it up to date. Again is harmless. */
export async function registerDevice(pool: Pool, device: DeviceRegistration): Promise<void> {
  await pool.query(
    `insert into device as d (dev_eui, name, application_name, matched_profile, tags, latitude, longitude, metering_point)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (dev_eui) do update set name = excluded.name, application_name = excluded.application_name,
       matched_profile = excluded.matched_profile, tags = d.tags || excluded.tags,
       latitude = coalesce(excluded.latitude, d.latitude), longitude = coalesce(excluded.longitude, d.longitude),
       metering_point = coalesce(excluded.metering_point, d.metering_point)`,
    [
      device.devEui,
      device.name,
      device.applicationName,
      device.profile,
      device.tags,
      device.position?.latitude ?? null,
      device.position?.longitude ?? null,
      device.meteringPoint ?? null,
    ],
  );
}

/** Every device that a profile decodes. */
export async function devicesOfProfile(pool: Pool, profile: string): Promise<DevEui[]> {
  const { rows } = await pool.query<{ dev_eui: DevEui }>(
    'select dev_eui from device where profile = $1 order by 1',
    [profile],
  );
  return rows.map((row) => row.dev_eui);
}

/**
 * Makes a profile the one that decodes a device, whatever the LNS says of it. From here on bridges decode
 * with it; the frames before are the caller's to decode anew.
 *
 * @returns Whether the device is known.
 */
export async function assignProfile(pool: Pool, devEui: DevEui, profile: string): Promise<boolean> {
  const { rowCount } = await pool.query('update device set assigned_profile = $2 where dev_eui = $1', [
    devEui,
    profile,
  ]);
  return rowCount === 1;
}

export interface LatestMeasurement {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly unit: string;
  readonly time: Date;
  readonly value: number;
}

/** The newest value of each quantity and channel within the week before the device's newest one. */
export async function latestMeasurements(pool: Pool, devEui: DevEui): Promise<LatestMeasurement[]> {
  const { rows } = await pool.query<LatestMeasurement>(
    `with d as (select id from device where dev_eui = $1),
      newest as (select max(time) as time from measurement where device_id = (select id from d))
     select distinct on (q.name, m.channel) q.name as quantity, m.channel, q.unit, m.time, m.value
     from measurement m join quantity q on q.id = m.quantity_id
     where m.device_id = (select id from d) and m.time > (select time from newest) - interval '7 days'
     order by q.name, m.channel, m.time desc`,
    [devEui],
  );
  return rows;
}

/** How the frame counters of a device add up over all of its sessions. */
export interface FrameLedger {
  readonly frames: number;
  readonly firstFCnt: number | null;
  readonly lastFCnt: number | null;
  /** A session ends where the LNS names another one, or where the counter falls. */
  readonly sessions: number;
  /** Counters passed over inside sessions: frames that no gateway heard, or that were lost after the LNS. */
  readonly missing: number;
}

export async function frameLedger(pool: Pool, devEui: DevEui): Promise<FrameLedger> {
  const { rows } = await pool.query<FrameLedger>(
    `with f as (
       select f_cnt, received_at, session_key,
         lag(f_cnt) over w as previous, lag(session_key) over w as previous_session
       from frame where device_id = (select id from device where dev_eui = $1)
       window w as (order by received_at, f_cnt)
     ), step as (
       select *, previous is null or previous_session <> session_key or f_cnt < previous as opens_session from f
     )
     select count(*) as frames,
       (array_agg(f_cnt order by received_at, f_cnt))[1] as "firstFCnt",
       (array_agg(f_cnt order by received_at desc, f_cnt desc))[1] as "lastFCnt",
       count(*) filter (where opens_session) as sessions,
       coalesce(sum(greatest(f_cnt - previous - 1, 0)) filter (where not opens_session), 0)::bigint as missing
     from step`,
    [devEui],
  );
  return rows[0] ?? { frames: 0, firstFCnt: null, lastFCnt: null, sessions: 0, missing: 0 };
}

export interface MediumSample {
  readonly medium: string;
  readonly devEui: DevEui;
  readonly deviceName: string | null;
  readonly labelEn: string;
  readonly labelFr: string;
  readonly unit: string;
  readonly value: number;
}

/** For each kind of device that was heard in the last hour: the newest index of the device heard last. */
export async function latestOfEachMedium(pool: Pool): Promise<MediumSample[]> {
  const { rows } = await pool.query<MediumSample>(
    `with heard as (
       select distinct on (v.medium) v.medium, f.device_id
       from frame f join profile_version v on v.id = f.profile_version_id
       where f.received_at > now() - interval '1 hour' order by v.medium, f.received_at desc
     )
     select h.medium, d.dev_eui as "devEui", d.name as "deviceName", q.label_en as "labelEn",
       q.label_fr as "labelFr", q.unit, m.value
     from heard h join device d on d.id = h.device_id
     cross join lateral (
       select * from measurement m
       where m.device_id = h.device_id and m.time > now() - interval '1 day'
         and m.quantity_id in (select id from quantity where kind = 'index')
       order by m.time desc, m.quantity_id limit 1
     ) m
     join quantity q on q.id = m.quantity_id
     order by h.medium`,
  );
  return rows;
}

/** What a person asks of a device that was just wired. */
export interface FirstFrameFacts {
  readonly joinedAt: Date | null;
  /** The newest frame. */
  readonly frame: {
    readonly receivedAt: Date;
    readonly fCnt: number;
    readonly dataRate: number | null;
    readonly decoding: string;
    readonly decodingReason: string | null;
    readonly receptions: readonly {
      readonly gatewayId: string;
      readonly snr?: number;
      readonly rssi?: number;
    }[];
  } | null;
}

export async function firstFrameFacts(pool: Pool, devEui: DevEui): Promise<FirstFrameFacts> {
  const { rows } = await pool.query<FirstFrameFacts['frame'] & { joinedAt: Date | null }>(
    `select f.*, (select max(occurred_at) from device_event e where e.device_id = d.id and e.kind = 'join') as "joinedAt"
     from device d left join lateral (
       select received_at as "receivedAt", f_cnt as "fCnt", data_rate as "dataRate", decoding,
         decoding_reason as "decodingReason", receptions
       from frame where device_id = d.id order by received_at desc limit 1
     ) f on true
     where d.dev_eui = $1`,
    [devEui],
  );
  const [row] = rows;
  if (row === undefined) return { joinedAt: null, frame: null };
  const { joinedAt, ...frame } = row;
  return { joinedAt, frame: frame.receivedAt === null ? null : frame };
}
