import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Engine, type LocalPostgres, startLocalPostgres } from './index.ts';
import { embedded, folders, home, query, start } from './test-servers.ts';

describe.runIf(embedded)('damage is one clear error', { timeout: 60_000 }, () => {
  const engine = embedded as Engine;
  const damages: readonly [string, string, (server: LocalPostgres) => void][] = [
    [
      'a cut pg_control',
      'database_folder_corrupt',
      ({ pgdata }) => truncateSync(join(pgdata, 'global/pg_control'), 100),
    ],
    ['a missing PG_VERSION', 'database_folder_corrupt', ({ pgdata }) => rmSync(join(pgdata, 'PG_VERSION'))],
    [
      'a garbled PG_VERSION',
      'database_folder_corrupt',
      ({ pgdata }) => writeFileSync(join(pgdata, 'PG_VERSION'), '?'),
    ],
    [
      'data of PostgreSQL 15',
      'database_version_mismatch',
      ({ pgdata }) => writeFileSync(join(pgdata, 'PG_VERSION'), '15\n'),
    ],
    ['data that is gone', 'database_folder_corrupt', ({ pgdata }) => rmSync(pgdata, { recursive: true })],
    [
      'a garbled engine.json',
      'database_folder_corrupt',
      ({ dataFolder }) => writeFileSync(join(dataFolder, 'engine.json'), '{'),
    ],
    [
      'a lost password',
      'database_password_missing',
      ({ dataFolder }) => rmSync(join(dataFolder, 'password')),
    ],
    [
      'another password',
      'database_password_wrong',
      ({ dataFolder }) => writeFileSync(join(dataFolder, 'password'), 'x'),
    ],
    ['an engine that is gone', 'database_engine_missing', ({ dataFolder }) => recordTimescaledb(dataFolder)],
  ];

  test.each(damages)('%s: %s', async (damage, code, harm) => {
    const name = damage.replaceAll(/\W/g, '-');
    const server = await start(name, { engine });
    await server.stop();
    harm(server);
    const refusal = await start(name, { engine }).catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code, remedy: expect.stringMatching(/\w/) });
    expect(String(refusal)).not.toContain('\n');
    // What engine.json no longer names, removeLocalPostgres can't find.
    if (!server.pgdata.startsWith(home)) rmSync(dirname(server.pgdata), { recursive: true, force: true });
  });

  test('a file where the folder should be: data_folder_forbidden', async () => {
    writeFileSync(join(home, 'file'), '');
    await expect(startLocalPostgres({ dataFolder: join(home, 'file/data') })).rejects.toMatchObject({
      code: 'data_folder_forbidden',
    });
  });

  test('a setting that PostgreSQL does not know: database_setting_invalid', async () => {
    const dataFolder = join(home, 'setting');
    folders.add(dataFolder);
    const options = { dataFolder, engine, syncInitialisation: false, settings: { work_mem: 'plenty' } };
    await expect(startLocalPostgres(options)).rejects.toMatchObject({
      code: 'database_setting_invalid',
      message: expect.stringContaining('work_mem'),
    });
    const server = await start('setting', { engine });
    expect(await query(server, 'select 1')).toEqual([1]);
  });
});

function recordTimescaledb(dataFolder: string): void {
  const file = join(dataFolder, 'engine.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...record, kind: 'debian', timescaledbVersion: '2.19.3' }));
}
