import { type DevEui, RECEPTIONS_MAX } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { type FrameEntry, reasonOf } from './batch.ts';
import { bigints, doubles, integers, moments, wholeNumbers } from './binary-arrays.ts';
import { BinaryRows } from './binary-rows.ts';
import { frameFingerprint } from './fingerprint.ts';
import { SAME_UNTIMED_WITHIN_MS, withoutRepeats } from './without-repeats.ts';

/**
 * The same frame through two LNS replicas, or heard again a minute later, carries another time: within
 * this span, the same fCnt with the same fingerprint is the same frame. Beyond it a counter has
 * restarted. Seen in the field: 10 ms and 48 s.
 */
const SAME_FRAME_WITHIN_MS = 15 * 60_000;
/**
 * Stores the frames that are new, and adds to those that are known what their duplicates tell. Every
 * device's row is locked before, so nobody else stores one of its frames between the look and the COPY.
 *
 * @returns For each entry whether it was new.
 */
export async function writeFrames(
  client: PoolClient,
  entries: readonly FrameEntry[],
  ids: ReadonlyMap<DevEui, number>,
): Promise<boolean[]> {
  if (entries.length === 0) return [];
  const located = entries.map((entry): LocatedFrame => {
    const deviceId = ids.get(entry.frame.device.devEui);
    if (deviceId === undefined) throw new Error(`device ${entry.frame.device.devEui} has no row`);
    return { ...entry, deviceId, fingerprint: frameFingerprint(entry.frame) };
  });
  const candidates = withoutRepeats(
    located,
    ({ deviceId, frame, fingerprint }) => `${deviceId}/${frame.fCnt}/${fingerprint}`,
    (entry) => entry.received.at.getTime(),
    sameFrameWithinMs,
  );
  const stored = await readStored(client, located);
  const isNew = entries.map(() => false);
  const rows: LocatedFrame[] = [];
  for (const [entry, position] of candidates) {
    if (stored.has(position)) continue;
    isNew[position] = true;
    rows.push(entry);
  }
  await copyFrames(client, rows);
  await mergeReceptions(
    client,
    located.filter(({ frame }, position) => !isNew[position] && frame.receptions.length > 0),
  );
  return isNew;
}

type LocatedFrame = FrameEntry & { readonly deviceId: number; readonly fingerprint: bigint };

/** Positions of the frames that are stored already, by whatever delivery. */
async function readStored(client: PoolClient, frames: readonly LocatedFrame[]): Promise<Set<number>> {
  const { rows } = await client.query<{ position: number }>(SELECT_STORED, keysOf(frames));
  return new Set(rows.map(({ position }) => position));
}

/** The parameters of `GIVEN_FRAMES`. */
function keysOf(frames: readonly LocatedFrame[]): unknown[] {
  return [
    integers(frames.map(({ deviceId }) => deviceId)),
    moments(frames.map(({ received }) => received.at)),
    wholeNumbers(frames.map(({ frame }) => frame.fCnt)),
    bigints(frames.map(({ fingerprint }) => fingerprint)),
    doubles(frames.map((frame) => sameFrameWithinMs(frame) / 1000)),
    ...spanOf(frames),
  ];
}

const FRAME_COLUMNS =
  '(device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted, confirmed, data_rate, frequency_hz, receptions, lns, decoding, decoding_reason, profile_version_id)';
const FRAME_COLUMN_COUNT = 16;
const BYTES_A_FRAME = 500;

async function copyFrames(client: PoolClient, frames: readonly LocatedFrame[]): Promise<void> {
  if (frames.length === 0) return;
  const binary = new BinaryRows(FRAME_COLUMN_COUNT, frames.length, BYTES_A_FRAME);
  for (const { deviceId, fingerprint, frame, received, decoding } of frames) {
    binary.row();
    binary.integer(deviceId);
    binary.timestamptz(received.at);
    binary.bigint(frame.fCnt);
    binary.bigint(fingerprint);
    binary.text(frame.sessionKey);
    binary.smallint(frame.fPort);
    binary.bytea(frame.payload);
    binary.boolean(frame.encrypted);
    binary.boolean(frame.confirmed);
    binary.smallint(frame.dataRate ?? null);
    binary.bigint(frame.frequencyHz ?? null);
    binary.jsonb(JSON.stringify(frame.receptions));
    binary.text(frame.lns);
    binary.text(decoding.state);
    binary.text(reasonOf(decoding));
    binary.integer('profileVersionId' in decoding ? decoding.profileVersionId : null);
  }
  await binary.copy(client, `frame ${FRAME_COLUMNS}`);
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
 * it through others. A redelivery names the same ones and changes nothing, and a frame that has
 * `RECEPTIONS_MAX` takes no more: each new one is held against all that are there.
 */
async function mergeReceptions(client: PoolClient, duplicates: readonly LocatedFrame[]): Promise<void> {
  if (duplicates.length === 0) return;
  await client.query(MERGE_RECEPTIONS, [
    ...keysOf(duplicates),
    duplicates.map((entry) => JSON.stringify(entry.frame.receptions)),
  ]);
}

/** The times that the same frames can have are given once more for all: known before planning, they leave chunks aside. */
const IS_SAME_FRAME = `f.device_id = g.device_id and f.f_cnt = g.f_cnt and f.fingerprint = g.fingerprint
    and f.received_at >= g.received_at - make_interval(secs => g.same_within_s)
    and f.received_at <= g.received_at + make_interval(secs => g.same_within_s)
    and f.received_at between $6::timestamptz and $7::timestamptz`;

const SELECT_STORED = `
with given as materialized (
  select * from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::float8[])
    with ordinality as g(device_id, received_at, f_cnt, fingerprint, same_within_s, ordinal)
)
select (ordinal - 1)::int as position from given g where exists (select from frame f where ${IS_SAME_FRAME})`;

const MERGE_RECEPTIONS = `
with given as materialized (
  select * from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::float8[], $8::jsonb[])
    as g(device_id, received_at, f_cnt, fingerprint, same_within_s, receptions)
), heard as (
  select distinct on (f.device_id, f.received_at, f.f_cnt, f.fingerprint, reception -> 'gatewayId')
    f.device_id, f.received_at, f.f_cnt, f.fingerprint, reception
  from given g
  join frame f on ${IS_SAME_FRAME}
  cross join jsonb_array_elements(g.receptions) reception
  where jsonb_array_length(f.receptions) < ${RECEPTIONS_MAX}
    and not f.receptions @> jsonb_build_array(jsonb_build_object('gatewayId', reception -> 'gatewayId'))
), more as (
  select device_id, received_at, f_cnt, fingerprint, jsonb_agg(reception) as receptions
  from heard group by device_id, received_at, f_cnt, fingerprint
)
update frame f set receptions = f.receptions || more.receptions
from more
where f.device_id = more.device_id and f.received_at = more.received_at and f.f_cnt = more.f_cnt
  and f.fingerprint = more.fingerprint and f.received_at between $6::timestamptz and $7::timestamptz`;

function sameFrameWithinMs(entry: FrameEntry): number {
  return entry.received.source === 'lns' ? SAME_FRAME_WITHIN_MS : SAME_UNTIMED_WITHIN_MS;
}
