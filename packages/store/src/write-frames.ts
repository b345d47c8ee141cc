import type { DevEui } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { type DeviceEventEntry, type FrameEntry, reasonOf } from './batch.ts';
import { deviceEventFingerprint, frameFingerprint } from './fingerprint.ts';

/**
 * The same frame through two LNS replicas, or heard again a minute later, carries another time: within
 * this span, the same fCnt with the same fingerprint is the same frame. Beyond it a counter has
 * restarted. Seen in the field: 10 ms and 48 s.
 */
const SAME_FRAME_WITHIN_MS = 15 * 60_000;
/** Where the event has no time of its own, its reader's clock says when it was delivered, perhaps again. */
const SAME_UNTIMED_WITHIN_MS = 24 * 3_600_000;

/**
 * Inserts the frames that are new. Every device's row is locked before, so nobody else inserts one
 * of its frames between the look and the insert.
 *
 * @returns For each entry whether it was new.
 */
export async function writeFrames(
  client: PoolClient,
  entries: readonly FrameEntry[],
  ids: ReadonlyMap<DevEui, number>,
): Promise<boolean[]> {
  const isNew = entries.map(() => false);
  const candidates = withoutRepeats(
    entries,
    (entry) => `${entry.frame.device.devEui}/${entry.frame.fCnt}/${frameFingerprint(entry.frame)}`,
    (entry) => entry.received.at.getTime(),
    sameFrameWithinMs,
  );
  if (candidates.length === 0) return isNew;

  const of = <T>(read: (entry: FrameEntry) => T) => candidates.map(([entry]) => read(entry));
  const { rows } = await client.query<{ position: number }>(INSERT_FRAMES, [
    candidates.map(([, position]) => position),
    of((entry) => ids.get(entry.frame.device.devEui)),
    of((entry) => entry.received.at.toISOString()),
    of((entry) => entry.frame.fCnt),
    of((entry) => frameFingerprint(entry.frame).toString()),
    of((entry) => entry.frame.sessionKey),
    of((entry) => entry.frame.fPort),
    of((entry) => Buffer.from(entry.frame.payload)),
    of((entry) => entry.frame.encrypted),
    of((entry) => entry.frame.confirmed),
    of((entry) => entry.frame.dataRate ?? null),
    of((entry) => entry.frame.frequencyHz ?? null),
    of((entry) => JSON.stringify(entry.frame.receptions)),
    of((entry) => entry.frame.lns),
    of((entry) => entry.decoding.state),
    of(({ decoding }) => reasonOf(decoding)),
    of(({ decoding }) => ('profileVersionId' in decoding ? decoding.profileVersionId : null)),
    of((entry) => sameFrameWithinMs(entry) / 1000),
  ]);
  for (const row of rows) isNew[row.position] = true;
  return isNew;
}

function sameFrameWithinMs(entry: FrameEntry): number {
  return entry.received.source === 'lns' ? SAME_FRAME_WITHIN_MS : SAME_UNTIMED_WITHIN_MS;
}

// `returning` tells only columns of the inserted row; the position travels beside it through the unique key.
const INSERT_FRAMES = `
with given as materialized (
  select * from unnest($1::int[], $2::int[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::text[],
    $7::smallint[], $8::bytea[], $9::boolean[], $10::boolean[], $11::smallint[], $12::bigint[], $13::jsonb[],
    $14::text[], $15::text[], $16::text[], $17::int[], $18::float8[])
  as g(position, device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted, confirmed,
    data_rate, frequency_hz, receptions, lns, decoding, decoding_reason, profile_version_id, same_within_s)
), inserted as (
  insert into frame (device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted, confirmed,
    data_rate, frequency_hz, receptions, lns, decoding, decoding_reason, profile_version_id)
  select device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted, confirmed,
    data_rate, frequency_hz, receptions, lns, decoding, decoding_reason, profile_version_id
  from given g
  where not exists (
    select from frame f
    where f.device_id = g.device_id and f.f_cnt = g.f_cnt and f.fingerprint = g.fingerprint
      and f.received_at >= g.received_at - make_interval(secs => g.same_within_s)
      and f.received_at <= g.received_at + make_interval(secs => g.same_within_s))
  on conflict do nothing
  returning device_id, received_at, f_cnt, fingerprint
)
select position from given join inserted using (device_id, received_at, f_cnt, fingerprint)`;

