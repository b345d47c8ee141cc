import { request } from 'node:http';
import { startApi } from '@veilleur/api';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addApiKey, addPoint, addSilence, install, putSite } from '@veilleur/store';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { putRulesOf } from '../support/alerting.ts';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import {
  type GeneratedRequest,
  type Operation,
  operationsOf,
  requestsFor,
} from '../support/openapi-requests.ts';

const SEED = 8;
const REQUESTS_PER_OPERATION = 120;
/** Whatever is asked, somebody waits for it. */
const SLOWEST_MS = 5000;
const DEVICE = '70b3d5e75e000001';
const DISTRICT = '70b3d5e75e000002';
const NUMBERS = Array.from({ length: 60 }, (_, i) => i + 1);

const HOT = `
- name: hot
  title: { en: Too hot, fr: Trop chaud }
  kind: value
  quantity: temperature
  above: 30
`;

/** What the requests may name such that it is there. */
const KNOWN = {
  devEui: [DEVICE, DISTRICT],
  code: ['W-1', 'D-1', 'school', 'quarter'],
  site: ['school'],
  id: NUMBERS,
  alert: NUMBERS,
  quantity: ['water_volume', 'active_energy_import'],
  timeZone: ['Europe/Paris', 'Pacific/Apia', 'UTC'],
  from: ['2026-03-01', '2026-03-01T00:00:00Z'],
  to: ['2026-03-04', '2100-01-01T00:00:00Z'],
  since: ['2026-03-01T00:00:00Z'],
  until: ['2026-03-04T00:00:00Z'],
  state: ['open', 'open,acknowledged'],
  all: ['true', 'false'],
  subject: [DEVICE],
  rule: ['hot'],
} as const;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

