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
 * Inserts the frames that are new, and adds to those that are known what their duplicates tell. Every device's row is locked before, so nobody else inserts one
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
  const fingerprints = entries.map((entry) => frameFingerprint(entry.frame).toString());
  const candidates = withoutRepeats(
    entries,
    (entry, position) => `${entry.frame.device.devEui}/${entry.frame.fCnt}/${fingerprints[position]}`,
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
    candidates.map(([, position]) => fingerprints[position]),
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
    ...spanOf(entries),
  ]);
  for (const row of rows) isNew[row.position] = true;
  await mergeReceptions(
    client,
    entries.flatMap((entry, i) =>
      !isNew[i] && entry.frame.receptions.length > 0 ? [{ ...entry, fingerprint: fingerprints[i] }] : [],
    ),
    ids,
  );
  return isNew;
}

/** From when to when the same frames can lie: known before planning, so that only these chunks are looked at. */
function spanOf(entries: readonly FrameEntry[]): [from: string, to: string] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const atMs = entry.received.at.getTime();
    from = Math.min(from, atMs - sameFrameWithinMs(entry));
    to = Math.max(to, atMs + sameFrameWithinMs(entry));
  }
  return [new Date(from).toISOString(), new Date(to).toISOString()];
}

/**
 * What a duplicate adds: gateways that the frame's first copy did not name, as another LNS replica heard
 * it through others. A redelivery names the same ones and changes nothing.
 */
async function mergeReceptions(
  client: PoolClient,
  duplicates: readonly (FrameEntry & { readonly fingerprint: string | undefined })[],
  ids: ReadonlyMap<DevEui, number>,
): Promise<void> {
  if (duplicates.length === 0) return;
  await client.query(MERGE_RECEPTIONS, [
    duplicates.map((entry) => ids.get(entry.frame.device.devEui)),
    duplicates.map((entry) => entry.received.at.toISOString()),
    duplicates.map((entry) => entry.frame.fCnt),
    duplicates.map(({ fingerprint }) => fingerprint),
    duplicates.map((entry) => JSON.stringify(entry.frame.receptions)),
    duplicates.map((entry) => sameFrameWithinMs(entry) / 1000),
    ...spanOf(duplicates),
  ]);
}

const MERGE_RECEPTIONS = `
with given as materialized (
  select * from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::jsonb[], $6::float8[])
    as g(device_id, received_at, f_cnt, fingerprint, receptions, same_within_s)
), heard as (
  select distinct on (f.device_id, f.received_at, f.f_cnt, f.fingerprint, reception -> 'gatewayId')
    f.device_id, f.received_at, f.f_cnt, f.fingerprint, reception
  from given g
  join frame f on f.device_id = g.device_id and f.f_cnt = g.f_cnt and f.fingerprint = g.fingerprint
    and f.received_at >= g.received_at - make_interval(secs => g.same_within_s)
    and f.received_at <= g.received_at + make_interval(secs => g.same_within_s)
    and f.received_at between $7::timestamptz and $8::timestamptz
  cross join jsonb_array_elements(g.receptions) reception
  where not f.receptions @> jsonb_build_array(jsonb_build_object('gatewayId', reception -> 'gatewayId'))
), more as (
  select device_id, received_at, f_cnt, fingerprint, jsonb_agg(reception) as receptions
  from heard group by device_id, received_at, f_cnt, fingerprint
)
update frame f set receptions = f.receptions || more.receptions
from more
where f.device_id = more.device_id and f.received_at = more.received_at and f.f_cnt = more.f_cnt
  and f.fingerprint = more.fingerprint and f.received_at between $7::timestamptz and $8::timestamptz`;

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
      and f.received_at <= g.received_at + make_interval(secs => g.same_within_s)
      and f.received_at between $19::timestamptz and $20::timestamptz)
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
  const fingerprints = entries.map(({ event }) => deviceEventFingerprint(event).toString());
  const candidates = withoutRepeats(
    entries,
    ({ event }, position) => `${event.device.devEui}/${event.kind}/${fingerprints[position]}`,
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
    candidates.map(([, position]) => fingerprints[position]),
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
  keyOf: (entry: T, position: number) => string,
  atMs: (entry: T) => number,
  withinMs: (entry: T) => number,
): [T, number][] {
  const kept = new Map<string, number[]>();
  const result: [T, number][] = [];
  for (const [position, entry] of entries.entries()) {
    const key = keyOf(entry, position);
    const moments = kept.get(key) ?? [];
    if (moments.some((moment) => Math.abs(moment - atMs(entry)) <= withinMs(entry))) continue;
    moments.push(atMs(entry));
    kept.set(key, moments);
    result.push([entry, position]);
  }
  return result;
}
