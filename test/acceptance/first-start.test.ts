import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { newStackPlace, type StackPlace, startStackProcess } from '../support/stack-process.ts';

/** The four media, and the meter of the luminaires' cabinet. */
const KINDS = [
  'axioma/qalcosonic-w1',
  'adeunis/pulse',
  'adeunis/tic-linky',
  'veilleur/reference-luminaire',
  'yobiiq/em4301',
];

const DEMO_DEVICES = 61;
/** All but the luminaires meter something. */
const DEMO_POINTS = 41;
/** As the README names it: a toilet runs there, 20 L an hour. */
const LEAKING = 'sim-7daa-water-7';

const endings = endingsAfterEach();
const newPlace = () => newStackPlace(endings);
const start = (place: StackPlace, environment?: NodeJS.ProcessEnv, by?: readonly string[]) =>
  startStackProcess(endings, place, environment, by);

interface Device {
  readonly devEui: string;
  readonly profile: string;
  readonly lastDecoding: string;
}

describe('the first start', () => {
  it('shows measurements of all kinds within 30 s, stops cleanly, and finds its data again', async () => {
    const place = await newPlace();
    const startMs = performance.now();
    const first = start(place);
    await until(
      async () => {
        const { devices } = await first
          .get<{ devices: Device[] }>('/api/devices?limit=1000')
          .catch(() => ({ devices: [] as Device[] }));
        return (
          devices.length === DEMO_DEVICES &&
          KINDS.every((kind) =>
            devices.some(({ profile, lastDecoding }) => profile === kind && lastDecoding === 'decoded'),
          )
        );
      },
      30_000,
      () => `devices of all kinds; it said ${first.output()} ${first.errors()}`,
    );
    process.stderr.write(`first start: all kinds after ${Math.round(performance.now() - startMs)} ms\n`);
    const { devices } = await first.get<{ devices: Device[] }>('/api/devices?limit=1000');
    for (const kind of KINDS) {
      const device = devices.find(({ profile }) => profile === kind);
      const { measurements, units } = await first.get<{
        measurements: unknown[];
        units: Record<string, string>;
      }>(`/api/devices/${device?.devEui}/measurements`);
      expect(measurements.length, kind).toBeGreaterThan(0);
      expect(Object.keys(units).length, kind).toBeGreaterThan(0);
    }
    const { points } = await first.get<{ points: unknown[] }>('/api/points?limit=1000');
    expect(points).toHaveLength(DEMO_POINTS);
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const leak = `/api/points/${LEAKING}/consumption?bucket=hour&from=${day(-2)}&to=${day(2)}`;
    let hours: { readonly value: number | null; readonly quality: string }[] = [];
    await until(
      async () => {
        hours = (await first.get<{ consumption: typeof hours }>(leak)).consumption;
        return hours.length >= 12;
      },
      30_000,
      () => `hours of ${LEAKING}; there are ${hours.length}`,
    );
    const told = hours.flatMap(({ value, quality }) =>
      quality === 'measured' && value !== null ? [value] : [],
    );
    expect(told.length).toBeGreaterThan(10);
    expect(Math.min(...told), 'no hour without the leak').toBeGreaterThanOrEqual(0.019);
    await until(
      () => first.output().includes('stored'),
      10_000,
      () => 'the counts on the screen',
    );
    expect(first.output()).toMatch(
      /received = [\d,]+ stored \+ [\d,]+ duplicate \+ [\d,]+ quarantined \+ [\d,]+ in flight/,
    );
    expect(await first.interrupt()).toEqual([0, null]);
    expect(first.errors()).toBe('');

    const second = start(place, { DEMO: 'false' });
    await until(
      async () =>
        (await second.get<{ devices: Device[] }>('/api/devices?limit=1000').catch(() => null)) !== null,
      30_000,
      () => second.errors(),
    );
    const again = await second.get<{ devices: Device[] }>('/api/devices?limit=1000');
    expect(again.devices.map(({ devEui }) => devEui)).toEqual(devices.map(({ devEui }) => devEui));
    expect(await second.interrupt()).toEqual([0, null]);
  });

  it('ends cleanly when npm itself is told to end, and leaves no port taken', async () => {
    const place = await newPlace();
    const first = start(place, { DEMO: 'false' }, ['npm', 'start']);
    await until(
      () => first.output().includes('Ctrl-C'),
      60_000,
      () => first.errors(),
    );
    first.child.kill('SIGTERM');
    await first.ended;
    const second = start(place, { DEMO: 'false' });
    await until(
      () => second.output().includes('Ctrl-C'),
      30_000,
      () => second.errors(),
    );
    expect(second.output(), 'a server that somebody left').not.toContain('stopping the server');
    expect(await second.interrupt()).toEqual([0, null]);
  });

  it('survives kill -9: the next start stops what was left and goes on', async () => {
    const place = await newPlace();
    const first = start(place);
    await until(
      () => / stored /.test(first.output()),
      30_000,
      () => first.errors(),
    );
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start(place);
    await until(
      () => / stored /.test(second.output()),
      30_000,
      () => second.errors(),
    );
    expect(await second.interrupt()).toEqual([0, null]);
  });
});

