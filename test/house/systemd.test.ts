import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAlertingConfig } from '../../services/alerting/src/config.ts';
import { readApiConfig } from '../../services/api/src/config.ts';
import { readBridgeConfig } from '../../services/bridge/src/config.ts';
import { readConsumptionConfig } from '../../services/consumption/src/config.ts';
import { askedOf, infra, parseEnv } from '../support/compose.ts';
import { REPOSITORY } from '../support/repository.ts';

const ANALYZE = '/usr/bin/systemd-analyze';
const PARTS = {
  bridge: readBridgeConfig,
  consumption: readConsumptionConfig,
  alerting: readAlertingConfig,
  api: readApiConfig,
} as const;

describe('the systemd units', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilleur-units-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const secretsOf = (unit: string) =>
    [...unit.matchAll(/^LoadCredential=(\w+):/gm)].map(([, name = '']) => name);

  it('run each part as itself, and hand it the secrets that it is told of', async () => {
    for (const part of Object.keys(PARTS)) {
      const unit = await infra(`systemd/veilleur-${part}.service`);
      expect(unit).toMatch(
        new RegExp(`^ExecStart=\\S+/node \\S+/services/cli/src/main.ts start ${part}$`, 'm'),
      );
      const named = [...unit.matchAll(/%d\/(\w+)/g)].map(([, name]) => name);
      expect(new Set(named)).toEqual(new Set(secretsOf(unit)));
    }
  });

  it('come with settings that some part reads, and on which every part starts', async () => {
    const settings = parseEnv(await infra('systemd/veilleur.env'));
    const read = new Set<string>();
    for (const [part, config] of Object.entries(PARTS)) {
      const unit = await infra(`systemd/veilleur-${part}.service`);
      for (const name of secretsOf(unit)) await writeFile(join(folder, name), `postgres://of-${name}\n`);
      const [, given = ''] = /^Environment=(.*)$/m.exec(unit) ?? [];
      const own = parseEnv(given.replaceAll('%d/', `${folder}/`).replaceAll(' ', '\n'));
      const { environment, asked } = askedOf({ ...settings, ...own });
      expect(config(environment).databaseUrl).toBe('postgres://of-database_url');
      for (const name of asked) read.add(name);
    }
    expect(Object.keys(settings).filter((name) => !read.has(name))).toEqual([]);
  });

  it.skipIf(!existsSync(ANALYZE))('are such as systemd knows', async () => {
    const names = (await readdir(`${REPOSITORY}infra/systemd`)).filter((name) =>
      /\.(service|target)$/.test(name),
    );
    expect(names).toHaveLength(5);
    for (const name of names) {
      // Programs and folders of an installation are not here.
      const unit = (await readFile(`${REPOSITORY}infra/systemd/${name}`, 'utf8'))
        .replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`)
        .replace(/^WorkingDirectory=.*/m, 'WorkingDirectory=/');
      await writeFile(join(folder, name), unit);
    }
    const verify = (...files: string[]) =>
      promisify(execFile)(ANALYZE, ['verify', '--man=no', ...files.map((name) => join(folder, name))]);
    expect((await verify(...names)).stderr).toBe('');
    await writeFile(join(folder, 'wrong.service'), '[Service]\nExecStart=/bin/true\nProtectSystems=strict\n');
    expect((await verify('wrong.service')).stderr).toMatch(/Unknown key.*ProtectSystems/);
  });
});
