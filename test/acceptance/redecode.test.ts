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
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

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
    return { database, broker, profiles, environment, veilleur };
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

  it('hangs on some frames: what they and others told stands, and the command says that it is not done', async () => {
    const { database, broker, profiles, environment } = await place();
    const STATUS = 6; // One more than put a codec on hold in a bridge.
    const devices = [devEuiOf(0), devEuiOf(1)];
    /** An unknown type does not move the index: the commonest hang there is. */
    const records = (known: number, litres: number) => `function decodeUplink({ bytes }) {
      for (let i = 0, data = {}; ; ) {
        if (i >= bytes.length) return { data };
        if (bytes[i] <= ${known}) { data.litres = bytes[i + 1] * ${litres}; i += 2; }
      }
    }`;
    const send = (first: number, hexes: readonly string[]) =>
      publishAll(
        broker.url,
        hexes.flatMap((hex, i) =>
          devices.map((devEui) => chirpStackV4Uplink({ devEui, fCnt: first + i, hex, profile: 'acme/drip' })),
        ),
      );
    const redecode = async () => {
      const { status, stdout } = await runVeilleur(
        ['redecode', '--profile', 'acme/drip', '--apply', '--json'],
        environment,
      );
      return { status, ...JSON.parse(stdout) };
    };
    const history = async (devEui: DevEui) =>
      (await measurements(database.pool, { devEui, quantity: 'water_volume', ...ALL })).map(
        ({ value }) => value,
      );

    await writeProfile(profiles, records(2, 10));
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    await send(0, ['0101', '0202', '0103']);
    await bridge.settled(6);
    await send(
      3,
      Array.from({ length: STATUS }, () => '0900'),
    );
    await bridge.settled(6 + devices.length * STATUS);

    const untold = devices.length * STATUS;
    expect(await redecode(), 'the decoder as it was').toMatchObject({
      status: 1,
      unjudged: untold,
      undecodedAfter: untold,
      unchanged: 6,
      changed: 0,
      removed: 0,
    });

    await writeProfile(profiles, records(1, 1));
    expect(await redecode(), 'a new one, which hangs on type 2 as well').toMatchObject({
      status: 1,
      unjudged: untold + devices.length,
      undecodedAfter: untold,
      unchanged: 2,
      changed: 4,
      removed: 0,
    });
    for (const devEui of devices) expect(await history(devEui)).toEqual([0.001, 0.02, 0.003]);
    const { rows } = await database.pool.query(
      `select distinct encode(payload, 'hex') as hex, decoding from frame where payload <> '\\x0900' order by 1`,
    );
    expect(rows.map(({ hex, decoding }) => [hex, decoding])).toEqual([
      ['0101', 'decoded'],
      ['0103', 'decoded'],
      ['0202', 'decoded'],
    ]);

    await writeProfile(profiles, pulsesOf(1));
    expect(await redecode(), 'one that reads them all').toMatchObject({ status: 0, unjudged: 0 });
  });

  it('belongs to a profile that came later: what the one before decoded is left alone, unless it is assigned', async () => {
    const { database, broker, profiles, veilleur } = await place();
    await writeProfile(
      profiles,
      'function decodeUplink({ bytes }) { return bytes.length === 2 ? { data: { litres: bytes[1] } } : { errors: ["no drip"] }; }',
    );
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    const devEui = devEuiOf(1);
    await publishAll(broker.url, [
      chirpStackV4Uplink({ devEui, fCnt: 0 }), // Of an Adeunis PULSE.
      chirpStackV4Uplink({ devEui, fCnt: 1, hex: '0007', profile: 'a name that no profile has' }),
      chirpStackV4Uplink({ devEui, fCnt: 2, hex: '0009', profile: 'acme/drip' }),
    ]);
    await bridge.settled(3);
    const count = async () => (await measurements(database.pool, { devEui, ...ALL })).length;
    const before = await count();
    expect(before, 'what the meter of before told, and one litre').toBeGreaterThan(2);

    expect(await veilleur('redecode', '--profile', 'acme/drip', '--apply')).toMatchObject({
      frames: 2,
      spared: 1,
      added: 1,
      unchanged: 1,
      removed: 0,
    });
    expect(await count()).toBe(before + 1);

    expect(await veilleur('device', 'assign', devEui, 'acme/drip')).toMatchObject({
      frames: 3,
      spared: 0,
      removed: before - 1,
      undecodedAfter: 1,
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