describe('what stands in the way of a start is one clear line', () => {
  async function occupied(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    endings.push(async () => {
      server.close();
      await once(server, 'close');
    });
    return (server.address() as { port: number }).port;
  }

  async function failure(place: StackPlace, environment?: NodeJS.ProcessEnv) {
    const { ended, errors } = start(place, environment);
    const [status] = await ended;
    expect(errors().trim().split('\n')).toHaveLength(1);
    return { status, line: errors().trim() };
  }

  it('the HTTP port is in use', async () => {
    const place = { ...(await newPlace()), httpPort: await occupied() };
    expect(await failure(place)).toEqual({
      status: 1,
      line: `veilleur: HTTP port ${place.httpPort} on 127.0.0.1 is in use. Stop the other program, or choose another port with HTTP_PORT.`,
    });
  });

  it('the MQTT port is in use', async () => {
    const place = { ...(await newPlace()), mqttPort: await occupied() };
    const { status, line } = await failure(place);
    expect(status).toBe(1);
    expect(line).toContain(`MQTT port ${place.mqttPort} on 127.0.0.1 is in use`);
    expect(line).toContain('MQTT_PORT');
  });

  it('the data folder is corrupt', async () => {
    const place = await newPlace();
    const first = start(place, { DEMO: 'false' });
    await until(
      () => first.output().includes('Ctrl-C'),
      30_000,
      () => first.errors(),
    );
    const pgdata = (first.output().match(/goes to (\S+)/)?.[1] ?? join(place.dataFolder, 'pgdata')).trim();
    await first.interrupt();
    await truncate(join(pgdata, 'global', 'pg_control'), 100);
    const { status, line } = await failure(place);
    expect(status).toBe(1);
    expect(line).toMatch(/corrupt|damaged|pg_control/i);
    expect(line).toMatch(/backup|another|move/i);
  });

  it('the data folder is a file', async () => {
    const place = await newPlace();
    await writeFile(place.dataFolder, 'not a folder');
    const { status, line } = await failure(place);
    expect(status).toBe(1);
    expect(line).toContain(place.dataFolder);
  });

  it.each([
    [
      'the database cannot be reached',
      { DATABASE_URL: 'postgres://veilleur:secret@127.0.0.1:1/veilleur' },
      'DATABASE_URL',
    ],
    ['the address is not ours', { HTTP_HOST: '203.0.113.1' }, 'HTTP_HOST'],
    ['the broker would be open to the network', { MQTT_HOST: '0.0.0.0' }, 'MQTT_PASSWORD'],
  ])('%s', async (_title, environment, variable) => {
    const { status, line } = await failure(await newPlace(), environment);
    expect(status).toBe(1);
    expect(line).toContain(variable);
    expect(line, 'a password').not.toContain('secret');
  });

  it('a setting is wrong', async () => {
    const { status, line } = await failure(await newPlace(), { HTTP_PORT: 'eighty', DEMO: 'perhaps' });
    expect(status).toBe(2);
    expect(line).toContain('HTTP_PORT');
    expect(line).toContain('DEMO');
  });
});
