import type { DevEui, Measurement, Quantity } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Decoding } from './batch.ts';
import type { Pool } from './connect.ts';
import { PartitionKeeper } from './partitions.ts';
import { readQuantityIds } from './quantity-ids.ts';
import {
  deleteMeasurements,
  readFrames,
  readMeasurements,
  type StoredFrame,
  type StoredMeasurement,
  writeVerdicts,
} from './redecode-rows.ts';
import { recordChange } from './tail/record-change.ts';
import { type MeasurementRow, writeMeasurements } from './write-measurements.ts';

export interface Redecoded {
  readonly decoding: Decoding;
  readonly measurements: readonly Measurement[];
  /** False: the decoder was stopped or not run, which says nothing of the frame. */
  readonly isJudged: boolean;
}

export interface RedecodeOptions {
  readonly devEui: DevEui;
  /** Frames received in [since, until). */
  readonly since: Date;
  readonly until: Date;
  readonly profileVersionId: number;
  /** Spares frames that another profile than this one has decoded; null takes all. */
  readonly onlyOf: string | null;
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
  /** Frames of the span that another profile had decoded: left alone. */
  readonly spared: number;
  /** Frames that could not be decoded: before, and now. */
  readonly undecodedBefore: number;
  readonly undecodedAfter: number;
  /** Frames that the decoder did not judge: what they told before stands. */
  readonly unjudged: number;
  readonly unchanged: number;
  readonly changed: readonly ChangedValue[];
  readonly added: number;
  readonly removed: number;
}

const keyOf = (m: { readonly quantity: string; readonly channel: number; readonly time: Date }) =>
  `${m.quantity} ${m.channel} ${m.time.getTime()}`;

/**
 * Decodes a span of one device's frames anew and replaces the measurements that these frames told, in
 * one transaction: nobody sees half of it. What spared frames and those outside of the span told stays,
 * and wins where both tell the same moment; so does what a frame told that was decoded once and is not
 * judged now.
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
  spared: 0,
  undecodedBefore: 0,
  undecodedAfter: 0,
  unjudged: 0,
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
  const { devEui, onlyOf } = options;
  const isSpared = ({ decoding, profile }: StoredFrame) =>
    onlyOf !== null && decoding === 'decoded' && profile !== onlyOf;
  const { frames = [], spared = [] } = Object.groupBy(await readFrames(client, deviceId, options), (frame) =>
    isSpared(frame) ? 'spared' : 'frames',
  );
  const sparedAt = new Set(spared.map(({ receivedAt }) => receivedAt.getTime()));
  const results = await options.decode(frames);
  const decoded = frames.map((frame, i) => {
    const result = results[i];
    if (result === undefined) throw new Error('a frame was left without a result');
    return { frame, ...result, isKept: !result.isJudged && frame.decoding === 'decoded' };
  });

  const before = new Map<string, StoredMeasurement>();
  for (const row of await readMeasurements(client, deviceId, options)) {
    if (!sparedAt.has(row.reportedAt.getTime())) before.set(keyOf(row), row);
  }
  const toldAt = Map.groupBy(before.values(), ({ reportedAt }) => reportedAt.getTime());

  // As the writer does, the first frame that tells a moment is the one that counts.
  const after = new Map<string, { readonly measurement: Measurement; readonly reportedAt: Date }>();
  for (const { frame, isKept, measurements } of decoded) {
    const reportedAt = frame.receivedAt;
    for (const measurement of isKept ? (toldAt.get(reportedAt.getTime()) ?? []) : measurements) {
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
  const gone = [...before].flatMap(([key, row]) => (after.has(key) ? [] : [row]));

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
  await writeVerdicts(
    client,
    deviceId,
    decoded.filter(({ isKept }) => !isKept),
  );

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
    spared: spared.length,
    undecodedBefore: frames.filter(({ decoding }) => decoding !== 'decoded').length,
    undecodedAfter: decoded.filter(({ isKept, decoding }) => !isKept && decoding.state !== 'decoded').length,
    unjudged: decoded.filter(({ isJudged }) => !isJudged).length,
    unchanged,
    changed,
    added,
    removed: gone.length,
  };
}
