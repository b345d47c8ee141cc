import { startApi } from '@veilleur/api';
import { DevEui } from '@veilleur/domain';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { type FrameEntry, Writer } from '@veilleur/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';

const METER = '70b3d5e75e000001';

/** A water meter that counts a litre a minute from the first of March, read each hour for two days. */
const FRAMES: FrameEntry[] = Array.from({ length: 48 }, (_, hour) => {
  const at = new Date(Date.UTC(2026, 2, 1, hour));
  const volume = {
    quantity: 'water_volume',
    channel: 0,
    time: at,
    value: (hour * 60) / 1000,
    quality: 'measured',
  } as const;
  return {
    kind: 'frame',
    frame: {
      kind: 'uplink',
      lns: 'chirpstack-v4-json',
      device: {
        devEui: DevEui(METER),
        name: 'eau-mairie',
        applicationName: 'eau',
        tags: { street: 'place de la Mairie', aesKey: '9F5213BC' },
      },
      sessionKey: '01',
      fCnt: hour,
      fPort: 1,
      payload: Buffer.from([hour]),
      encrypted: false,
      confirmed: false,
      receivedAt: at,
      receptions: [],
    },
    received: { at, source: 'lns' },
    profile: null,
    decoding: { state: 'no_profile' },
    measurements: [volume],
  };
});

