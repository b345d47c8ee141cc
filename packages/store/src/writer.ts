import type { DevEui, LnsDevice, Measurement } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type {
  BatchEntry,
  BatchOutcome,
  DeviceEventEntry,
  EntryOutcome,
  FrameEntry,
  QuarantineEntry,
} from './batch.ts';
import type { Pool } from './connect.ts';
import { DeviceRows, type LockedDevice } from './device-rows.ts';
import { KnownTimes } from './known-times.ts';
import { PartitionKeeper } from './partitions.ts';
import { readQuantityIds } from './quantity-ids.ts';
import { StaleProfileError } from './stale-profile-error.ts';
import { type Arrival, recordChange } from './tail/record-change.ts';
import { withTransaction } from './with-transaction.ts';
import { writeDeviceEvents } from './write-device-events.ts';
import { writeFrames } from './write-frames.ts';
import { type MeasurementRow, writeMeasurements } from './write-measurements.ts';
import { writeQuarantine } from './write-quarantine.ts';

/** Identity of a profile's version, as the writer records it. */
export interface ProfileIdentity {
  readonly id: string;
  readonly digest: string;
  readonly vendor: string;
  readonly name: string;
  readonly medium: string;
}

/**
 * Writes batches of what a bridge received, each in one transaction: when `write` returns, all of it is
 * committed; when it throws, none of it is. Writing the same batch again changes nothing.
 */
export class Writer {
  readonly #pool: Pool;
  readonly #devices = new DeviceRows();
  readonly #knownTimes = new KnownTimes();
  readonly #partitions: PartitionKeeper;
  #quantityIds: ReadonlyMap<string, number> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#partitions = new PartitionKeeper(pool);
  }

  /**
   * Records versions of profiles and returns their ids, by profile id.
   *
   * Two statements: one that another bridge records meanwhile makes the insert wait and then do nothing,
   * and only a statement that begins afterwards sees its row.
   */
  async registerProfiles(profiles: readonly ProfileIdentity[]): Promise<ReadonlyMap<string, number>> {
    const names = profiles.map((profile) => profile.id);
    const digests = profiles.map((profile) => profile.digest);
    await this.#pool.query(
      `insert into profile_version (profile, digest, vendor, name, medium)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         as given(profile, digest, vendor, name, medium)
       where not exists (select from profile_version v where v.profile = given.profile and v.digest = given.digest)
       on conflict do nothing`,
      [
        names,
        digests,
        profiles.map((profile) => profile.vendor),
        profiles.map((profile) => profile.name),
        profiles.map((profile) => profile.medium),
      ],
    );
    const { rows } = await this.#pool.query<{ id: number; profile: string }>(
      `select v.id, v.profile from profile_version v
       join unnest($1::text[], $2::text[]) as given(profile, digest) using (profile, digest)`,
      [names, digests],
    );
    const ids = new Map(rows.map((row) => [row.profile, row.id]));
    const lacking = names.filter((name) => !ids.has(name));
    if (lacking.length > 0)
      throw new Error(`the database lacks profiles just recorded: ${lacking.join(', ')}`);
    return ids;
  }

  /**
   * @param profileOf The profile that decodes a device, where one was found.
   * @throws StaleProfileError when an operator has assigned another profile meanwhile; what the database
   *   threw otherwise: `isTransient` tells whether trying again makes sense.
   */
  async write(
    entries: readonly BatchEntry[],
    profileOf: ReadonlyMap<DevEui, string> = new Map(),
  ): Promise<BatchOutcome> {
    await this.#ensurePartitions(entries);
    this.#quantityIds ??= await readQuantityIds(this.#pool);
    const { outcome, remember } = await withTransaction(this.#pool, (client) =>
      this.#writeAll(client, entries, profileOf),
    );
    remember();
    return outcome;
  }

  async #writeAll(
    client: PoolClient,
    entries: readonly BatchEntry[],
    profileOf: ReadonlyMap<DevEui, string>,
  ) {
    const frames = select(entries, (entry): entry is FrameEntry => entry.kind === 'frame');
    const events = select(entries, (entry): entry is DeviceEventEntry => entry.kind === 'device_event');
    const broken = select(entries, (entry): entry is QuarantineEntry => entry.kind === 'quarantine');

    const devices = await this.#devices.lock(client, devicesOf(frames, events), profileOf);
    requireWantedProfiles(frames.entries, devices.rows);
    const ids = new Map(Array.from(devices.rows, ([devEui, { id }]) => [devEui, id]));
    const newFrames = await writeFrames(client, frames.entries, ids);
    const newEvents = await writeDeviceEvents(client, events.entries, ids);
    const rows = [
      ...this.#rowsOf(frames.entries, newFrames, ids, ({ frame, received }) => [frame.device, received.at]),
      ...this.#rowsOf(events.entries, newEvents, ids, ({ event, occurred }) => [event.device, occurred.at]),
    ];
    const times = this.#knownTimes.sort(rows, restatementsOf(devices.rows));
    const newMeasurements = await writeMeasurements(client, times.fresh, times.doubtful, () =>
      this.#knownTimes.wasWrong(),
    );
    const newBroken = await writeQuarantine(client, broken.entries);
    await recordChange(client, {
      cause: 'arrival',
      arrivals: [
        ...frames.entries.flatMap(({ frame, received, measurements }, i) =>
          newFrames[i]
            ? arrivalOf(ids, frame.device, { reportedAt: received.at, fCnt: frame.fCnt, measurements })
            : [],
        ),
        ...events.entries.flatMap(({ event, occurred, measurements }, i) =>
          newEvents[i]
            ? arrivalOf(ids, event.device, { reportedAt: occurred.at, fCnt: null, measurements })
            : [],
        ),
      ],
    });

    const outcomes = entries.map((): EntryOutcome => 'duplicate');
    frames.positions.forEach((position, i) => {
      if (newFrames[i]) outcomes[position] = 'stored';
    });
    events.positions.forEach((position, i) => {
      if (newEvents[i]) outcomes[position] = 'stored';
    });
    broken.positions.forEach((position, i) => {
      if (newBroken[i]) outcomes[position] = 'quarantined';
    });
    return {
      outcome: { outcomes, newMeasurements },
      remember: () => {
        devices.remember();
        times.remember();
      },
    };
  }

  #rowsOf<T extends { readonly measurements: readonly Measurement[] }>(
    entries: readonly T[],
    isNew: readonly boolean[],
    ids: ReadonlyMap<DevEui, number>,
    originOf: (entry: T) => readonly [LnsDevice, Date],
  ): MeasurementRow[] {
    return entries.flatMap((entry, i) => {
      const [device, reportedAt] = originOf(entry);
      const deviceId = ids.get(device.devEui);
      if (!isNew[i] || deviceId === undefined) return [];
      return entry.measurements.map((measurement) => {
        const quantityId = this.#quantityIds?.get(measurement.quantity);
        if (quantityId === undefined) throw new Error(`the database lacks quantity ${measurement.quantity}`);
        return { deviceId, quantityId, measurement, reportedAt };
      });
    });
  }

  async #ensurePartitions(entries: readonly BatchEntry[]): Promise<void> {
    const frames: Date[] = [];
    const events: Date[] = [];
    const measurements: Date[] = [];
    for (const entry of entries) {
      if (entry.kind === 'quarantine') continue;
      if (entry.kind === 'frame') frames.push(entry.received.at);
      else events.push(entry.occurred.at);
      for (const measurement of entry.measurements) measurements.push(measurement.time);
    }
    await this.#partitions.ensure('frame', frames);
    await this.#partitions.ensure('device_event', events);
    await this.#partitions.ensure('measurement', measurements);
  }
}

