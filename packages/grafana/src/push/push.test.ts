import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { VeilleurError } from '@veilleur/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrafanaClient } from '../api/grafana-client.ts';
import { dashboardsIn, folderOf } from '../dashboards/index.ts';
import { postgresDataSource, prometheusDataSource } from '../data-sources.ts';
import { FakeGrafana } from '../fake-grafana.ts';
import { push } from './push.ts';
import type { Wanted } from './wanted.ts';

const TOKEN = 'glsa_secret';

const WANTED: Wanted = {
  dataSources: [
    postgresDataSource('postgres://reader@db:5432/veilleur', 'pass word'),
    prometheusDataSource('http://prometheus:9090'),
  ],
  webhooks: [{ uid: 'veilleur-webhook', name: 'Veilleur', url: 'https://ville.example/hook' }],
  folder: folderOf('en'),
  dashboards: dashboardsIn('en'),
};

let grafana: FakeGrafana;
let url: string;

beforeEach(async () => {
  grafana = new FakeGrafana(TOKEN);
  url = await grafana.start();
});

afterEach(() => grafana.stop());

const client = (token = TOKEN, at = url) =>
  new GrafanaClient({ url: at, credentials: { kind: 'token', token }, timeoutMs: 2000 });

async function errorOf(act: Promise<unknown>): Promise<VeilleurError> {
  const error = await act.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(VeilleurError);
  return error as VeilleurError;
}

const outcomes = async (options = {}) =>
  (await push(client(), WANTED, options)).pushed.map(({ kind, uid, outcome }) => `${kind} ${uid} ${outcome}`);

