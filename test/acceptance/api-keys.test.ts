import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type ApiConfig, startApi } from '@veilleur/api';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addApiKey, KEY_SCOPES, type KeyScope, Writer } from '@veilleur/store';
import { afterEach, expect, it, vi } from 'vitest';
import { putRulesOf } from '../support/alerting.ts';
import { until as untilSo } from '../support/bridge-under-test.ts';
import { frameOf } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { operationsOf } from '../support/openapi-requests.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

/** An address of this machine that others can reach too. */
const BEYOND = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** What a proxy adds: whoever comes through one is a stranger, though its socket is a local one. */
const PROXY = { 'x-forwarded-for': '198.51.100.7' };
const DEVICE = '70b3d5e75e000001';

const until = (condition: () => Promise<boolean>, what: string) => untilSo(condition, 10_000, () => what);

type Json = Readonly<Record<string, unknown>>;

/** What the page asks with: JavaScript for browsers, checked with the page. */
const page = (await import(new URL('../../services/api/src/page/ask.js', import.meta.url).href)) as {
  ask(address: string): Promise<Response>;
  keepKey(key: string | null): void;
  hasKey(): boolean;
  plainText(text: string): Blob;
  readonly KeyWanted: new () => Error;
};

describeOnEachEngine('keys of the API', (engine) => {
  const endings = endingsAfterEach();
  afterEach(() => vi.unstubAllGlobals());

  async function watched(config: Partial<ApiConfig> = {}) {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    await putRulesOf(
      pool,
      '- { name: hot, title: { en: Hot, fr: Chaud }, kind: value, quantity: temperature, above: 30 }',
      new Date(),
    );
    await new Writer(pool).write([frameOf(DEVICE, 1, [], new Date())]);
    const { rows } = await pool.query<{ id: number }>(
      `insert into alert (rule, subject, severity, began_at, opened_at, known_at, changed_at)
       values ('hot', $1, 'warning', now(), now(), now(), now()) returning id`,
      [DEVICE],
    );
    const registry = createMetrics();
    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris', ...config },
      { pool, registry, log: createLogger('silent') },
    );
    endings.push(() => api.stop());
    const ask = async (
      path: string,
      {
        method = 'GET',
        key,
        body,
        headers = {},
      }: { method?: string; key?: string; body?: unknown; headers?: Record<string, string> } = {},
    ) => {
      const answer = await fetch(`${api.url}${path}`, {
        method,
        headers: {
          ...headers,
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const isJson = (answer.headers.get('content-type') ?? '').includes('json');
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        body: (isJson && text !== '' ? JSON.parse(text) : {}) as Json,
      };
    };
    const keyOf = async (
      scope: KeyScope,
      { name = `${scope}-key`, livesMs }: { name?: string; livesMs?: number } = {},
    ) => {
      const now = new Date();
      const expiresAt = livesMs === undefined ? null : new Date(now.getTime() + livesMs);
      return (await addApiKey(pool, { name, scope, expiresAt }, { by: 'test', now, source: 'test' })).text;
    };
    const acknowledgement = `/api/alerts/${rows[0]?.id}/acknowledge`;
    const environment = { DATABASE_URL: database.url, LANG: 'C', USER: 'Anne Keller' };
    return { pool, url: api.url, ask, keyOf, acknowledgement, environment, registry };
  }

  it.skipIf(BEYOND === undefined)(
    'beyond this machine nothing is had without one, whatever the address',
    async () => {
      const { ask, keyOf } = await watched({ host: BEYOND ?? '' });
      const key = await keyOf('admin');
      const operations = operationsOf((await ask('/api/openapi.json', { key })).body);
      expect(operations.length).toBeGreaterThan(25);
      const open: string[] = [];
      for (const { method, path } of operations) {
        const { status, headers, body } = await ask(path.replaceAll(/\{\w+\}/g, '1'), { method });
        if (status === 200) open.push(path);
        else {
          expect(status, path).toBe(401);
          expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
          expect(body).toMatchObject({
            code: 'key_required',
            remedy: expect.stringContaining('veilleur key add'),
          });
        }
      }
      expect(open).toEqual(['/health', '/ready']);
      for (const path of [
        '/metrics',
        '/api/openapi.json',
        '/api/nothing',
        '/api',
        '/page/',
        '/../etc/passwd',
      ]) {
        expect((await ask(path)).status, path).toBe(401);
        expect((await ask(path, { method: 'HEAD' })).status, path).toBe(401);
      }
      expect((await ask('/ready')).body, 'strangers hear no versions').toEqual({ status: 'ready' });
      expect((await ask('/ready', { key })).body).toMatchObject({
        postgres: expect.stringMatching(/^17/),
        consumers: [],
      });
      expect((await ask('/metrics', { key })).text).toContain(
        'veilleur_api_refused_total{why="key_required"}',
      );
      expect((await ask('/api/devices', { key })).status).toBe(200);
      expect((await ask('/')).status, 'the page, which asks for a key').toBe(200);
    },
  );

  it('on this machine reading and operating need none, unless the configuration says so', async () => {
    const { ask, acknowledgement } = await watched();
    expect((await ask('/api/devices')).status).toBe(200);
    expect((await ask(acknowledgement, { method: 'POST', body: { by: 'Anne' } })).status).toBe(200);
    expect((await ask(acknowledgement, { method: 'POST', body: {} })).body).toMatchObject({
      code: 'name_missing',
    });
    expect((await ask('/api/keys')).status).toBe(401);
    expect((await ask('/api/devices', { key: 'nonsense' })).body).toMatchObject({ code: 'key_refused' });

    const strict = await watched({ requireKey: true });
    expect((await strict.ask('/api/devices')).status).toBe(401);
    expect((await strict.ask('/api/devices', { key: await strict.keyOf('read') })).status).toBe(200);
  });

  it('through a proxy on this machine one is a stranger, and so is a page whose name points here', async () => {
    const { ask, url, acknowledgement } = await watched();
    for (const headers of [
      PROXY,
      { via: '1.1 proxy' },
      { forwarded: 'for=127.0.0.1' },
      { 'x-real-ip': '127.0.0.1' },
    ]) {
      expect((await ask('/api/devices', { headers })).status, JSON.stringify(headers)).toBe(401);
      expect((await ask(acknowledgement, { method: 'POST', body: { by: 'x' }, headers })).status).toBe(401);
    }
    const status = async (request: string) => {
      const socket = connectSocket(Number(new URL(url).port), '127.0.0.1');
      socket.write(request);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return answer.toString().split('\r\n')[0];
    };
    expect(
      await status('GET /api/devices HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n'),
    ).toContain('401');
    expect(await status('GET /api/devices HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n')).toContain('401');
    expect(
      await status('GET /api/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'),
    ).toContain('200');
  });

  it('each operation takes the scope that it is described with, and names it to those who lack it', async () => {
    const { ask, keyOf } = await watched({ requireKey: true });
    const keys = new Map<KeyScope, string>();
    for (const scope of KEY_SCOPES) keys.set(scope, await keyOf(scope));
    const { body: document } = await ask('/api/openapi.json', { key: keys.get('read') ?? '' });
    expect(document).toMatchObject({
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    });
    const paths = document.paths as Record<
      string,
      Record<string, { description?: string; security: unknown; responses: Json }>
    >;
    const needed = new Map<string, number>();
    for (const { method, path } of operationsOf(document)) {
      const told = paths[path]?.[method.toLowerCase()];
      const [, scope] = /Needs the scope `(\w+)`/.exec(told?.description ?? '') ?? [];
      if (scope === undefined) {
        expect(told?.security, path).toEqual([]);
        continue;
      }
      expect(told?.security, path).toEqual([{ key: [] }]);
      expect(Object.keys(told?.responses ?? {}), path).toEqual(expect.arrayContaining(['401', '403', '429']));
      needed.set(scope, (needed.get(scope) ?? 0) + 1);
      for (const [held, key] of keys) {
        // Numbers that nobody has: whoever may ask hears that it is wrong.
        const { status, body } = await ask(path.replaceAll(/\{\w+\}/g, '999'), { method, key });
        const may = KEY_SCOPES.indexOf(held) >= KEY_SCOPES.indexOf(scope as KeyScope);
        expect(status === 403, `${held}: ${method} ${path} answered ${status}`).toBe(!may);
        if (!may)
          expect(body).toMatchObject({
            code: 'scope_missing',
            message: expect.stringContaining(`scope ${scope};`),
          });
      }
    }
    expect([...needed.keys()].sort()).toEqual(['admin', 'operate', 'read']);
    expect(needed.get('operate')).toBe(5);
    expect(needed.get('admin')).toBe(3);
  });

  it('writes are kept under its name, and every one that was asked for stands in the audit', async () => {
    const { pool, ask, keyOf, acknowledgement } = await watched();
    const key = await keyOf('operate', { name: 'work-orders' });
    const post = (path: string, body: unknown, more: { key?: string } = { key }) =>
      ask(path, { method: 'POST', body, ...more });
    expect((await post(acknowledgement, {})).body).toMatchObject({ acknowledgedBy: 'work-orders' });
    await post(acknowledgement.replace('acknowledge', 'comment'), { by: 'Anne Keller', text: 'closed' });
    await post(acknowledgement.replace('acknowledge', 'assign'), { by: 'work-orders', to: 'Jean' });
    await post(acknowledgement.replace('acknowledge', 'comment'), { by: 'Jean', text: 'without a key' }, {});
    expect((await post('/api/alerts/4711/acknowledge', {})).status).toBe(404);
    expect((await post(acknowledgement, {}, { key: await keyOf('read') })).status).toBe(403);

    const { rows: steps } = await pool.query(
      "select kind, by from alert_step where by <> 'engine' order by id",
    );
    expect(steps).toEqual([
      { kind: 'acknowledged', by: 'work-orders' },
      { kind: 'commented', by: 'Anne Keller (work-orders)' },
      { kind: 'assigned', by: 'work-orders' },
      { kind: 'commented', by: 'Jean' },
    ]);
    const admin = await keyOf('admin');
    // A row is closed just after its answer went out.
    const audit = async () => (await ask('/api/audit', { key: admin })).body.entries as readonly Json[];
    await until(async () => (await audit()).every(({ status }) => status !== null), 'the audit to be closed');
    const entries = await audit();
    const writes = entries.filter(({ action }) => String(action).startsWith('POST')).toReversed();
    expect(writes.map(({ by, action, status }) => [by, action, status])).toEqual([
      ['work-orders', 'POST /api/alerts/:id/acknowledge', 200],
      ['Anne Keller (work-orders)', 'POST /api/alerts/:id/comment', 200],
      ['work-orders', 'POST /api/alerts/:id/assign', 200],
      ['Jean', 'POST /api/alerts/:id/comment', 200],
      ['work-orders', 'POST /api/alerts/:id/acknowledge', 404],
    ]);
    expect(writes[1]).toMatchObject({ source: '127.0.0.1', keyId: 1, detail: { body: { text: 'closed' } } });
    expect(writes[3]).toMatchObject({ keyId: null });
    expect(entries.filter(({ action }) => action === 'key.add')).toHaveLength(3);
  });

  it('a deed whose record cannot be written is not done', async () => {
    const { pool, ask, acknowledgement } = await watched();
    await pool.query('alter table audit rename to audit_away');
    expect((await ask(acknowledgement, { method: 'POST', body: { by: 'Anne' } })).status).toBe(503);
    expect((await pool.query('select acknowledged_by from alert')).rows).toEqual([{ acknowledged_by: null }]);
  });

  it('is made, listed and revoked on the command line; revoked, it is refused within seconds', async () => {
    const { pool, ask, environment } = await watched({ requireKey: true });
    const shown = await veilleurSays(
      ['key', 'add', 'dashboard', '--scope', 'read', '--expires', '90d'],
      environment,
    );
    const key = /vlr_\S+/.exec(shown)?.[0] ?? '';
    expect((await ask('/api/devices', { key })).status).toBe(200);
    const list = JSON.parse(await veilleurSays(['key', 'list', '--json'], environment)) as { keys: Json[] };
    expect(list.keys).toMatchObject([
      { name: 'dashboard', scope: 'read', createdBy: 'Anne Keller', lastUsedAt: expect.any(String) },
    ]);
    expect(Date.parse(String(list.keys[0]?.expiresAt)) - Date.parse(String(list.keys[0]?.createdAt))).toBe(
      90 * 86_400_000,
    );

    const [, , secret = ''] = /^vlr_([^_]+)_(.*)$/.exec(key) ?? [];
    expect(secret).toHaveLength(43);
    for (const table of ['api_key', 'audit']) {
      const { rows } = await pool.query<{ all: string }>(
        `select string_agg(t::text, ' ') as all from ${table} t`,
      );
      expect(rows[0]?.all).toContain('dashboard');
      expect(rows[0]?.all, `${table} does not have the secret`).not.toContain(secret);
    }
    expect(await veilleurSays(['key', 'list'], environment)).not.toContain(secret);

    expect(await runVeilleur(['key', 'add', 'dashboard', '--scope', 'read'], environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('already'),
    });
    expect((await runVeilleur(['key', 'add', 'other', '--scope', 'root'], environment)).status).toBe(2);
    expect((await runVeilleur(['key', 'add', 'Engine', '--scope', 'read'], environment)).stderr).toContain(
      'cannot be the name',
    );
    expect(
      (await runVeilleur(['key', 'add', 'x', '--scope', 'read', '--expires', '0d'], environment)).status,
    ).toBe(2);

    const french = await veilleurSays(['key', 'revoke', 'dashboard'], {
      ...environment,
      LANG: 'fr_FR.UTF-8',
    });
    expect(french).toContain('est révoquée');
    const revokedMs = performance.now();
    await until(async () => (await ask('/api/devices', { key })).status === 401, 'the key to be refused');
    expect(performance.now() - revokedMs).toBeLessThan(4000);
    expect((await ask('/api/devices', { key })).body).toMatchObject({ message: 'This key was revoked.' });
    expect((await runVeilleur(['key', 'list'], environment)).status).toBe(1);
    expect(await veilleurSays(['key', 'list', '--all'], environment)).toMatch(/dashboard.*Anne Keller/);
    expect((await runVeilleur(['key', 'revoke', 'dashboard'], environment)).stderr).toContain(
      'no key in force',
    );
    const { rows } = await pool.query('select action, by, source from audit order by id');
    expect(rows).toEqual([
      { action: 'key.add', by: 'Anne Keller', source: 'command line' },
      { action: 'key.revoke', by: 'Anne Keller', source: 'command line' },
    ]);
  });

  it('an administrator revokes one over HTTP, his own too', async () => {
    const { ask, keyOf } = await watched({ requireKey: true });
    const key = await keyOf('admin');
    const { keys } = (await ask('/api/keys', { key })).body as { keys: { id: number }[] };
    expect((await ask(`/api/keys/${keys[0]?.id}`, { method: 'DELETE', key })).body).toMatchObject({
      revokedBy: 'admin-key',
    });
    await until(async () => (await ask('/api/keys', { key })).status === 401, 'the key to be refused');
  });

  it('is good until its time is over, to the moment', async () => {
    const { ask, keyOf } = await watched({ requireKey: true });
    const key = await keyOf('read', { livesMs: 1500 });
    expect((await ask('/api/devices', { key })).status).toBe(200);
    const endsMs = performance.now() + 1500;
    await until(async () => performance.now() > endsMs, 'its end');
    expect(await ask('/api/devices', { key })).toMatchObject({
      status: 401,
      body: { message: 'This key has expired.' },
    });
  });

  it('cannot be guessed: an address that shows wrong ones is held up, and who has one is not', async () => {
    const { ask, keyOf, registry } = await watched({ trustedProxies: ['127.0.0.1'] });
    const good = await keyOf('read');
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      // The prefix is right, as somebody would have it who read it over a shoulder.
      const key = `${good.slice(0, 13)}${String(i).padStart(43, 'A')}`;
      const { status, headers } = await ask('/api/devices', { key, ...from('198.51.100.7') });
      statuses.push(status);
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);
    expect(
      (await ask('/api/devices', { key: good, ...from('198.51.100.7') })).status,
      'right, and too late',
    ).toBe(429);
    expect((await ask('/api/devices', { key: good, ...from('198.51.100.8') })).status, 'from elsewhere').toBe(
      200,
    );
    expect(await registry.metrics()).toMatch(/veilleur_api_refused_total\{why="too_many"\} 6/);
  });

  it('may ask so often and no more; another one is not held up by it', async () => {
    const { ask, keyOf } = await watched({ requireKey: true, ratePerS: 1 });
    const [busy, calm] = [await keyOf('read', { name: 'busy' }), await keyOf('read', { name: 'calm' })];
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await ask('/api/jobs', { key: busy }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(answers[5]?.headers.get('retry-after')).toBe('1');
    expect(answers[5]?.body).toMatchObject({ code: 'too_many_requests' });
    expect((await ask('/api/jobs', { key: calm })).status).toBe(200);
    // One address without a key has a bucket of its own, for what is open too.
    const open = [];
    for (let i = 0; i < 6; i += 1) open.push((await ask('/health')).status);
    expect(open).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it('answers carry what keeps browsers from mischief, and HTTPS for good only behind TLS', async () => {
    const { ask } = await watched();
    for (const [path, isPage] of [
      ['/', true],
      ['/api/devices', false],
      ['/api/nothing', false],
      ['/metrics', false],
    ] as const) {
      const { headers } = await ask(path);
      expect(Object.fromEntries(headers), path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': isPage ? 'no-cache' : 'no-store',
        'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
      });
      expect(headers.has('strict-transport-security'), path).toBe(false);
      expect(headers.has('access-control-allow-origin'), path).toBe(false);
    }
    const refused = await ask('/api/devices', { headers: PROXY });
    expect(refused.headers.get('x-content-type-options'), 'refusals too').toBe('nosniff');
    const behindTls = await watched({ behindTls: true });
    expect((await behindTls.ask('/')).headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
  });

  it('too long a body is refused, and a caller who takes for ever to speak is cut off', async () => {
    const { ask, url, acknowledgement } = await watched({ slowCallerMs: 500 });
    const text = 'x'.repeat(200_000);
    expect((await ask(acknowledgement, { method: 'POST', body: { by: 'Anne', text } })).status).toBe(413);
    const startedMs = performance.now();
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /api/devices HTTP/1.1\r\nHost: 127');
    socket.resume();
    await once(socket, 'close');
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('is kept by the page in its tab, and goes with every question', async () => {
    const { url, keyOf } = await watched({ requireKey: true });
    const kept = new Map<string, string>();
    vi.stubGlobal('location', { href: `${url}/` });
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    });
    await expect(page.ask('/api/overview')).rejects.toThrow(page.KeyWanted);
    page.keepKey(await keyOf('read'));
    const answer = await page.ask('/api/overview');
    expect(await answer.json()).toMatchObject({ devices: [{ devEui: DEVICE }] });
    expect(page.plainText('{"name":"Éclairage"}').type).toBe('text/plain; charset=utf-8');
    page.keepKey('wrong');
    await expect(page.ask('/api/overview')).rejects.toThrow('no key of this Veilleur');
    page.keepKey(null);
    expect(page.hasKey()).toBe(false);
  });
});