describeOnEachEngine('the API', (engine) => {
  let database: FreshDatabase;
  let url: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    database = await freshDatabase(engine);
    const writer = new Writer(database.pool);
    await writer.write(FRAMES);
    await writer.write(
      FRAMES.slice(0, 1).map((entry) => ({
        ...entry,
        frame: { ...entry.frame, device: { devEui: DevEui('70b3d5e75e000002'), tags: {} } },
      })),
    );
    const config = { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' };
    const api = await startApi(config, {
      pool: database.pool,
      registry: createMetrics(),
      log: createLogger('silent'),
    });
    url = api.url;
    stop = () => api.stop();
  });
  afterAll(async () => {
    await stop();
    await database.drop();
  });

  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  };

  it('tells that it is alive and ready, and on what', async () => {
    expect(await get('/health')).toEqual({ status: 200, body: { status: 'alive' } });
    expect(await get('/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', postgres: expect.stringMatching(/^17\./) },
    });
  });

  it('serves metrics in the text format of Prometheus', async () => {
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_cpu_user_seconds_total');
  });

  it('lists devices a page at a time', async () => {
    const first = await get('/api/devices?limit=1');
    expect(first.body).toMatchObject({
      devices: [{ devEui: METER, name: 'eau-mairie', lastFCnt: 47 }],
      next: METER,
    });
    const second = await get(`/api/devices?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({ devices: [{ devEui: '70b3d5e75e000002', name: null }] });
  });

  it('shows tags, and none that is a secret', async () => {
    for (const path of ['/api/devices', `/api/devices/${METER}`]) {
      const { body } = await get(path);
      expect(JSON.stringify(body)).toContain('"tags":{"street":"place de la Mairie"}');
    }
  });

  it('tells of one device its newest values and how its counters add up', async () => {
    const { body } = await get(`/api/devices/${METER.toUpperCase()}`);
    expect(body).toMatchObject({
      devEui: METER,
      latest: [{ quantity: 'water_volume', unit: 'm3', time: '2026-03-02T23:00:00.000Z' }],
      frames: { frames: 48, firstFCnt: 0, lastFCnt: 47, sessions: 1, missing: 0 },
    });
  });

  it('gives values one by one: the span holds its start and not its end', async () => {
    const { body } = await get(
      `/api/devices/${METER}/measurements?quantity=water_volume&from=2026-03-01T10:00:00Z&to=2026-03-01T12:00:00Z`,
    );
    expect(body).toMatchObject({
      units: { water_volume: 'm3' },
      truncated: false,
      measurements: [
        { time: '2026-03-01T10:00:00.000Z', value: 0.6, quality: 'measured' },
        { time: '2026-03-01T11:00:00.000Z', value: 0.66, quality: 'measured' },
      ],
      periods: [],
    });
  });

  it('gives days of the city: 1 March begins at 23:00 UTC of the day before', async () => {
    const { body } = await get(`/api/devices/${METER}/measurements?by=day&from=2026-03-01&to=2026-03-04`);
    expect(body.periods).toMatchObject([
      { start: '2026-02-28T23:00:00.000Z', count: 23, first: 0 },
      { start: '2026-03-01T23:00:00.000Z', count: 24 },
      { start: '2026-03-02T23:00:00.000Z', count: 1 },
    ]);
  });

  it('says so when there is more than was asked for', async () => {
    const { body } = await get(`/api/devices/${METER}/measurements?from=2026-03-01&to=2026-03-04&limit=5`);
    expect(body).toMatchObject({ truncated: true });
    expect(body.measurements).toHaveLength(5);
  });

  it.each([
    ['/api/devices/nonsense', 400, 'devEui'],
    [`/api/devices/${METER}/measurements?quantity=watts`, 400, 'expected one of'],
    [`/api/devices/${METER}/measurements?by=week`, 400, 'by'],
    [`/api/devices/${METER}/measurements?from=yesterday`, 400, 'from'],
    [`/api/devices/${METER}/measurements?timeZone=Mars/Olympus`, 400, 'IANA time zone'],
    // PostgreSQL would cut days two hours west of Greenwich.
    [`/api/devices/${METER}/measurements?by=day&timeZone=%2B02:00`, 400, 'IANA time zone'],
    [`/api/devices/${METER}/measurements?by=day&timeZone=IST`, 400, 'IANA time zone'],
    ['/api/devices?limit=0', 400, 'limit'],
    ['/api/devices/70b3d5e75e00ffff', 404, 'No device 70b3d5e75e00ffff'],
    ['/api/nothing', 404, 'GET /api/nothing'],
  ])('answers %s with %i and names the place', async (path, status, place) => {
    const { status: actual, body } = await get(path);
    expect(actual).toBe(status);
    expect(body.message).toContain(place);
    expect(body.remedy).toBeTruthy();
  });

  it('serves a first page that loads nothing from elsewhere', async () => {
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(loaded.length).toBeGreaterThan(1);
    for (const address of loaded) {
      expect(address).toMatch(/^\//);
      expect((await fetch(`${url}${address}`)).status, address).toBe(200);
    }
  });

  it('gives the page who was heard in the last day, with what each number means', async () => {
    const at = new Date();
    const [template] = FRAMES;
    if (template?.frame === undefined) throw new Error('there are no frames');
    const volume = { quantity: 'water_volume', channel: 0, value: 12.5, quality: 'measured' } as const;
    const measured = [at, new Date(at.getTime() - 60_000)].map((time, i) => ({
      ...volume,
      time,
      value: 12.5 - i,
    }));
    await new Writer(database.pool).write([
      {
        ...template,
        frame: { ...template.frame, fCnt: 48 },
        received: { at, source: 'lns' },
        measurements: measured,
      },
    ]);
    const { body } = await get('/api/overview');
    expect(body.devices).toMatchObject([
      {
        devEui: METER,
        name: 'eau-mairie',
        medium: null,
        values: [{ quantity: 'water_volume', value: 12.5 }],
      },
    ]);
    expect(body.quantities).toMatchObject({ water_volume: { unit: 'm3', label: { fr: 'Index eau' } } });
  });

  it('describes every address in OpenAPI', async () => {
    const { body } = await get('/api/openapi.json');
    expect(Object.keys(body.paths ?? {}).sort()).toEqual([
      '/api/alerts',
      '/api/alerts/{id}',
      '/api/alerts/{id}/acknowledge',
      '/api/alerts/{id}/assign',
      '/api/alerts/{id}/comment',
      '/api/audit',
      '/api/devices',
      '/api/devices/{devEui}',
      '/api/devices/{devEui}/ledger',
      '/api/devices/{devEui}/measurements',
      '/api/jobs',
      '/api/keys',
      '/api/keys/{id}',
      '/api/ledger',
      '/api/notifications',
      '/api/overview',
      '/api/points',
      '/api/points/{code}',
      '/api/points/{code}/balance',
      '/api/points/{code}/consumption',
      '/api/rules',
      '/api/silences',
      '/api/silences/{id}',
      '/api/sites',
      '/api/sites/{code}/consumption',
      '/api/sites/{code}/report',
      '/api/sites/{code}/tertiary',
      '/health',
      '/ready',
    ]);
  });
});