/**
 * Inserts the device events that are new.
 *
 * @returns For each entry whether it was new.
 */
export async function writeDeviceEvents(
  client: PoolClient,
  entries: readonly DeviceEventEntry[],
  ids: ReadonlyMap<DevEui, number>,
): Promise<boolean[]> {
  const isNew = entries.map(() => false);
  const candidates = withoutRepeats(
    entries,
    ({ event }) => `${event.device.devEui}/${event.kind}/${deviceEventFingerprint(event)}`,
    (entry) => entry.occurred.at.getTime(),
    sameEventWithinMs,
  );
  if (candidates.length === 0) return isNew;
  const of = <T>(read: (entry: DeviceEventEntry) => T) => candidates.map(([entry]) => read(entry));
  const { rows } = await client.query<{ position: number }>(INSERT_DEVICE_EVENTS, [
    candidates.map(([, position]) => position),
    of((entry) => ids.get(entry.event.device.devEui)),
    of((entry) => entry.occurred.at.toISOString()),
    of((entry) => entry.event.kind),
    of((entry) => deviceEventFingerprint(entry.event).toString()),
    of((entry) => JSON.stringify(entry.event.detail)),
    of((entry) => entry.event.lns),
    of((entry) => sameEventWithinMs(entry) / 1000),
  ]);
  for (const row of rows) isNew[row.position] = true;
  return isNew;
}

/** Two equal status events an hour apart are two events: only the same moment, or a redelivery, is one. */
function sameEventWithinMs(entry: DeviceEventEntry): number {
  return entry.occurred.source === 'reader' && entry.redelivered ? SAME_UNTIMED_WITHIN_MS : 0;
}

const INSERT_DEVICE_EVENTS = `
with given as materialized (
  select * from unnest($1::int[], $2::int[], $3::timestamptz[], $4::text[], $5::bigint[], $6::jsonb[], $7::text[],
    $8::float8[])
  as g(position, device_id, occurred_at, kind, fingerprint, detail, lns, same_within_s)
), inserted as (
  insert into device_event (device_id, occurred_at, kind, fingerprint, detail, lns)
  select device_id, occurred_at, kind, fingerprint, detail, lns
  from given g
  where not exists (
    select from device_event e
    where e.device_id = g.device_id and e.kind = g.kind and e.fingerprint = g.fingerprint
      and e.occurred_at >= g.occurred_at - make_interval(secs => g.same_within_s)
      and e.occurred_at <= g.occurred_at + make_interval(secs => g.same_within_s))
  on conflict do nothing
  returning device_id, occurred_at, kind, fingerprint
)
select position from given join inserted using (device_id, occurred_at, kind, fingerprint)`;

/**
 * The first of each run of entries that share a key and lie within `withinMs` of an entry kept before,
 * with its position. A statement does not see its own rows, so repeats inside a batch end here.
 */
function withoutRepeats<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
  atMs: (entry: T) => number,
  withinMs: (entry: T) => number,
): [T, number][] {
  const kept = new Map<string, number[]>();
  const result: [T, number][] = [];
  for (const [position, entry] of entries.entries()) {
    const key = keyOf(entry);
    const moments = kept.get(key) ?? [];
    if (moments.some((moment) => Math.abs(moment - atMs(entry)) <= withinMs(entry))) continue;
    moments.push(atMs(entry));
    kept.set(key, moments);
    result.push([entry, position]);
  }
  return result;
}
