import type { DevEui, LnsDevice } from '@veilleur/domain';
import type { PoolClient } from 'pg';

/** The surrogate keys of devices, as far as this process knows them. */
export class DeviceRows {
  readonly #known = new Map<DevEui, { id: number; asTold: string }>();

  /**
   * Makes sure that each device has a row that says what the LNS says, and returns a function that
   * remembers them: to be called after the commit, for a row that was rolled back has no id.
   *
   * Rows are written in the order of their DevEUI, as every writer does, so that two bridges never
   * wait for each other in a circle.
   */
  async resolve(
    client: PoolClient,
    devices: Iterable<LnsDevice>,
    profileOf: ReadonlyMap<DevEui, string>,
  ): Promise<{ ids: ReadonlyMap<DevEui, number>; remember: () => void }> {
    const ids = new Map<DevEui, number>();
    const told = new Map<DevEui, LnsDevice>();
    for (const device of devices) told.set(device.devEui, device);

    const toWrite: LnsDevice[] = [];
    for (const device of told.values()) {
      const known = this.#known.get(device.devEui);
      if (known !== undefined) ids.set(device.devEui, known.id);
      if (known?.asTold !== asTold(device, profileOf)) toWrite.push(device);
    }
    if (toWrite.length > 0) {
      toWrite.sort((a, b) => (a.devEui < b.devEui ? -1 : 1));
      const { rows } = await client.query<{ id: number; dev_eui: DevEui }>(UPSERT, [
        toWrite.map((device) => device.devEui),
        toWrite.map((device) => device.name ?? null),
        toWrite.map((device) => device.applicationId ?? null),
        toWrite.map((device) => device.applicationName ?? null),
        toWrite.map((device) => device.profileName ?? null),
        toWrite.map((device) => JSON.stringify(device.tags)),
        toWrite.map((device) => profileOf.get(device.devEui) ?? null),
      ]);
      for (const row of rows) ids.set(row.dev_eui, row.id);
    }
    return {
      ids,
      remember: () => {
        for (const device of toWrite) {
          const id = ids.get(device.devEui);
          if (id !== undefined) this.#known.set(device.devEui, { id, asTold: asTold(device, profileOf) });
        }
      },
    };
  }
}

function asTold(device: LnsDevice, profileOf: ReadonlyMap<DevEui, string>): string {
  return JSON.stringify([
    device.name,
    device.applicationId,
    device.applicationName,
    device.profileName,
    device.tags,
    profileOf.get(device.devEui),
  ]);
}

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
returning id, dev_eui`;
