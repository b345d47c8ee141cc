import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '@veilleur/api';
import { readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { DevEui } from '@veilleur/domain';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';
import { expect, it } from 'vitest';
import { startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
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

const METER = DevEui('70b3d5e75e000001');
const HOURS = 73;
/** 2026-02-01 00:00 in Paris. */
const START_MS = Date.UTC(2026, 0, 31, 23);

describeOnEachEngine('consumption, from the radio to the command line', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const profiles = await mkdtemp(join(tmpdir(), 'veilleur-profiles-'));
    endings.push(() => rm(profiles, { recursive: true }));
    const environment = { DATABASE_URL: database.url, PROFILES_FOLDER: profiles, LANG: 'C' };
    const veilleur = (...args: string[]) => veilleurSays(args, environment);
    const consumption = async (...args: string[]) => {
      const { status, stdout, stderr } = await runVeilleur(['consumption', ...args, '--json'], environment);
      // It ends with 1 while nothing is known of the span yet, and says so in its JSON too.
      if (status > 1 || stdout === '')
        throw new Error(`veilleur consumption ended with ${status}: ${stderr}`);
      return (JSON.parse(stdout) as { rows: { value: number | null; quality: string }[] }).rows;
    };
    const registry = createMetrics();
    const pool = connect(database.url, { maximum: 16 });
    endings.push(() => pool.end());
    const service = await startConsumption(
      readConsumptionConfig({ DATABASE_URL: database.url, CONSUMPTION_REST_MS: '0' }),
      { pool, registry, log: createLogger('silent') },
    );
    endings.push(() => service.stop());
    return { database, broker, profiles, environment, veilleur, consumption, service, registry, pool };
  }

  const uplinks = Array.from({ length: HOURS }, (_, hour) =>
    chirpStackV4Uplink({
      devEui: METER,
      fCnt: hour,
      hex: (hour * 10).toString(16).padStart(4, '0'),
      profile: 'acme/drip',
      at: new Date(START_MS + hour * 3_600_000),
    }),
  );

  it('is told by day, follows a corrected decoder, and remembers what was known before', async () => {
    const { database, broker, profiles, veilleur, consumption, registry, pool } = await place();
    await writeProfile(profiles, pulsesOf(10));
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    await publishAll(broker.url, uplinks);
    await bridge.settled(HOURS);
    await veilleur('site', 'add', 'school', '--name', 'Jean-Macé');
    await veilleur('point', 'add', 'W-1', '--quantity', 'water_volume', '--site', 'school');
    const shown = await veilleur('point', 'install', 'W-1', '--device', METER, '--reason', 'a new meter');
    expect(shown).toContain(METER);
    const february = ['--from', '2026-02-01', '--to', '2026-03-01'];
    const days = async (...args: string[]) => {
      const rows = await consumption(...args, ...february);
      return rows.map(({ value, quality }) => `${value} ${quality}`);
    };
    const settled = (value: string) =>
      until(
        async () => {
          const told = await days('--point', 'W-1');
          return told.length >= 3 && told[0] === value;
        },
        60_000,
        () => `${value} on the first day`,
      );
    await settled('2.4 measured');
    expect((await days('--point', 'W-1')).slice(0, 3)).toEqual(Array(3).fill('2.4 measured'));
    const knewThen = new Date().toISOString();

    await writeProfile(profiles, pulsesOf(1));
    await veilleur('redecode', '--profile', 'acme/drip', '--apply');
    await settled('0.24 measured');
    expect((await days('--point', 'W-1')).slice(0, 3)).toEqual(Array(3).fill('0.24 measured'));
    expect((await days('--point', 'W-1', '--as-of', knewThen)).slice(0, 3)).toEqual(
      Array(3).fill('2.4 measured'),
    );
    expect((await days('--site', 'school')).slice(0, 3)).toEqual(Array(3).fill('0.24 measured'));

    const csv = await veilleur(
      'consumption',
      '--point',
      'W-1',
      '--from',
      '2026-02-01',
      '--to',
      '2026-02-02',
      '--as',
      'csv',
    );
    expect(csv).toBe(
      'start,quantity,register,value,unit,quality,method,±\r\n2026-02-01,water_volume,0,0.24,m3,measured,index,0.001\r\n',
    );
    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' },
      { pool, registry: createMetrics(), log: createLogger('silent') },
    );
    endings.push(() => api.stop());
    const get = async (path: string) => (await fetch(`${api.url}${path}`)).json() as Promise<unknown>;
    expect(await get('/api/points/W-1/consumption?from=2026-02-01&to=2026-02-02')).toMatchObject({
      point: 'W-1',
      units: { water_volume: 'm3' },
      consumption: [{ value: 0.24, quality: 'measured', register: 0, start: '2026-01-31T23:00:00.000Z' }],
    });
    expect(
      await get(`/api/points/W-1/consumption?from=2026-02-01&to=2026-02-02&asOf=${knewThen}`),
    ).toMatchObject({ consumption: [{ value: 2.4 }] });
    expect(await get('/api/sites/school/consumption?from=2026-02-01&to=2026-02-02')).toMatchObject({
      consumption: [{ value: 0.24, points: 1, missing: 0 }],
    });
    expect(await get('/api/points?site=school')).toMatchObject({
      points: [{ code: 'W-1', devices: [METER] }],
    });
    expect(await get('/api/points/none')).toMatchObject({ code: 'point_not_found' });

    const metrics = await registry.metrics();
    expect(metrics).toMatch(/veilleur_consumption_dirty_points 0/);
    expect(metrics).toMatch(/veilleur_consumption_rows_total\{outcome="changed"\} [1-9]/);
  });

  it('comes of an operator’s table too: once, whoever imports it again, and revised by a later one', async () => {
    const { consumption, environment, profiles } = await place();
    const mapping = join(profiles, 'water.yaml');
    await writeFile(mapping, 'columns: { contract: Contrat, date: Date, index: Index }\n');
    const table = async (name: string, lines: readonly string[]) => {
      const file = join(profiles, name);
      await writeFile(file, ['Contrat;Date;Index', ...lines, ''].join('\n'));
      return file;
    };
    const first = await table('first.csv', [
      'C-7;01/03/2026;100,0',
      'C-7;02/03/2026;101,5',
      'C-7;never;102',
      'C-7;03/03/2026;102,5',
    ]);
    // A bad line makes the status 1; what it says is the same JSON.
    const read = async (file: string, ...more: string[]) => {
      const args = ['import', file, '--mapping', mapping, '--json', ...more];
      const { stdout } = await runVeilleur(args, environment);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    expect(await read(first, '--dry-run')).toMatchObject({ readings: 3 });
    expect(await read(first)).toMatchObject({ readings: 0, changed: 0 });
    expect(await read(first, '--add-points')).toMatchObject({
      readings: 3,
      changed: 3,
      problems: 1,
      added: ['C-7'],
    });
    expect(await read(first, '--add-points')).toMatchObject({ alreadyImportedAt: expect.any(String) });
    const march = ['--from', '2026-03-01', '--to', '2026-03-03'];
    const value = async () => (await consumption('--point', 'C-7', ...march)).map((row) => row.value);
    const becomes = (expected: readonly number[]) =>
      until(
        async () => JSON.stringify(await value()) === JSON.stringify(expected),
        60_000,
        () => JSON.stringify(expected),
      );
    await becomes([1.5, 1]);
    const second = await table('second.csv', ['C-7;02/03/2026;101,0']);
    expect(await read(second)).toMatchObject({ readings: 1, changed: 1 });
    await becomes([1, 1.5]);

    const two = await table('two.csv', ['D-1;01/03/2026;5,0', 'D-2;01/03/2026;800,0', 'D-1;02/03/2026;6,0']);
    const oneOfTwo = await runVeilleur(
      ['import', two, '--mapping', mapping, '--json', '--point', 'C-7', '--dry-run'],
      environment,
    );
    expect(JSON.parse(oneOfTwo.stdout)).toMatchObject({ readings: 3 });
    expect(await read(two, '--point', 'C-7'), 'the other contract is named, not mixed in').toMatchObject({
      readings: 2,
      shownProblems: [{ kind: 'point_unknown', pointId: 'D-2', line: 3 }],
    });
  });
});
