import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMetrics, serveMetrics } from '@veilleur/runtime';
import { describe, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { freePort, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { REPOSITORY } from '../support/repository.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

/** npm fetches 195 packages: for those who change the image, not for each run. */
const isAsked = process.env.VEILLEUR_TRY_IMAGE === '1';
const endings = endingsAfterEach();

/** The instructions of the Dockerfile's first stage. */
async function stepsOfImage(): Promise<{ copies: string[][]; runs: string[] }> {
  const text = await readFile(`${REPOSITORY}infra/image/Dockerfile`, 'utf8');
  const [, first = ''] = text.split(/^FROM /m);
  const lines = first.split('\n');
  return {
    copies: lines.filter((line) => line.startsWith('COPY ')).map((line) => line.slice(5).split(' ')),
    runs: lines.filter((line) => line.startsWith('RUN ')).map((line) => line.slice(4)),
  };
}

/** Does them in an empty folder, as Docker would with a context of what git knows. */
async function buildImage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-image-'));
  endings.push(() => rm(folder, { recursive: true }));
  const { copies, runs } = await stepsOfImage();
  for (const copy of copies) {
    const sources = copy.slice(0, -1);
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', '--', ...sources], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    for (const file of listed.split('\0').filter((name) => name !== '' && !name.endsWith('.test.ts'))) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await cp(join(REPOSITORY, file), join(folder, file)).catch((thrown: unknown) => {
        // Git still lists what somebody has just deleted.
        if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
      });
    }
  }
  for (const run of runs) execFileSync('/bin/sh', ['-c', run], { cwd: folder, stdio: 'pipe' });
  return folder;
}

describe('the image’s healthcheck', () => {
  const check = async (ports: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, [`${REPOSITORY}infra/image/healthy.mjs`], { env: ports });
    const [status] = await once(child, 'exit');
    return status as number;
  };

  it('finds the part that runs at any of the four ports, and says no where none does', async () => {
    const [closed, ...others] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const metrics = await serveMetrics(createMetrics(), {
      host: '127.0.0.1',
      port: 0,
      variables: 'BRIDGE_METRICS',
    });
    const names = ['BRIDGE_METRICS_PORT', 'CONSUMPTION_METRICS_PORT', 'ALERTING_METRICS_PORT'];
    const ports = Object.fromEntries(names.map((name, i) => [name, String(others[i])]));
    expect(
      await check({ ...ports, HTTP_PORT: String(closed), ALERTING_METRICS_PORT: String(metrics.port) }),
    ).toBe(0);
    await metrics.stop();
    expect(await check({ ...ports, HTTP_PORT: String(closed) })).toBe(1);
  });
});

describeOnEachEngine('the image', (engine) => {
  it.skipIf(!isAsked)(
    'has what its four parts need, and nothing to build',
    { timeout: 300_000 },
    async () => {
      const folder = await buildImage();
      const database = await freshDatabase(engine);
      endings.push(() => database.drop());
      const secret = join(folder, 'database_url');
      await writeFile(secret, `${database.url}\n`);
      const broker = await startAedes();
      endings.push(() => broker.stop());
      const [http, bridge, consumption, alerting] = (
        await Promise.all([freePort(), freePort(), freePort(), freePort()])
      ).map(String) as [string, string, string, string];
      const environment = {
        PATH: `${join(folder, 'node_modules/.bin')}:${dirname(process.execPath)}`,
        NODE_ENV: 'production',
        DATABASE_URL_FILE: secret,
        MQTT_URL: broker.url,
        HTTP_HOST: '0.0.0.0',
        HTTP_PORT: http,
        BRIDGE_METRICS_PORT: bridge,
        CONSUMPTION_METRICS_PORT: consumption,
        ALERTING_METRICS_PORT: alerting,
        RULES_FILE: join(folder, 'infra/rules/city.yaml'),
      };
      for (const part of ['bridge', 'consumption', 'alerting', 'api']) {
        const child = spawn(join(folder, 'node_modules/.bin/veilleur'), ['start', part], {
          cwd: folder,
          env: environment,
          stdio: 'ignore',
        });
        endings.push(async () => {
          if (child.exitCode !== null) return;
          child.kill('SIGTERM');
          await once(child, 'exit');
        });
      }
      const isAlive = async (port: string) =>
        (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok ?? false;
      for (const port of [http, bridge, consumption, alerting]) {
        await until(
          () => isAlive(port),
          60_000,
          () => `port ${port} answers /health`,
        );
      }
      // Beyond loopback nothing goes without a key, for this machine neither.
      const ask = (key?: string) =>
        fetch(
          `http://127.0.0.1:${http}/metrics`,
          key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
        );
      expect((await ask()).status).toBe(401);
      const args = ['key', 'add', 'prometheus', '--scope', 'read', '--by', 'anne', '--json'];
      const made = await runVeilleur(args, { DATABASE_URL: '', DATABASE_URL_FILE: secret });
      expect((await ask(JSON.parse(made.stdout).key)).status).toBe(200);
    },
  );
});