/**
 * Makes sure that frames were decoded with the profiles that operators want. The devices' locks make that
 * exact: an assignment is either seen here, or waits for this commit and finds its frames.
 */
function requireWantedProfiles(
  frames: readonly FrameEntry[],
  devices: ReadonlyMap<DevEui, LockedDevice>,
): void {
  const stale = new Map<DevEui, string>();
  for (const { frame, profile } of frames) {
    const wanted = devices.get(frame.device.devEui)?.assignedProfile ?? null;
    if (wanted !== null && wanted !== profile) stale.set(frame.device.devEui, wanted);
  }
  if (stale.size > 0) throw new StaleProfileError(stale);
}

function arrivalOf(
  ids: ReadonlyMap<DevEui, number>,
  { devEui }: LnsDevice,
  arrival: Omit<Arrival, 'deviceId'>,
): Arrival[] {
  const deviceId = ids.get(devEui);
  return deviceId === undefined ? [] : [{ deviceId, ...arrival }];
}

function restatementsOf(devices: ReadonlyMap<DevEui, LockedDevice>): ReadonlyMap<number, number> {
  return new Map(Array.from(devices.values(), ({ id, restatements }) => [id, restatements]));
}

function select<T extends BatchEntry>(
  entries: readonly BatchEntry[],
  isOne: (entry: BatchEntry) => entry is T,
) {
  const chosen: T[] = [];
  const positions: number[] = [];
  for (const [position, entry] of entries.entries()) {
    if (!isOne(entry)) continue;
    chosen.push(entry);
    positions.push(position);
  }
  return { entries: chosen, positions };
}

function* devicesOf(
  frames: { readonly entries: readonly FrameEntry[] },
  events: { readonly entries: readonly DeviceEventEntry[] },
): Generator<LnsDevice> {
  for (const entry of events.entries) yield entry.event.device;
  for (const entry of frames.entries) yield entry.frame.device;
}
