import { type DevEui, type Measurement, QUALITIES, type Quantity } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { type Decoding, reasonOf } from './batch.ts';

/** A frame as it lies in the database. */
export interface StoredFrame {
  readonly devEui: DevEui;
  readonly receivedAt: Date;
  readonly fCnt: number;
  readonly fingerprint: string;
  readonly fPort: number | null;
  readonly payload: Uint8Array;
  readonly encrypted: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** The verdict that stands. */
  readonly decoding: Decoding['state'];
  /** The profile that it was decoded with, or should have been; null where none was found. */
  readonly profile: string | null;
}

/** A measurement as it lies in the database, and when the frame that told it was received. */
export interface StoredMeasurement extends Measurement {
  readonly reportedAt: Date;
}

/** What a re-decode takes: frames of one device received in [since, until). */
interface Span {
  readonly since: Date;
  readonly until: Date;
}

export async function readFrames(
  client: PoolClient,
  deviceId: number,
  { since, until }: Span,
): Promise<StoredFrame[]> {
  const { rows } = await client.query<StoredFrame>(
    `select d.dev_eui as "devEui", f.received_at as "receivedAt", f.f_cnt as "fCnt",
       f.fingerprint::text as fingerprint, f.f_port as "fPort", f.payload, f.encrypted, d.tags, f.decoding, v.profile
     from frame f join device d on d.id = f.device_id left join profile_version v on v.id = f.profile_version_id
     where f.device_id = $1 and f.received_at >= $2 and f.received_at < $3 order by f.stored_at, f.received_at`,
    [deviceId, since, until],
  );
  return rows;
}

export async function readMeasurements(
  client: PoolClient,
  deviceId: number,
  { since, until }: Span,
): Promise<StoredMeasurement[]> {
  const { rows } = await client.query<StoredMeasurement>(
    `select q.name as quantity, m.channel, m.time, m.value, m.reported_at as "reportedAt",
       ($4::text[])[m.quality + 1] as quality
     from measurement m join quantity q on q.id = m.quantity_id
     where m.device_id = $1 and m.reported_at >= $2 and m.reported_at < $3
       -- What a device event told (link margin, battery) is no frame's.
       and exists (select from frame f where f.device_id = m.device_id and f.received_at = m.reported_at)`,
    [deviceId, since, until, QUALITIES],
  );
  return rows;
}

export async function deleteMeasurements(
  client: PoolClient,
  deviceId: number,
  rows: readonly { readonly quantity: Quantity; readonly channel: number; readonly time: Date }[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `delete from measurement m
     using unnest($2::text[], $3::smallint[], $4::timestamptz[]) gone(quantity, channel, time), quantity q
     where m.device_id = $1 and q.name = gone.quantity and m.quantity_id = q.id and m.channel = gone.channel
       and m.time = gone.time`,
    [
      deviceId,
      rows.map(({ quantity }) => quantity),
      rows.map(({ channel }) => channel),
      rows.map(({ time }) => time.toISOString()),
    ],
  );
}

/** Writes the decoder's new verdicts on the frames. */
export async function writeVerdicts(
  client: PoolClient,
  deviceId: number,
  verdicts: readonly { readonly frame: StoredFrame; readonly decoding: Decoding }[],
): Promise<void> {
  if (verdicts.length === 0) return;
  await client.query(
    `update frame f set decoding = v.decoding, decoding_reason = v.decoding_reason,
       profile_version_id = v.profile_version_id
     from unnest($2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::int[])
       as v(received_at, f_cnt, fingerprint, decoding, decoding_reason, profile_version_id)
     where f.device_id = $1 and f.received_at = v.received_at and f.f_cnt = v.f_cnt
       and f.fingerprint = v.fingerprint
       and (f.decoding, f.decoding_reason, f.profile_version_id)
         is distinct from (v.decoding, v.decoding_reason, v.profile_version_id)`,
    [
      deviceId,
      verdicts.map(({ frame }) => frame.receivedAt.toISOString()),
      verdicts.map(({ frame }) => frame.fCnt),
      verdicts.map(({ frame }) => frame.fingerprint),
      verdicts.map(({ decoding }) => decoding.state),
      verdicts.map(({ decoding }) => reasonOf(decoding)),
      verdicts.map(({ decoding }) => ('profileVersionId' in decoding ? decoding.profileVersionId : null)),
    ],
  );
}
