import type { DevEui, Measurement, Quantity } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { type Decoding, reasonOf } from './batch.ts';
import type { Pool } from './connect.ts';
import { PartitionKeeper } from './partitions.ts';
import { readQuantityIds } from './quantity-ids.ts';
import { recordChange } from './tail/record-change.ts';
import { type MeasurementRow, writeMeasurements } from './write-measurements.ts';

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
}

export interface Redecoded {
  readonly decoding: Decoding;
  readonly measurements: readonly Measurement[];
}

export interface RedecodeOptions {
  readonly devEui: DevEui;
  /** Frames received in [since, until). */
  readonly since: Date;
  readonly until: Date;
  readonly profileVersionId: number;
  /** False: look only. Nothing is written, and the answer is the same. */
  readonly apply: boolean;
  readonly decode: (frames: readonly StoredFrame[]) => Promise<readonly Redecoded[]>;
}

export interface ChangedValue {
  readonly devEui: DevEui;
  readonly quantity: Quantity;
  readonly channel: number;
  readonly time: Date;
  readonly before: number;
  readonly after: number;
}

/** What a re-decode of one device changes, or would change. */
export interface DeviceRedecode {
  readonly frames: number;
  /** Frames that could not be decoded: before, and now. */
  readonly undecodedBefore: number;
  readonly undecodedAfter: number;
  readonly unchanged: number;
  readonly changed: readonly ChangedValue[];
  readonly added: number;
  readonly removed: number;
}

interface OldRow {
  readonly key: string;
  readonly quantity: Quantity;
  readonly channel: number;
  readonly time: Date;
  readonly value: number;
}

const keyOf = (m: { readonly quantity: string; readonly channel: number; readonly time: Date }) =>
  `${m.quantity} ${m.channel} ${m.time.getTime()}`;

/**
 * Decodes a span of one device's frames anew and replaces the measurements that these frames told, in
 * one transaction: nobody sees half of it. What frames outside of the span told stays, and wins where
 * both tell the same moment.
 */
export async function redecodeDevice(pool: Pool, options: RedecodeOptions): Promise<DeviceRedecode> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    // As the writer does: no frame of this device arrives while its history is replaced.
    const { rows } = await client.query<{ id: number }>(
      'select id from device where dev_eui = $1 for no key update',
      [options.devEui],
    );
    const deviceId = rows[0]?.id;
    const result = deviceId === undefined ? NOTHING : await redecodeLocked(pool, client, deviceId, options);
    await client.query(options.apply ? 'commit' : 'rollback');
    return result;
  } catch (thrown) {
    await client.query('rollback').catch(() => {});
    throw thrown;
  } finally {
    client.release();
  }
}

const NOTHING: DeviceRedecode = {
  frames: 0,
  undecodedBefore: 0,
  undecodedAfter: 0,
  unchanged: 0,
  changed: [],
  added: 0,
  removed: 0,
};

async function redecodeLocked(
  pool: Pool,
  client: PoolClient,
  deviceId: number,
  options: RedecodeOptions,
): Promise<DeviceRedecode> {
  const { devEui, since, until } = options;
  const frames = await readFrames(client, deviceId, options);
  const decoded = await options.decode(frames);

  const before = new Map<string, OldRow>();
  for (const row of await readMeasurements(client, deviceId, since, until)) before.set(row.key, row);

  // As the writer does, the first frame that tells a moment is the one that counts.
  const after = new Map<string, { readonly measurement: Measurement; readonly reportedAt: Date }>();
  for (const [i, { measurements }] of decoded.entries()) {
    const reportedAt = frames[i]?.receivedAt ?? since;
    for (const measurement of measurements) {
      const key = keyOf(measurement);
      if (!after.has(key)) after.set(key, { measurement, reportedAt });
    }
  }

  const changed: ChangedValue[] = [];
  const fresh: { readonly measurement: Measurement; readonly reportedAt: Date }[] = [];
  let unchanged = 0;
  for (const [key, entry] of after) {
    const old = before.get(key);
    const { quantity, channel, time, value } = entry.measurement;
    if (old === undefined) fresh.push(entry);
    else if (old.value === value) unchanged += 1;
    else changed.push({ devEui, quantity, channel, time, before: old.value, after: value });
  }
  const gone = [...before.values()].filter(({ key }) => !after.has(key));

  const changedKeys = new Set(changed.map(keyOf));
  const rewritten = [...after].flatMap(([key, entry]) => (changedKeys.has(key) ? [entry] : []));
  await new PartitionKeeper(pool).ensure(
    'measurement',
    fresh.map(({ measurement }) => measurement.time),
  );
  await deleteMeasurements(client, deviceId, [...gone, ...changed]);
  const quantityIds = await readQuantityIds(client);
  const toRow = (entry: (typeof fresh)[number]): MeasurementRow => {
    const quantityId = quantityIds.get(entry.measurement.quantity);
    if (quantityId === undefined)
      throw new Error(`the database lacks quantity ${entry.measurement.quantity}`);
    return { deviceId, quantityId, ...entry };
  };
  await writeMeasurements(client, rewritten.map(toRow));
  const added = await writeMeasurements(client, fresh.map(toRow));
  const undecodedBefore = await writeVerdicts(client, deviceId, frames, decoded);

  const touched = [...changed, ...gone, ...fresh.map(({ measurement }) => measurement)].map(({ time }) =>
    time.getTime(),
  );
  if (changed.length + added + gone.length > 0) {
    await client.query('update device set restatements = restatements + 1 where id = $1', [deviceId]);
    const fromTime = new Date(touched.reduce((a, b) => Math.min(a, b)));
    const toTime = new Date(touched.reduce((a, b) => Math.max(a, b)));
    const { rows } = await client.query<{ id: number }>(
      `insert into restatement (device_id, cause, profile_version_id, from_time, to_time, changed, added, removed)
       values ($1, 'redecode', $2, $3, $4, $5, $6, $7) returning id`,
      [deviceId, options.profileVersionId, fromTime, toTime, changed.length, added, gone.length],
    );
    const [restatement] = rows;
    if (restatement === undefined) throw new Error('an insert returned no row');
    const restatementId = restatement.id;
    await recordChange(client, { cause: 'restatement', restatementId, deviceId, fromTime, toTime });
  }
  return {
    frames: frames.length,
    undecodedBefore,
    undecodedAfter: decoded.filter(({ decoding }) => decoding.state !== 'decoded').length,
    unchanged,
    changed,
    added,
    removed: gone.length,
  };
}