describe('a push', () => {
  it('makes everything in an empty Grafana, what is referred to first', async () => {
    const report = await push(client(), WANTED);
    expect(report.version).toBe('12.4.0');
    expect(report.pushed.map(({ kind, uid, outcome }) => `${kind} ${uid} ${outcome}`)).toEqual([
      'data_source veilleur-postgresql created',
      'data_source veilleur-prometheus created',
      'contact_point veilleur-webhook created',
      'folder veilleur-en created',
      ...['city', 'building', 'lighting', 'water', 'fleet', 'ingestion', 'alerts'].map(
        (name) => `dashboard veilleur-${name}-en created`,
      ),
    ]);
    expect(grafana.dashboards.get('veilleur-city-en')).toMatchObject({
      folderUid: 'veilleur-en',
      dashboard: { title: 'Veilleur – City', editable: false },
    });
    expect(grafana.dataSources.get('veilleur-postgresql')).toMatchObject({
      url: 'db:5432',
      user: 'reader',
      jsonData: { database: 'veilleur', sslmode: 'disable' },
      secureJsonFields: { password: true },
    });
  });

  it('writes nothing where everything is as wanted', async () => {
    await push(client(), WANTED);
    grafana.heard.length = 0;
    const { pushed } = await push(client(), WANTED);
    expect(new Set(pushed.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    expect(grafana.writes).toEqual([]);
  });

  it('writes only what somebody changed, and over the version that it read', async () => {
    await push(client(), WANTED);
    const held = grafana.dashboards.get('veilleur-water-en');
    if (held === undefined) throw new Error('no dashboard');
    held.dashboard = { ...held.dashboard, panels: [], version: 7 };
    grafana.folders.set('veilleur-en', { ...grafana.folders.get('veilleur-en'), title: 'Mine' });
    grafana.dataSources.set('veilleur-prometheus', {
      ...grafana.dataSources.get('veilleur-prometheus'),
      url: 'http://elsewhere',
    });
    grafana.contactPoints.set('veilleur-webhook', {
      ...grafana.contactPoints.get('veilleur-webhook'),
      settings: { url: 'https://other.example/', httpMethod: 'POST' },
    });
    grafana.heard.length = 0;
    expect((await outcomes()).filter((line) => !line.endsWith('unchanged'))).toEqual([
      'data_source veilleur-prometheus updated',
      'contact_point veilleur-webhook updated',
      'folder veilleur-en updated',
      'dashboard veilleur-water-en updated',
    ]);
    expect(grafana.writes).toEqual([
      'PUT /api/datasources/uid/veilleur-prometheus',
      'PUT /api/v1/provisioning/contact-points/veilleur-webhook',
      'PUT /api/folders/veilleur-en',
      'POST /api/dashboards/db',
    ]);
    expect(grafana.heard.at(-1)?.request).toBe('GET /api/dashboards/uid/veilleur-alerts-en');
    expect(new Set(await outcomes())).toEqual(
      new Set((await outcomes()).filter((l) => l.endsWith('unchanged'))),
    );
  });

  it('leaves what Grafana adds to a dashboard, and takes back what a person adds', async () => {
    await push(client(), WANTED);
    const held = grafana.dashboards.get('veilleur-fleet-en');
    if (held === undefined) throw new Error('no dashboard');
    held.dashboard = { ...held.dashboard, liveNow: false, iteration: 17 };
    expect((await outcomes()).at(-3)).toBe('dashboard veilleur-fleet-en unchanged');
    held.dashboard = {
      ...held.dashboard,
      panels: [...(held.dashboard.panels as unknown[]), { type: 'text' }],
    };
    expect((await outcomes()).at(-3)).toBe('dashboard veilleur-fleet-en updated');
  });

  it('writes a password anew when told to, for nobody can read whether it is the same', async () => {
    await push(client(), WANTED);
    const again = await outcomes({ renewSecrets: true });
    expect(again[0]).toBe('data_source veilleur-postgresql updated');
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    const told = await outcomes({ dryRun: true });
    expect(told.every((line) => line.endsWith('created'))).toBe(true);
    expect(told).toHaveLength(11);
    expect(grafana.writes).toEqual([]);
  });

  it('takes a user and a password instead of a token', async () => {
    const basic = new GrafanaClient({
      url,
      credentials: { kind: 'basic', user: 'admin', password: TOKEN },
    });
    expect((await push(basic, WANTED)).pushed).toHaveLength(11);
  });

  it('goes on where it was cut', async () => {
    grafana.instead.set('POST /api/dashboards/db', { status: 500, body: { message: 'database is locked' } });
    const error = await errorOf(push(client(), WANTED));
    expect(error).toMatchObject({ code: 'grafana_failed', retryable: true });
    expect((await outcomes()).filter((line) => line.endsWith('unchanged'))).toHaveLength(4);
  });
});

describe('a refusal', () => {
  it.each([
    [401, { message: 'Invalid API key' }, 'grafana_unauthorised', /token/],
    [403, { message: "You'll need additional permissions" }, 'grafana_forbidden', /service account/],
    [409, { message: 'a folder with the same uid already exists' }, 'grafana_conflict', /Rename or delete/],
    [412, { message: 'x', status: 'version-mismatch' }, 'grafana_changed_meanwhile', /Run again/],
    [412, { message: 'x', status: 'name-exists' }, 'grafana_name_taken', /title/],
    [412, { message: 'x', status: 'plugin-dashboard' }, 'grafana_precondition', /owns it/],
    [400, { message: 'bad request data' }, 'grafana_refused', /version/],
    [429, { message: 'slow down' }, 'grafana_busy', /minute/],
    [502, '<html>Bad gateway</html>', 'grafana_failed', /log/],
    [302, 'Found', 'grafana_moved', /root_url/],
  ])('of status %i says what it is and what to do', async (status, body, code, remedy) => {
    grafana.instead.set('POST /api/folders', { status, body });
    const error = await errorOf(push(client(), WANTED));
    expect(error.code).toBe(code);
    expect(error.remedy).toMatch(remedy);
    expect(error.message).toContain('POST /api/folders');
    expect(JSON.stringify([error.message, error.remedy])).not.toContain(TOKEN);
    expect(grafana.dashboards.size).toBe(0);
  });

  it('comes before anything is written, where the token is wrong', async () => {
    const error = await errorOf(push(client('other'), WANTED));
    expect(error.code).toBe('grafana_unauthorised');
    expect(grafana.writes).toEqual([]);
  });

  it('names another data source of the same name', async () => {
    grafana.dataSources.set('by-hand', { uid: 'by-hand', name: 'Veilleur', type: 'postgres' });
    const error = await errorOf(push(client(), WANTED));
    expect(error.code).toBe('grafana_conflict');
    expect(error.message).toContain('data source with the same name already exists');
  });

  it('is ours where a provisioning file owns what differs, and not where it is the same', async () => {
    await push(client(), WANTED);
    const held = grafana.dashboards.get('veilleur-city-en');
    if (held === undefined) throw new Error('no dashboard');
    held.provisioned = true;
    expect((await outcomes())[4]).toBe('dashboard veilleur-city-en unchanged');
    held.dashboard = { ...held.dashboard, title: 'Older' };
    expect((await errorOf(push(client(), WANTED))).code).toBe('grafana_provisioned');
    grafana.dataSources.set('veilleur-postgresql', {
      ...grafana.dataSources.get('veilleur-postgresql'),
      readOnly: true,
      url: 'elsewhere:5432',
    });
    expect(await errorOf(push(client(), WANTED))).toMatchObject({
      code: 'grafana_provisioned',
      message: expect.stringContaining('veilleur-postgresql'),
    });
  });
});

describe('what is no Grafana', () => {
  it('is told by its answer', async () => {
    grafana.instead.set('GET /api/health', { status: 200, body: '<html>Welcome</html>' });
    expect((await errorOf(push(client(), WANTED))).code).toBe('grafana_answer_unknown');
    expect((await errorOf(push(client(TOKEN, new URL('/elsewhere', url).href), WANTED))).code).toBe(
      'grafana_not_found',
    );
  });

  it('is told by its silence', async () => {
    const server = createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const access = { url: `http://127.0.0.1:${port}`, credentials: { kind: 'token', token: TOKEN } } as const;
    const silent = await errorOf(push(new GrafanaClient({ ...access, timeoutMs: 100 }), WANTED));
    expect(silent).toMatchObject({ code: 'grafana_unreachable', retryable: true });
    server.close();
    const gone = await errorOf(push(new GrafanaClient({ ...access, url: 'http://127.0.0.1:1' }), WANTED));
    expect(gone.code).toBe('grafana_unreachable');
    expect(gone.message).toMatch(/ECONNREFUSED|bad port/);
  });

  it('is told by its address', () => {
    expect(
      () => new GrafanaClient({ url: 'grafana:3000', credentials: { kind: 'token', token: 'x' } }),
    ).toThrow(/not the address/);
    expect(() => postgresDataSource('mysql://reader@db/veilleur', null)).toThrow(/not the address/);
    expect(() => prometheusDataSource('prometheus')).toThrow(/not the address/);
  });
});
