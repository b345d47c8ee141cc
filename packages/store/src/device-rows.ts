import { type DevEui, type LnsDevice, VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { integers } from './binary-arrays.ts';

/** A device's row, locked by this transaction. */
export interface LockedDevice {
  readonly id: number;
  /** The profile that an operator wants for it. */
  readonly assignedProfile: string | null;
  /** How often its history was made anew. */
  readonly restatements: number;
}

export interface LockedDevices {
  readonly rows: ReadonlyMap<DevEui, LockedDevice>;
  /** To be called after the commit: a row that was rolled back has no id. */
  readonly remember: () => void;
}

interface KnownDevice {
  readonly id: number;
  /** What the LNS had told of it, in 53 bits. */
  readonly told: number;
}

/** The rows of devices, as far as this process knows them. */
export class DeviceRows {
  readonly #known = new Map<DevEui, KnownDevice>();

  /**
   * Makes sure that each device has a row that says what the LNS says, and locks it until the end of the
   * transaction. Locks are taken in the order of ids, then new rows are made in the order of DevEUIs, by
   * every writer: two bridges never wait for each other in a circle.
   */
  async lock(
    client: PoolClient,
    devices: Iterable<LnsDevice>,
    profileOf: ReadonlyMap<DevEui, string>,
  ): Promise<LockedDevices> {
    const told = new Map<DevEui, LnsDevice>();
    for (const device of devices) told.set(device.devEui, device);
    const unknown = [...told.keys()].filter((devEui) => !this.#known.has(devEui));
    if (unknown.length > 0) await this.#read(client, unknown);

    const ids: number[] = [];
    const toWrite: LnsDevice[] = [];
    for (const device of told.values()) {
      const known = this.#known.get(device.devEui);
      if (known !== undefined) ids.push(known.id);
      if (known?.told !== digestOf(device, profileOf.get(device.devEui))) toWrite.push(device);
    }
    const rows = new Map<DevEui, LockedDevice>();
    await this.#lockKnown(client, told.keys(), ids, rows);
    if (toWrite.length > 0) {
      toWrite.sort((a, b) => (a.devEui < b.devEui ? -1 : 1));
      const { rows: written } = await client.query<DeviceRow>(UPSERT, columnsOf(toWrite, profileOf));
      for (const row of written) rows.set(row.dev_eui, lockedDevice(row));
    }
    return {
      rows,
      remember: () => {
        for (const device of toWrite) {
          const id = rows.get(device.devEui)?.id;
          if (id === undefined) continue;
          this.#known.set(device.devEui, { id, told: digestOf(device, profileOf.get(device.devEui)) });
        }
      },
    };
  }

  /** Of a thousand devices one or two have something to say: only their rows come back. */
  async #lockKnown(
    client: PoolClient,
    devEuis: Iterable<DevEui>,
    ids: readonly number[],
    rows: Map<DevEui, LockedDevice>,
  ): Promise<void> {
    if (ids.length === 0) return;
    const { rows: answers } = await client.query<{ locked: number; notable: DeviceRow[] }>(LOCK, [
      integers(ids),
    ]);
    const [answer] = answers;
    if (answer?.locked !== ids.length) {
      this.#known.clear();
      throw new VeilleurError('device_gone', 'a device was deleted while its frames arrived', {
        retryable: true,
      });
    }
    for (const devEui of devEuis) {
      const known = this.#known.get(devEui);
      if (known !== undefined) rows.set(devEui, { id: known.id, assignedProfile: null, restatements: 0 });
    }
    for (const row of answer.notable) rows.set(row.dev_eui, lockedDevice(row));
  }

  /** After a start: what is in the database already is not written again. */
  async #read(client: PoolClient, devEuis: readonly DevEui[]): Promise<void> {
    const { rows } = await client.query<DeviceRow & ToldRow>(READ, [devEuis]);
    for (const row of rows) {
      const device: LnsDevice = {
        devEui: row.dev_eui,
        name: row.name ?? undefined,
        applicationId: row.application_id ?? undefined,
        applicationName: row.application_name ?? undefined,
        profileName: row.lns_profile_name ?? undefined,
        tags: row.tags,
      };
      this.#known.set(row.dev_eui, {
        id: row.id,
        told: digestOf(device, row.matched_profile ?? undefined),
      });
    }
  }
}

interface DeviceRow {
  readonly id: number;
  readonly dev_eui: DevEui;
  readonly assigned_profile: string | null;
  readonly restatements: number;
}

interface ToldRow {
  readonly name: string | null;
  readonly application_id: string | null;
  readonly application_name: string | null;
  readonly lns_profile_name: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly matched_profile: string | null;
}

function lockedDevice(row: DeviceRow): LockedDevice {
  return { id: row.id, assignedProfile: row.assigned_profile, restatements: row.restatements };
}

function columnsOf(devices: readonly LnsDevice[], profileOf: ReadonlyMap<DevEui, string>): unknown[] {
  return [
    devices.map((device) => device.devEui),
    devices.map((device) => device.name ?? null),
    devices.map((device) => device.applicationId ?? null),
    devices.map((device) => device.applicationName ?? null),
    devices.map((device) => device.profileName ?? null),
    devices.map((device) => JSON.stringify(device.tags)),
    devices.map((device) => profileOf.get(device.devEui) ?? null),
  ];
}

/**
 * What the LNS tells of a device, in 53 bits: a million devices are remembered, and a change that two
 * equal digests hide is written when the bridge starts again.
 */
function digestOf(device: LnsDevice, profile: string | undefined): number {
  let low = 0x811c_9dc5;
  let high = 0x1234_5677;
  const add = (text: string | undefined) => {
    for (let i = 0; i < (text?.length ?? 0); i += 1) {
      const code = text?.charCodeAt(i) ?? 0;
      low = Math.imul(low ^ code, 0x0100_0193);
      high = Math.imul(high ^ code, 0x0100_01b3);
    }
    low = Math.imul(low ^ (text === undefined ? 0xffff : 0x1_0000), 0x0100_0193);
    high = Math.imul(high + low, 0x0100_01b3);
  };
  add(device.name);
  add(device.applicationId);
  add(device.applicationName);
  add(device.profileName);
  for (const name of Object.keys(device.tags).toSorted()) {
    add(name);
    add(device.tags[name]);
  }
  add(profile);
  return ((high >>> 0) & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
}

const LOCK = `
with locked as (
  select id, dev_eui, assigned_profile, restatements from device where id = any($1::int[])
  order by id for no key update
)
select count(*) as locked,
  coalesce(json_agg(locked) filter (where assigned_profile is not null or restatements > 0), '[]') as notable
from locked`;

const READ = `
select id, dev_eui, assigned_profile, restatements, name, application_id, application_name, lns_profile_name, tags,
  matched_profile
from device where dev_eui = any($1::text[])`;

/** What an event leaves out (ChirpStack v3 names no application) never erases what another one told. */
const UPSERT = `
insert into device as d (dev_eui, name, application_id, application_name, lns_profile_name, tags, matched_profile)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[])
order by 1
on conflict (dev_eui) do update set
  name = coalesce(excluded.name, d.name),
  application_id = coalesce(excluded.application_id, d.application_id),
  application_name = coalesce(excluded.application_name, d.application_name),
  lns_profile_name = coalesce(excluded.lns_profile_name, d.lns_profile_name),
  tags = case when excluded.tags = '{}' then d.tags else excluded.tags end,
  matched_profile = coalesce(excluded.matched_profile, d.matched_profile)
returning id, dev_eui, assigned_profile, restatements`;
