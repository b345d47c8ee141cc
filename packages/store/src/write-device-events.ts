import type { DevEui } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { DeviceEventEntry } from './batch.ts';
import { deviceEventFingerprint } from './fingerprint.ts';
import { SAME_UNTIMED_WITHIN_MS, withoutRepeats } from './without-repeats.ts';

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