async function readFrames(
  client: PoolClient,
  deviceId: number,
  options: RedecodeOptions,
): Promise<StoredFrame[]> {
  const { rows } = await client.query<StoredFrame>(
    `select d.dev_eui as "devEui", f.received_at as "receivedAt", f.f_cnt as "fCnt",
       f.fingerprint::text as fingerprint, f.f_port as "fPort", f.payload, f.encrypted, d.tags
     from frame f join device d on d.id = f.device_id
     where f.device_id = $1 and f.received_at >= $2 and f.received_at < $3 order by f.stored_at, f.received_at`,
    [deviceId, options.since, options.until],
  );
  return rows;
}

async function readMeasurements(
  client: PoolClient,
  deviceId: number,
  since: Date,
  until: Date,
): Promise<OldRow[]> {
  const { rows } = await client.query<Omit<OldRow, 'key'>>(
    `select q.name as quantity, m.channel, m.time, m.value
     from measurement m join quantity q on q.id = m.quantity_id
     where m.device_id = $1 and m.reported_at >= $2 and m.reported_at < $3
       -- What a device event told (link margin, battery) is no frame's.
       and exists (select from frame f where f.device_id = m.device_id and f.received_at = m.reported_at)`,
    [deviceId, since, until],
  );
  return rows.map((row) => ({ ...row, key: keyOf(row) }));
}

async function deleteMeasurements(
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

/** Writes the decoder's new verdicts on the frames; returns how many were not decoded before. */
async function writeVerdicts(
  client: PoolClient,
  deviceId: number,
  frames: readonly StoredFrame[],
  decoded: readonly Redecoded[],
): Promise<number> {
  if (frames.length === 0) return 0;
  const { rows } = await client.query<{ before: number }>(
    `with verdict as (
       select * from unnest($2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::int[])
         as v(received_at, f_cnt, fingerprint, decoding, decoding_reason, profile_version_id)
     ), before as (
       select count(*) filter (where f.decoding <> 'decoded') as before
       from frame f join verdict v using (received_at, f_cnt, fingerprint) where f.device_id = $1
     ), written as (
       update frame f set decoding = v.decoding, decoding_reason = v.decoding_reason,
         profile_version_id = v.profile_version_id
       from verdict v
       where f.device_id = $1 and f.received_at = v.received_at and f.f_cnt = v.f_cnt
         and f.fingerprint = v.fingerprint
         and (f.decoding, f.decoding_reason, f.profile_version_id)
           is distinct from (v.decoding, v.decoding_reason, v.profile_version_id)
     )
     select before from before`,
    [
      deviceId,
      frames.map(({ receivedAt }) => receivedAt.toISOString()),
      frames.map(({ fCnt }) => fCnt),
      frames.map(({ fingerprint }) => fingerprint),
      decoded.map(({ decoding }) => decoding.state),
      decoded.map(({ decoding }) => reasonOf(decoding)),
      decoded.map(({ decoding }) => ('profileVersionId' in decoding ? decoding.profileVersionId : null)),
    ],
  );
  return rows[0]?.before ?? 0;
}
