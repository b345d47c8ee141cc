import { startApi } from '@veilleur/api';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { type FrameEntry, Writer } from '@veilleur/store';
import { expect, it } from 'vitest';
import { putRulesOf, startAlertingUnderTest } from '../support/alerting.ts';
import { frameOf } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

const HOT = `
- name: hot
  title: { en: Too hot, fr: Trop chaud }
  kind: value
  quantity: temperature
  above: 30
  worse: { beyond: 40, severity: critical }
  reopenWithin: 0s
- name: cold
  title: { en: Too cold, fr: Trop froid }
  severity: info
  kind: value
  quantity: temperature
  below: 0
`;

const at = (day: string) => new Date(`2026-${day.replace(' ', 'T')}:00Z`);
const devEuiOf = (device: number) => `70b3d5e75e00000${device}`;

type Json = Readonly<Record<string, unknown>>;

const asOnTheLabel = (devEui: string) => devEui.toUpperCase().replace(/(..)(?!$)/g, '$1-');

describeOnEachEngine('alerts, to people and to programs', (engine) => {
  const endings = endingsAfterEach();

  /** Three rooms: one was hot for a day, one is hot, one is cold. */
  async function rooms() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    await putRulesOf(pool, HOT, at('03-01 00:00'));
    const clock = { now: at('03-01 00:00') };
    const alerting = await startAlertingUnderTest(database.url, () => clock.now);
    endings.push(() => alerting.stop());
    const told: FrameEntry[] = [
      [1, '03-01 10:00', 35],
      [1, '03-02 10:00', 20],
      [2, '03-03 08:00', 31],
      [2, '03-03 09:00', 45],
      [3, '03-03 09:30', -4],
    ].map(([device, when, value], i) => {
      const moment = at(String(when));
      const frame = frameOf(
        devEuiOf(Number(device)),
        i + 1,
        [{ at: moment, value: Number(value), quantity: 'temperature' }],
        moment,
      );
      return {
        ...frame,
        frame: { ...frame.frame, device: { ...frame.frame.device, name: `room ${device}` } },
      };
    });
    const writer = new Writer(pool);
    for (const entry of told) {
      clock.now = entry.received.at;
      await writer.write([entry]);
      await alerting.settled();
    }
    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' },
      { pool, registry: createMetrics(), log: createLogger('silent') },
    );
    endings.push(() => api.stop());
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${api.url}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: answer.status, body: (await answer.json()) as Json };
    };
    const alerts = async (query = '') =>
      (await ask('GET', `/api/alerts${query}`)).body as Json & {
        readonly alerts: readonly { readonly id: number; readonly subject: string }[];
        readonly next: number | null;
      };
    const idOf = async (device: number) => {
      const found = (await alerts()).alerts.find(({ subject }) => subject === devEuiOf(device));
      if (found === undefined) throw new Error(`no alert of room ${device}`);
      return found.id;
    };
    return {
      pool,
      url: api.url,
      ask,
      alerts,
      idOf,
      environment: { DATABASE_URL: database.url, LANG: 'C', USER: 'Anne Keller' },
    };
  }

  it('the newest stand first, a page at a time, with what each number means', async () => {
    const { ask, alerts, pool, environment } = await rooms();
    const first = await alerts('?limit=2');
    expect(first).toMatchObject({
      open: { info: 1, warning: 0, critical: 1 },
      alerts: [
        {
          rule: 'cold',
          title: { en: 'Too cold', fr: 'Trop froid' },
          subject: devEuiOf(3),
          devEui: devEuiOf(3),
          device: 'room 3',
          severity: 'info',
          state: 'open',
          openedAt: '2026-03-03T09:30:00.000Z',
          clearedAt: null,
          worst: { value: -4, unit: '°C', of: 'measurement' },
          assignedTo: null,
        },
        { rule: 'hot', device: 'room 2', severity: 'critical', worst: { value: 45, unit: '°C' } },
      ],
    });
    const second = await alerts(`?limit=2&after=${first.next}`);
    expect(second).toMatchObject({
      alerts: [{ device: 'room 1', state: 'cleared', clearedAt: '2026-03-02T10:00:00.000Z' }],
      next: null,
    });
    const devices = async (query: string) =>
      (await alerts(query)).alerts.map(({ subject }) => subject.at(-1));
    expect(await devices('?state=open,acknowledged')).toEqual(['3', '2']);
    expect(await devices('?state=cleared')).toEqual(['1']);
    expect(await devices('?rule=hot')).toEqual(['2', '1']);
    expect(await devices('?severity=info')).toEqual(['3']);
    expect(await devices('?subject=room%201')).toEqual(['1']);
    expect(await devices(`?subject=${asOnTheLabel(devEuiOf(1))}`)).toEqual(['1']);
    // Room 2 is in the school; room 1 left it before it was hot.
    await pool.query(`
      with school as (insert into site (code, name, kind) values ('school', 'School', 'building') returning id),
      floor as (insert into site (code, name, kind, parent_id)
        select 'floor', 'Floor', 'household', id from school returning id),
      point as (insert into metering_point (code, kind, quantity_id, site_id)
        select 'on-floor', 'own', 1, id from floor returning id)
      insert into installation (point_id, device_id, device_quantity_id, quantity_id, reason, recorded_at, from_time, to_time)
      select p.id, d.id, 1, 1, 'first', now(), timestamptz '2026-01-01', case when d.name = 'room 1' then timestamptz '2026-02-01' end
      from point p, device d where d.name in ('room 1', 'room 2')`);
    expect(await devices('?site=school')).toEqual(['2']);
    expect(await devices('?site=floor&severity=critical&rule=hot')).toEqual(['2']);
    expect(await devices('?site=school&severity=info')).toEqual([]);
    expect(await devices('?site=gym')).toEqual([]);
    const ofSchool = await veilleurSays(['alerts', '--site', 'school'], environment);
    expect(ofSchool).toContain('room 2');
    expect(ofSchool).not.toMatch(/room [13]/);
    expect(await devices('?since=2026-03-02T10:30:00Z')).toEqual(['3', '2']);
    expect(await devices('?until=2026-03-03T08:30:00Z')).toEqual(['2', '1']);
    expect(await ask('GET', '/api/alerts?state=shut')).toMatchObject({
      status: 400,
      body: { code: 'request_invalid' },
    });
    const { body } = await ask('GET', '/api/rules');
    expect(body).toMatchObject({
      rules: [
        { name: 'cold', definition: { kind: 'value', below: 0 }, recordedBy: 'test', openAlerts: 1 },
        { name: 'hot', openAlerts: 1 },
      ],
    });
  });

  it('people take care of an alert under their names, and all of it stays in its history', async () => {
    const { ask, idOf } = await rooms();
    const id = await idOf(2);
    const act = (what: string, body: unknown) => ask('POST', `/api/alerts/${id}/${what}`, body);
    expect((await act('acknowledge', { by: 'Anne Keller' })).body).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'Anne Keller',
    });
    expect((await act('acknowledge', { by: 'Jean' })).body, 'the first one has it').toMatchObject({
      acknowledgedBy: 'Anne Keller',
    });
    expect((await act('assign', { by: 'Anne Keller', to: 'équipe bâtiments' })).body).toMatchObject({
      assignedTo: 'équipe bâtiments',
    });
    await act('comment', { by: 'Jean', text: 'the window is open' });
    expect((await act('acknowledge', { by: 'Anne Keller', undo: true })).body).toMatchObject({
      state: 'open',
      acknowledgedBy: null,
    });
    const { body } = await ask('GET', `/api/alerts/${id}`);
    const history = body.history as readonly { kind: string; by: string; detail: object }[];
    expect(history.map(({ kind, by, detail }) => [kind, by, detail])).toEqual([
      ['raised', 'engine', expect.any(Object)],
      ['worsened', 'engine', expect.any(Object)],
      ['acknowledged', 'Anne Keller', {}],
      ['assigned', 'Anne Keller', { to: 'équipe bâtiments' }],
      ['commented', 'Jean', { text: 'the window is open' }],
      ['unacknowledged', 'Anne Keller', {}],
    ]);
    expect(body).toMatchObject({ severity: 'critical', notifications: [], pauses: [] });
  });

  it('an act without a name, or of a form that is not known, is refused and leaves nothing behind', async () => {
    const { ask, pool, idOf } = await rooms();
    const id = await idOf(2);
    const before = await pool.query('select count(*) from alert_step');
    const silence = { by: 'Jean', matching: {}, to: '2120-01-01T00:00:00Z', comment: 'works' };
    for (const [path, body] of [
      [`/api/alerts/${id}/acknowledge`, {}],
      [`/api/alerts/${id}/acknowledge`, { by: '   ' }],
      [`/api/alerts/${id}/comment`, { by: 'Engine', text: 'I am the engine' }],
      [`/api/alerts/${id}/acknowledge`, { by: 'Jean', force: true }],
      [`/api/alerts/${id}/comment`, { by: 'Jean', text: ' ' }],
      ['/api/silences', { ...silence, to: '2020-01-01T00:00:00Z' }],
      ['/api/silences', { ...silence, by: 'engine' }],
      ['/api/silences', { ...silence, matching: { rule: 'hot' } }],
    ] as const) {
      const refused = { code: expect.any(String), message: expect.any(String), remedy: expect.any(String) };
      const answer = await ask('POST', path, body);
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: refused });
    }
    expect((await pool.query('select count(*) from alert_step')).rows).toEqual(before.rows);
    expect((await pool.query('select from silence')).rowCount).toBe(0);
  });

  it('what is not there is not found', async () => {
    const { ask } = await rooms();
    const by = { by: 'Jean' };
    for (const { status, body } of [
      await ask('GET', '/api/alerts/999'),
      await ask('POST', '/api/alerts/999/acknowledge', by),
      await ask('DELETE', '/api/silences/999?by=Jean'),
    ]) {
      expect(status).toBe(404);
      expect(body.remedy).toBeTruthy();
    }
  });

  it('a page of another site cannot write through somebody’s browser', async () => {
    const { pool, url, idOf } = await rooms();
    const address = `${url}/api/alerts/${await idOf(2)}/comment`;
    const body = JSON.stringify({ by: 'a stranger', text: 'nothing to see here' });
    // What a browser sends to another site without asking that site first.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { status } = await fetch(address, { method: 'POST', body, headers: { 'content-type': type } });
      expect([400, 415], type).toContain(status);
    }
    const asked = await fetch(address, {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    expect((await pool.query(`select from alert_step where kind = 'commented'`)).rowCount).toBe(0);
  });

  it('a silence is made, listed, ended; it stays in the record', async () => {
    const { ask } = await rooms();
    const made = await ask('POST', '/api/silences', {
      by: 'Anne Keller',
      kind: 'maintenance',
      matching: {
        devices: [asOnTheLabel(devEuiOf(1)), 'room 2'],
        tags: { building: ['school', 'town hall'] },
      },
      to: '2120-01-01T00:00:00+01:00',
      comment: 'boiler works',
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        kind: 'maintenance',
        matching: { devices: [devEuiOf(1), 'room 2'], tags: { building: ['school', 'town hall'] } },
        to: '2119-12-31T23:00:00.000Z',
        createdBy: 'Anne Keller',
        endedAt: null,
      },
    });
    expect((await ask('GET', '/api/silences')).body.silences).toHaveLength(1);
    const { body } = await ask('DELETE', `/api/silences/${String(made.body.id)}?by=Jean`);
    expect(body).toMatchObject({ endedBy: 'Jean', comment: 'boiler works' });
    expect((await ask('GET', '/api/silences')).body.silences).toEqual([]);
    expect((await ask('GET', '/api/silences?all=true')).body.silences).toHaveLength(1);
    expect((await ask('DELETE', `/api/silences/${String(made.body.id)}?by=Jean`)).status).toBe(404);
  });

  it('notifications tell what was sent, what waits, and what was given up and is sent again', async () => {
    const { ask, pool, idOf, environment } = await rooms();
    const id = await idOf(2);
    await pool.query(
      `insert into notification (key, channel, alert_ids, step, body, created_at, not_before, attempts, sent_at, dead_at, error)
       values ('k1', 'sms', array[$1::bigint], 'raised', '{"subject": "hot"}', now(), now(), 1, now(), null, null),
              ('k2', 'mail', array[$1::bigint], 'raised', '{}', now(), now(), 8, null, now(), 'no such host'),
              ('k3', 'mail', array[$1::bigint], 'worsened', '{}', now(), now(), 0, null, null, null)`,
      [id],
    );
    const keys = async (query: string) =>
      ((await ask('GET', `/api/notifications${query}`)).body.notifications as { key: string }[]).map(
        ({ key }) => key,
      );
    expect(await keys('')).toEqual(['k3', 'k2', 'k1']);
    expect(await keys('?state=dead')).toEqual(['k2']);
    const { body: page } = await ask('GET', '/api/notifications?limit=2');
    expect(await keys(`?after=${String(page.next)}`)).toEqual(['k1']);
    expect(await keys('?alert=999')).toEqual([]);
    const { body } = await ask('GET', `/api/alerts/${id}`);
    expect(body.notifications).toMatchObject([
      { state: 'waiting' },
      { state: 'dead', error: 'no such host', attempts: 8 },
      { state: 'sent', body: { subject: 'hot' }, alertIds: [id] },
    ]);

    const dead = await veilleurSays(['alerts', 'notifications', '--dead'], environment);
    expect(dead).toMatch(/mail +given up +raised .*no such host/);
    const { rows } = await pool.query<{ id: number }>(`select id from notification where key = 'k2'`);
    const again = await veilleurSays(['alerts', 'resend', String(rows[0]?.id)], environment);
    expect(again).toMatch(/mail +waiting +raised/);
    expect(await runVeilleur(['alerts', 'resend', String(rows[0]?.id)], environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('was given up'),
    });
  });

  it('the command line says the same, in English and in French', async () => {
    const { idOf, environment, pool } = await rooms();
    const id = await idOf(2);
    const open = await veilleurSays(['alerts', '--open'], environment);
    expect(open.split('\n').map((line) => line.trim().split(/ {2,}/).slice(1, 6))).toEqual([
      ['severity', 'state', 'rule', 'of', 'since'],
      ['info', 'open', 'cold', 'room 3', '2026-03-03 10:30'],
      ['critical', 'open', 'hot', 'room 2', '2026-03-03 09:00'],
      [],
    ]);
    expect(open).toContain('45 °C');
    await veilleurSays(['alerts', 'acknowledge', String(id)], environment);
    await veilleurSays(
      ['alerts', 'comment', String(id), 'la fenêtre est ouverte', '--by', 'Jean'],
      environment,
    );
    const shown = await veilleurSays(['alerts', 'show', String(id)], { ...environment, LANG: 'fr_FR.UTF-8' });
    expect(shown).toContain('critique, prise en compte : Trop chaud (hot), room 2');
    expect(shown).toContain('au plus loin de sa limite : 45 °C, le 2026-03-03 10:00');
    expect(shown).toMatch(/prise en compte +Anne Keller/);
    expect(shown).toMatch(/commentaire +Jean +la fenêtre est ouverte/);
    expect(shown).toMatch(/déclenchée .*\[personne n’a encore décidé qui cela concerne\]/);
    expect(shown).toContain('Personne n’a été prévenu.');

    const silence = ['alerts', 'silence', '--to', '2120-01-01', '--comment', 'works'];
    expect(await runVeilleur(silence, environment)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('name what is silenced'),
    });
    const made = await veilleurSays([...silence, '--tag', 'street=rue du Bac', '--rule', 'hot'], environment);
    expect(made).toContain('rules hot, tags street=rue du Bac');
    expect(await veilleurSays(['alerts', 'unsilence', '1', '--by', 'Jean'], environment)).toContain(
      'ended by Jean',
    );
    expect(await veilleurSays(['alerts', 'silences'], environment)).toContain('Nothing is silenced.');
    const { rows } = await pool.query('select created_by, ended_by from silence');
    expect(rows).toEqual([{ created_by: 'Anne Keller', ended_by: 'Jean' }]);
    expect((await runVeilleur(['alerts', 'list', '--rule', 'nothing'], environment)).status).toBe(1);
  });
});