describeOnEachEngine('whatever is asked of the API', (engine) => {
  let database: FreshDatabase;
  let stop: () => Promise<void>;
  let ask: (asked: GeneratedRequest) => Promise<Answer>;
  let operations: Operation[];

  beforeAll(async () => {
    database = await freshDatabase(engine);
    const { pool } = database;
    const now = new Date();
    await putRulesOf(pool, HOT, now);
    const bench = new Workbench(pool, paris('2026-03-05 00:00'));
    await putSite(pool, { code: 'quarter', name: 'Quarter', kind: 'district' });
    await putSite(pool, { code: 'school', name: 'School', kind: 'building', parent: 'quarter' });
    for (const [device, code] of [
      [DISTRICT, 'D-1'],
      [DEVICE, 'W-1'],
    ] as const) {
      await bench.tell(
        device,
        hourly(paris('2026-03-01 00:00'), 72, () => 0.25),
        'at once',
      );
      const parent = code === 'W-1' ? 'D-1' : undefined;
      const point = { code, kind: 'own', quantity: 'water_volume', parent, site: 'school' } as const;
      const { id } = await addPoint(pool, point);
      await install(pool, id, terms(device), { reason: 'first', now: bench.now });
    }
    await bench.settle();
    await pool.query(
      `insert into alert (rule, subject, device_id, severity, began_at, opened_at, known_at, changed_at)
       select 'hot', d.dev_eui || '-' || n, d.id, 'warning', t, t, t, t
       from device d, generate_series(1, 60) n, lateral (select timestamptz '2026-03-02' + n * interval '1 hour') at (t)
       where d.dev_eui = $1`,
      [DEVICE],
    );
    await pool.query(
      `insert into notification (key, channel, alert_ids, step, body, created_at, not_before)
       select 'k' || n, 'team', array[n], 'raised', '{}', now(), now() from generate_series(1, 20) n`,
    );
    const act = { by: 'test', now, source: 'test' };
    for (const n of NUMBERS) {
      const silence = {
        kind: 'silence',
        matching: {},
        from: now,
        to: new Date('2100-01-01'),
        comment: 'x',
      } as const;
      await addSilence(pool, silence, act);
      await addApiKey(pool, { name: `key ${n}`, scope: 'read', expiresAt: null }, act);
    }
    // Far from every number that a request could hit, for keys are revoked here.
    await pool.query('alter table api_key alter id restart with 1000000007');
    const { text: key } = await addApiKey(pool, { name: 'fuzz', scope: 'admin', expiresAt: null }, act);

    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris', requireKey: true, ratePerS: 100_000 },
      { pool, registry: createMetrics(), log: createLogger('silent') },
    );
    stop = () => api.stop();
    ask = (asked) => send(api.url, key, asked);
    const { text } = await ask({ method: 'GET', path: '/api/openapi.json', body: null });
    operations = operationsOf(JSON.parse(text) as Record<string, unknown>);
  });
  afterAll(async () => {
    await stop();
    await database.drop();
  });

  it('is answered as the document says, and never by a fault of the server', {
    timeout: 60_000,
  }, async () => {
    expect(operations.length).toBeGreaterThan(25);
    const faults: string[] = [];
    for (const operation of operations) {
      const schemas = new Map(
        [...operation.answers].flatMap(([status, schema]) =>
          schema === null
            ? []
            : [[status, z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)] as const],
        ),
      );
      const seen = new Map<number, number>();
      await fc
        .assert(
          fc.asyncProperty(requestsFor(operation, KNOWN), async (asked) => {
            const startedMs = performance.now();
            const { status, type, text } = await ask(asked);
            const tookMs = performance.now() - startedMs;
            seen.set(status, (seen.get(status) ?? 0) + 1);
            expect(status, text).toBeLessThan(500);
            expect(tookMs, `${status} ${text.slice(0, 200)}`).toBeLessThan(SLOWEST_MS);
            // Without its last part a path is that of the list.
            if (/\/(\?|$)/.test(asked.path) || asked.path.includes('//')) return;
            const schema = schemas.get(status);
            if (schema === undefined) throw new Error(`${status} is not described: ${text}`);
            expect(type).toContain('application/json');
            const body: unknown = JSON.parse(text);
            const read = schema.safeParse(body);
            expect(read.error?.issues, text.slice(0, 500)).toBeUndefined();
            // That one is the last net: the schema of the address should have refused it.
            expect(body).not.toMatchObject({ code: 'value_refused' });
          }),
          { seed: SEED, numRuns: REQUESTS_PER_OPERATION, endOnFailure: true },
        )
        .catch((thrown: unknown) => {
          faults.push(`${operation.method} ${operation.path}: ${reasonOf(thrown)}`);
        });
      const statuses = [...seen.keys()];
      const isTakingInput = operation.parameters.length > 0 || operation.body !== null;
      const tried = `${operation.method} ${operation.path}: ${JSON.stringify([...seen])}`;
      if (!statuses.some((status) => status < 300)) faults.push(`none went through: ${tried}`);
      if (isTakingInput && !statuses.some((status) => status >= 400))
        faults.push(`none was refused: ${tried}`);
    }
    expect(faults).toEqual([]);
    const { status } = await ask({ method: 'GET', path: '/ready', body: null });
    expect(status).toBe(200);
    const { rows } = await database.pool.query('select count(*)::int n from device');
    expect(rows).toEqual([{ n: 2 }]);
  });
});

/** The request that was answered wrongly, and how. */
function reasonOf(thrown: unknown): string {
  const [, request = ''] = /Counterexample: (.*)/.exec(String(thrown)) ?? [];
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return `${request} ${cause instanceof Error ? cause.message : String(thrown)}`;
}

/** As it is: `fetch` would tidy up the path first. */
function send(url: string, key: string, { method, path, body }: GeneratedRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { hostname, port } = new URL(url);
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === null
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  const asked = request({ hostname, port, path, method, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('error', reject);
    answer.on('end', () =>
      resolve({
        status: answer.statusCode ?? 0,
        type: answer.headers['content-type'] ?? '',
        text: Buffer.concat(parts).toString(),
      }),
    );
  });
  asked.on('error', reject);
  asked.end(body ?? undefined);
  return promise;
}
