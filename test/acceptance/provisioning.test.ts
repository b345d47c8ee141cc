import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FakeChirpStack } from '../../packages/provisioning/src/fake-chirpstack.ts';
import { ADMIN_KEY } from '../../packages/provisioning/src/fake-chirpstack-rules.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const DEVICES = 200;
const KEY = '8f2c1d7a9b3e4f506172839405a6';

const keyOf = (i: number) => KEY + i.toString(16).padStart(4, '0');
const lineOf = (i: number) =>
  `70b3d5e75e00${i.toString(16).padStart(4, '0')};${keyOf(i)};compteur-${i};axioma/qalcosonic-w1;eau;47.75;7.34;CONTRAT-${i}`;
const HEADER = 'dev_eui;app_key;nom;profil;application;latitude;longitude;metering_point';

describeOnEachEngine('an import of devices by CSV', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const chirpStack = await FakeChirpStack.start();
    endings.push(async () => chirpStack.stop());
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-import-'));
    endings.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'meters.csv');
    const veilleur = async (...args: string[]) => {
      const ended = await runVeilleur(args, {
        DATABASE_URL: database.url,
        CHIRPSTACK_URL: chirpStack.url,
        CHIRPSTACK_API_KEY: ADMIN_KEY,
      });
      expect(ended.stdout + ended.stderr, 'a key in what it says').not.toContain(KEY);
      return ended;
    };
    const devices = async () =>
      (
        await database.pool.query(
          'select count(*) as count, count(metering_point) as points, min(profile) as profile from device',
        )
      ).rows[0];
    return { chirpStack, file, veilleur, devices };
  }

  it('brings them into ChirpStack and here, once', async () => {
    const { file, veilleur, devices } = await place();
    await writeFile(
      file,
      `\ufeff${[HEADER, ...Array.from({ length: DEVICES }, (_, i) => lineOf(i + 1))].join('\n')}`,
    );

    const dry = JSON.parse((await veilleur('device', 'import', file, '--dry-run', '--json')).stdout);
    expect([dry.dryRun, dry.created.length]).toEqual([true, DEVICES]);
    expect(await devices()).toMatchObject({ count: 0 });

    const first = await veilleur('device', 'import', file, '--json');
    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout).created).toHaveLength(DEVICES);
    expect(await devices()).toEqual({ count: DEVICES, points: DEVICES, profile: 'axioma/qalcosonic-w1' });

    const second = JSON.parse((await veilleur('device', 'import', file, '--json')).stdout);
    expect([second.created.length, second.unchanged.length]).toEqual([0, DEVICES]);
  });

  it('does nothing at all when a line is wrong, and names it', async () => {
    const { file, veilleur, devices } = await place();
    const lines = Array.from({ length: DEVICES }, (_, i) => lineOf(i + 1));
    lines[41] = (lines[41] ?? '').replace('47.75', '477.5');
    lines[99] = (lines[99] ?? '').replace('axioma/qalcosonic-w1', 'axioma/unknown');
    await writeFile(file, [HEADER, ...lines].join('\n'));
    const { status, stdout } = await veilleur('device', 'import', file);
    expect(status).toBe(1);
    expect(stdout).toContain('line 43, latitude');
    expect(stdout).toContain('line 101, profil');
    expect(stdout).toContain('2 lines are not right. Nothing was done.');
    expect(await devices()).toMatchObject({ count: 0 });
  });
});
