import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevEui } from '@veilleur/domain';
import { measurements } from '@veilleur/store';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { writeProfile } from '../support/profiles.ts';
import { veilleurSays } from '../support/run-veilleur.ts';

/** Two bytes count pulses. The first decoder took a pulse for 10 L; it is 1 L. */
const pulsesOf = (litres: number) => `function decodeUplink(input) {
  return { data: { litres: (input.bytes[0] * 256 + input.bytes[1]) * ${litres} } };
}`;

const DEVICES = 10;
const HOURS = 200;
const ALL = { from: new Date(0), to: new Date('2100-01-01') };

describeOnEachEngine('a decoder that was wrong', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const profiles = await mkdtemp(join(tmpdir(), 'veilleur-profiles-'));
    endings.push(() => rm(profiles, { recursive: true }));
    const environment = { DATABASE_URL: database.url, PROFILES_FOLDER: profiles };
    const veilleur = async (...args: string[]) =>
      JSON.parse(await veilleurSays([...args, '--json'], environment)) as Record<string, unknown>;
    return { database, broker, profiles, veilleur };
  }

  const devEuiOf = (i: number) => DevEui(`70b3d5e75e00${i.toString(16).padStart(4, '0')}`);
  const uplinks = (profile: string) =>
    Array.from({ length: DEVICES * HOURS }, (_, i) => {
      const hour = Math.floor(i / DEVICES);
      return chirpStackV4Uplink({
        devEui: devEuiOf(i % DEVICES),
        fCnt: hour,
        hex: hour.toString(16).padStart(4, '0'),
        profile,
      });
    });

  it('is corrected: the difference is shown first, then history is restated', async () => {
    const { database, broker, profiles, veilleur } = await place();
    await writeProfile(profiles, pulsesOf(10));
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    await publishAll(broker.url, uplinks('acme/drip'));
    await bridge.settled(DEVICES * HOURS);
    const history = async () =>
      (await measurements(database.pool, { devEui: devEuiOf(3), quantity: 'water_volume', ...ALL })).map(
        ({ value }) => value,
      );
    expect(await history()).toEqual(Array.from({ length: HOURS }, (_, hour) => (hour * 10) / 1000));

    await writeProfile(profiles, pulsesOf(1));
    const expected = {
      devices: DEVICES,
      frames: DEVICES * HOURS,
      changed: DEVICES * (HOURS - 1),
      unchanged: DEVICES,
      added: 0,
      removed: 0,
      undecodedAfter: 0,
    };
    const preview = await veilleur('redecode', '--profile', 'acme/drip');
    expect(preview).toMatchObject({ ...expected, applied: false });
    expect(preview.biggest).toHaveLength(10);
    expect((await history())[HOURS - 1], 'looking changes nothing').toBe(((HOURS - 1) * 10) / 1000);

    expect(await veilleur('redecode', '--profile', 'acme/drip', '--apply')).toMatchObject({
      ...expected,
      applied: true,
    });
    expect(await history()).toEqual(Array.from({ length: HOURS }, (_, hour) => hour / 1000));
    const { rows } = await database.pool.query(
      'select count(*) as devices, sum(changed)::int as changed, count(distinct profile_version_id) as versions from restatement',
    );
    expect(rows).toEqual([{ devices: DEVICES, changed: DEVICES * (HOURS - 1), versions: 1 }]);

    expect(await veilleur('redecode', '--profile', 'acme/drip', '--apply'), 'a second time').toMatchObject({
      changed: 0,
      unchanged: DEVICES * HOURS,
    });
  });

  it('was missing: frames are decoded the moment a profile is assigned, and those to come at once', async () => {
    const { database, broker, profiles, veilleur } = await place();
    await writeProfile(profiles, pulsesOf(1));
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    const all = uplinks('a name that no profile has');
    await publishAll(broker.url, all.slice(0, all.length / 2));
    await bridge.settled(all.length / 2);
    const values = () =>
      measurements(database.pool, { devEui: devEuiOf(3), quantity: 'water_volume', ...ALL });
    expect(await values()).toEqual([]);

    expect(await veilleur('device', 'assign', devEuiOf(3), 'acme/drip')).toMatchObject({
      undecodedBefore: HOURS / 2,
      undecodedAfter: 0,
      added: HOURS / 2,
    });
    expect(await values()).toHaveLength(HOURS / 2);

    // The bridge has not been told: it finds out with the next frame, in the same transaction.
    await publishAll(broker.url, all.slice(all.length / 2));
    await bridge.settled(all.length);
    expect((await values()).map(({ value }) => value)).toEqual(
      Array.from({ length: HOURS }, (_, hour) => hour / 1000),
    );
    expect(await measurements(database.pool, { devEui: devEuiOf(4), ...ALL })).toEqual([]);
  });
});
