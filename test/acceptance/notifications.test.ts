import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { readAlertingConfig, readNotificationsFile, startAlerting, startNotifying } from '@veilleur/alerting';
import { createLogger, createMetrics } from '@veilleur/runtime';
import {
  acknowledgeAlert,
  addSilence,
  listNotifications,
  outboxFigures,
  sendAgain,
  Writer,
} from '@veilleur/store';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import {
  type AlertTold,
  addDevice,
  clear,
  notificationsFile,
  raise,
  raiseAll,
  rulesAre,
} from '../support/alerts.ts';
import { until } from '../support/bridge-under-test.ts';
import { hasMosquitto, startAedes, startMosquitto } from '../support/brokers.ts';
import { frameOf, paris } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { NOTIFY_PROGRAM } from '../support/notify-process.ts';
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts';
import { veilleurSays } from '../support/run-veilleur.ts';

const LEAK = {
  name: 'leak',
  title: { en: 'Water leak', fr: 'Fuite d’eau' },
  kind: 'continuous_flow',
  quantity: 'water_volume',
  over: '24h',
  above: 0.01,
};
/** Alerts of one rule, more than ten at once, would come together. */
const RULES = ['leak', 'leak-b', 'leak-c', 'leak-d'].map((name) => ({ ...LEAK, name }));
const SILENT = { name: 'silent', title: { en: 'Silent', fr: 'Muet' }, kind: 'absence', after: '3h' };
const OUTAGE = {
  name: 'outage',
  title: { en: 'Cabinet without power', fr: 'Armoire sans tension' },
  kind: 'many',
  of: ['silent'],
  by: 'cabinet',
  atLeast: 5,
  severity: 'critical',
};

const devEuiOf = (i: number) => `70b3d5e75e01${i.toString(16).padStart(4, '0')}`;

describeOnEachEngine('notifications', (engine) => {
  const endings = endingsAfterEach();

  const freshPool = async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database;
  };
  const notify = async (
    { pool }: Awaited<ReturnType<typeof freshPool>>,
    yaml: string,
    clock: () => Date = () => new Date(),
  ) => {
    const notifications = await readNotificationsFile(await notificationsFile(endings, yaml), {});
    const registry = createMetrics();
    const notifying = await startNotifying(
      {
        timeZone: 'Europe/Paris',
        notifications,
        planEveryMs: 50,
        pollMs: 20,
        retries: { firstMs: 20, longestMs: 100 },
      },
      { pool, registry, log: createLogger('silent'), clock },
    );
    endings.push(() => notifying.stop());
    return registry;
  };

  it('reach mail, webhook, telephone, Alertmanager and broker, and tell each of them when it is over', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, RULES);
    const mail = await startMailReceiver({ password: 'hush' });
    endings.push(() => mail.stop());
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    const broker = hasMosquitto ? await startMosquitto() : await startAedes();
    endings.push(() => broker.stop());
    const subscriber = await connectAsync(broker.url);
    endings.push(() => subscriber.endAsync());
    const topics: string[] = [];
    subscriber.on('message', (topic, payload) =>
      topics.push(`${topic} ${payload.length === 0 ? 'gone' : ''}`.trim()),
    );
    await subscriber.subscribeAsync('city/#', { qos: 1 });
    await notify(
      database,
      `
groupWait: 0s
channels:
  - name: mail
    kind: email
    host: 127.0.0.1
    port: ${mail.port}
    security: none
    user: veilleur
    secretFile: secret
    from: veilleur@example.org
    to: [water@example.org, chief@example.org]
  - name: hook
    kind: webhook
    language: en
    url: ${http.url}/hook
    secretFile: secret
  - name: alertmanager
    kind: alertmanager
    url: ${http.url}
  - name: on-call
    kind: sms
    url: ${http.url}/sms?to={{to}}
    headers: { Authorization: 'Bearer {{secret}}' }
    secretFile: secret
    body: '{"text": "{{short}}"}'
    to: '+33 6 12'
  - name: broker
    kind: mqtt
    url: ${broker.url}
    topic: city/alerts
    state: true
routes:
  - name: all
    to: [mail, hook, alertmanager, on-call, broker]
`,
    );
    const told: AlertTold = {
      rule: 'leak',
      devEui: devEuiOf(1),
      deviceId: await addDevice(pool, devEuiOf(1), 'École "Jean Zay"', {
        street: 'Rue des Lilas',
        aesKey: '9F5213BC',
      }),
      severity: 'critical',
      beganAt: paris('2026-03-28 22:30'),
      worst: 0.2425,
    };
    const { id } = await raise(pool, told, new Date());
    const subjects = () => mail.mails.map(({ headers }) => headers.get('subject'));
    await until(
      () => mail.mails.length === 1 && http.calls.length === 3 && topics.length === 2,
      20_000,
      () => `one of each; there are ${JSON.stringify({ mails: subjects(), calls: http.calls, topics })}`,
    );
    await clear(pool, id, told, paris('2026-03-29 04:10'), new Date());
    await until(
      () => mail.mails.length === 2 && http.calls.length === 6 && topics.length === 4,
      20_000,
      () => `two of each; there are ${JSON.stringify({ mails: subjects(), calls: http.calls, topics })}`,
    );

    expect(subjects()).toEqual([
      '[CRITIQUE] Fuite d’eau - École "Jean Zay"',
      '[CRITIQUE] Terminé : Fuite d’eau - École "Jean Zay"',
    ]);
    const [first, last] = mail.mails;
    expect(first).toMatchObject({
      from: 'veilleur@example.org',
      to: ['water@example.org', 'chief@example.org'],
      user: 'veilleur',
    });
    expect(first?.text).toContain(`0,2425 m³/h, depuis le 28/03/2026 22:30, ${devEuiOf(1)}`);
    // The clocks went forward at two: four hours and forty minutes, not five and forty.
    expect(last?.text).toContain('du 28/03/2026 22:30 au 29/03/2026 04:10 (4 h 40 min)');
    expect(first?.headers.get('message-id')).toMatch(/^<[0-9a-f]{32}@veilleur.invalid>$/);

    const hooks = http.calls.filter(({ path }) => path === '/hook');
    for (const { headers, body } of hooks) {
      const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].map(String).join('.');
      const signature = createHmac('sha256', 'hush').update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signature}`);
      expect(headers['idempotency-key']).toBe(headers['webhook-id']);
    }
    expect(hooks.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        kind: 'raised',
        rule: 'leak',
        severity: 'critical',
        subject: '[CRITICAL] Water leak - École "Jean Zay"',
        alerts: [
          {
            id,
            subject: devEuiOf(1),
            beganAt: '2026-03-28T21:30:00.000Z',
            clearedAt: null,
            value: { value: 0.2425, unit: 'm³/h' },
          },
        ],
      },
      { kind: 'cleared', alerts: [{ clearedAt: '2026-03-29T02:10:00.000Z' }] },
    ]);

    const messages = http.calls.filter(({ path }) => path.startsWith('/sms'));
    expect(messages[0]?.path).toBe('/sms?to=%2B33%206%2012');
    expect(messages[0]?.headers.authorization).toBe('Bearer hush');
    expect((JSON.parse(messages[0]?.body ?? '') as { text: string }).text).toBe(
      `[CRITIQUE] Fuite d’eau - École "Jean Zay", 0,2425 m³/h, depuis le 28/03/2026 22:30, ${devEuiOf(1)}`,
    );

    const [open, over] = http.calls
      .filter(({ path }) => path === '/api/v2/alerts')
      .map(({ body }) => JSON.parse(body) as { labels: object; startsAt: string; endsAt: string }[]);
    expect(open?.[0]?.labels).toEqual(over?.[0]?.labels);
    expect(open?.[0]?.labels).toMatchObject({
      alertname: 'leak',
      severity: 'critical',
      subject: devEuiOf(1),
      tag_street: 'Rue des Lilas',
    });
    expect(Date.parse(open?.[0]?.endsAt ?? '')).toBeGreaterThan(Date.now() + 86_400_000);
    expect(over?.[0]?.endsAt).toBe('2026-03-29T02:10:00.000Z');

    const { rows: outbox } = await pool.query('select body from notification');
    expect(JSON.stringify([outbox, http.calls, mail.mails]), "a meter's key").not.toMatch(/9F5213BC|aesKey/);

    expect(topics).toEqual([
      `city/alerts/critical/${devEuiOf(1)}`,
      `city/alerts/state/leak/${devEuiOf(1)}`,
      `city/alerts/critical/${devEuiOf(1)}`,
      `city/alerts/state/leak/${devEuiOf(1)} gone`,
    ]);
  });

  it('follow from frames: too hot, told; cool again, told as over', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, [
      {
        name: 'hot',
        title: { en: 'Too hot', fr: 'Trop chaud' },
        kind: 'value',
        quantity: 'temperature',
        above: 30,
      },
    ]);
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    const notifications = await readNotificationsFile(
      await notificationsFile(endings, hookOnly(http.url)),
      {},
    );
    const alerting = await startAlerting(readAlertingConfig({ DATABASE_URL: database.url }), {
      pool,
      registry: createMetrics(),
      log: createLogger('silent'),
      notifications,
    });
    endings.push(() => alerting.stop());
    const writer = new Writer(pool);
    const tell = async (fCnt: number, value: number) => {
      const at = new Date();
      await writer.write([
        frameOf(devEuiOf(1), fCnt, [{ at, value, quantity: 'temperature' }], new Date(at.getTime() + 1)),
      ]);
    };
    const told = () => http.calls.map(({ body }) => JSON.parse(body) as object);
    await tell(1, 34.5);
    await until(
      () => told().length === 1,
      30_000,
      () => 'the alert',
    );
    await tell(2, 21);
    await until(
      () => told().length === 2,
      30_000,
      () => 'its end',
    );
    expect(told()).toMatchObject([
      {
        kind: 'raised',
        subject: `[Warning] Too hot - meter ${devEuiOf(1)}`,
        alerts: [{ value: { value: 34.5, unit: '°C' } }],
      },
      { kind: 'cleared' },
    ]);
  });

  it('give a mail server without TLS neither the password nor the mail, unless the file says so', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, RULES);
    const mail = await startMailReceiver({ password: 'hush', refuses: ['gone@example.org'] });
    endings.push(() => mail.stop());
    const channel = (name: string, security: string) => `
  - name: ${name}
    kind: email
    host: 127.0.0.1
    port: ${mail.port}
    security: ${security}
    user: veilleur
    secretFile: secret
    from: veilleur@example.org
    to: [water@example.org, gone@example.org]
    attempts: 2`;
    await notify(
      database,
      `groupWait: 0s\nchannels:${channel('safe', 'starttls')}${channel('clear', 'none')}\nroutes: [{ name: all, to: [safe, clear] }]`,
    );
    await raiseMany(pool, 1);
    const rows = () => listNotifications(pool, { limit: 10 });
    await until(
      async () => (await rows()).filter(({ state }) => state !== 'waiting').length === 2,
      20_000,
      () => 'both channels to come to an end',
    );
    const byChannel = new Map((await rows()).map((row) => [row.channel, row]));
    expect(byChannel.get('safe')).toMatchObject({ state: 'dead', attempts: 2 });
    // One address of two is refused: the other one gets it once, and the outbox says what is missing.
    expect(byChannel.get('clear')).toMatchObject({
      state: 'sent',
      attempts: 1,
      error: 'refused for gone@example.org',
    });
    expect(mail.mails.map(({ to }) => to)).toEqual([['water@example.org']]);
  });

  it('are told again until a receiver that fails every other time has each of them, under its own key', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, RULES);
    const good: string[] = [];
    const http = await startHttpReceiver(({ headers }, nth) => {
      if (nth % 2 === 1) return 503;
      good.push(String(headers['idempotency-key']));
      return 200;
    });
    endings.push(() => http.stop());
    await notify(database, hookOnly(http.url));
    const ids = await raiseMany(pool, 30);
    // The receiver has the last one a moment before the outbox knows.
    const sent = () => listNotifications(pool, { state: 'sent', limit: 100 });
    await until(
      async () => (await sent()).length >= 30,
      30_000,
      () => `30 notifications; ${good.length} came`,
    );
    expect(await listNotifications(pool, { limit: 100 })).toHaveLength(30);
    const rows = await sent();
    expect(new Set(good)).toEqual(new Set(rows.map(({ key }) => key)));
    expect(rows.flatMap(({ alertIds }) => alertIds).sort((a, b) => a - b)).toEqual(ids);
  });

  it('of an end wait until the beginning has arrived, and others do not wait for it', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, RULES);
    const taken: string[] = [];
    let isStuck = true;
    const http = await startHttpReceiver(({ body }) => {
      const { kind, alerts } = JSON.parse(body) as { kind: string; alerts: { name: string }[] };
      if (isStuck && alerts[0]?.name === 'stuck') return 503;
      taken.push(`${alerts[0]?.name} ${kind}`);
      return 200;
    });
    endings.push(() => http.stop());
    await notify(database, hookOnly(http.url));
    const now = new Date();
    const [stuck, well] = await Promise.all(
      ['stuck', 'well'].map(
        async (name, i): Promise<AlertTold> => ({
          rule: 'leak',
          devEui: devEuiOf(i),
          deviceId: await addDevice(pool, devEuiOf(i), name),
          beganAt: new Date(now.getTime() - 7_200_000),
        }),
      ),
    );
    if (stuck === undefined || well === undefined) throw new Error('there are two');
    const { id } = await raise(pool, stuck, now);
    await until(
      () => http.calls.length >= 2,
      20_000,
      () => 'the first attempts',
    );
    await clear(pool, id, stuck, now, now);
    await raise(pool, well, now);
    await until(
      async () => taken.length === 1 && (await listNotifications(pool, { limit: 9 })).length === 3,
      20_000,
      () => `the other alert; there is ${JSON.stringify(taken)}`,
    );
    expect(taken).toEqual(['well raised']);
    isStuck = false;
    await until(
      () => taken.length === 3,
      20_000,
      () => `the rest; there is ${JSON.stringify(taken)}`,
    );
    expect(taken).toEqual(['well raised', 'stuck raised', 'stuck cleared']);
  });

  it('that are given up stay visible, and arrive under the same key when a person sends them again', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, RULES);
    let isWell = false;
    const http = await startHttpReceiver(() => (isWell ? 200 : 500));
    endings.push(() => http.stop());
    const registry = await notify(database, hookOnly(http.url, 'attempts: 3'));
    await raiseMany(pool, 1);
    const dead = () => listNotifications(pool, { state: 'dead', limit: 10 });
    await until(
      async () => (await dead()).length === 1,
      20_000,
      () => 'the notification to be given up',
    );
    const [row] = await dead();
    expect(row).toMatchObject({ attempts: 3, error: '500: not today' });
    expect(http.calls).toHaveLength(3);
    expect(await outboxFigures(pool, new Date())).toMatchObject([{ channel: 'hook', waiting: 0, dead: 1 }]);
    expect(await registry.getSingleMetricAsString('veilleur_notifications_dead')).toContain(
      'veilleur_notifications_dead{channel="hook"} 1',
    );
    isWell = true;
    await sendAgain(pool, row?.id ?? 0, new Date());
    await until(
      async () => (await listNotifications(pool, { state: 'sent', limit: 10 })).length === 1,
      20_000,
      () => 'the notification to be sent',
    );
    expect(new Set(http.calls.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([row?.key]));
    await expect(sendAgain(pool, row?.id ?? 0, new Date())).rejects.toMatchObject({
      code: 'notification_not_dead',
    });
  });

  it('survive kill -9 between being sent and being marked: sent again under the same key, none lost', async () => {
    const { pool, url } = await freshPool();
    await rulesAre(pool, RULES);
    let running: ChildProcess | undefined;
    const taken: string[] = [];
    let kills = 0;
    // It has the notification, and the one who sent it dies before it hears so.
    const http = await startHttpReceiver(({ headers }, nth) => {
      taken.push(String(headers['idempotency-key']));
      if (nth % 3 !== 1 || kills === 3) return 200;
      kills += 1;
      running?.kill('SIGKILL');
      return null;
    });
    endings.push(() => http.stop());
    const file = await notificationsFile(endings, hookOnly(http.url));
    const ending = { over: false };
    const run = async () => {
      while (!ending.over) {
        running = spawn(process.execPath, [NOTIFY_PROGRAM, url, file], { stdio: 'ignore' });
        await once(running, 'exit');
      }
    };
    const supervised = run();
    endings.push(async () => {
      ending.over = true;
      running?.kill('SIGKILL');
      await supervised;
    });
    const ids = await raiseMany(pool, 12);
    await until(
      async () => (await listNotifications(pool, { state: 'sent', limit: 100 })).length === 12,
      120_000,
      () => `12 notifications sent; ${taken.length} calls, ${kills} kills`,
    );
    const rows = await listNotifications(pool, { limit: 100 });
    expect(rows.flatMap(({ alertIds }) => alertIds).sort((a, b) => a - b)).toEqual(ids);
    expect(kills).toBe(3);
    expect(new Set(taken)).toEqual(new Set(rows.map(({ key }) => key)));
    // What was taken and not marked came twice, under its key.
    expect(taken.length).toBeGreaterThan(12);
  });

  it('are planned once each, and all arrive, while two processes are killed at any moment', async () => {
    const { pool, url } = await freshPool();
    const rules = Array.from({ length: 12 }, (_, i) => ({ ...LEAK, name: `leak-${i}` }));
    await rulesAre(pool, rules);
    const taken: string[] = [];
    const http = await startHttpReceiver(({ headers }) => {
      taken.push(String(headers['idempotency-key']));
      return 200;
    });
    endings.push(() => http.stop());
    const file = await notificationsFile(endings, hookOnly(http.url));
    const running = new Set<ChildProcess>();
    endings.push(async () => {
      for (const child of running) child.kill('SIGKILL');
    });
    const run = () => {
      const child = spawn(process.execPath, [NOTIFY_PROGRAM, url, file], { stdio: 'ignore' });
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    };
    run();
    const deviceId = await addDevice(pool, devEuiOf(1), 'meter');
    const ids: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const victim = run();
      const now = new Date();
      const told = Array.from({ length: 6 }, (_, i) => ({
        rule: `leak-${(round * 6 + i) % 12}`,
        devEui: `${devEuiOf(1)}-${round}`,
        deviceId,
        beganAt: new Date(now.getTime() - 7_200_000),
      }));
      ids.push(...(await raiseAll(pool, told, now)));
      await delay(350 + 60 * round);
      // Now the one that leads, now the one that stands by.
      const first = [...running][0];
      (round % 2 === 0 ? first : victim)?.kill('SIGKILL');
    }
    const sent = () => listNotifications(pool, { state: 'sent', limit: 1000 });
    await until(
      async () => new Set((await sent()).flatMap(({ alertIds }) => alertIds)).size === ids.length,
      60_000,
      () => `${ids.length} alerts to be told; ${taken.length} calls`,
    );
    const rows = await listNotifications(pool, { limit: 1000 });
    expect(rows.flatMap(({ alertIds }) => alertIds).sort((a, b) => a - b)).toEqual(ids);
    expect(new Set(taken)).toEqual(new Set(rows.map(({ key }) => key)));
    const { rows: open } = await pool.query('select from alert_step where planned_at is null');
    expect(open).toEqual([]);
  });

  it('of fifty lamps of one cabinet are one, and those of its lamps follow when it is over and they stay dark', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, [SILENT, OUTAGE]);
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    let now = paris('2026-03-10 23:00');
    await notify(database, `settle: 1h\n${hookOnly(http.url, '', '30s')}`, () => now);
    const lamps: AlertTold[] = [];
    for (let i = 0; i < 50; i += 1) {
      const deviceId = await addDevice(pool, devEuiOf(i), `lamp ${i}`, { cabinet: 'A12' });
      lamps.push({
        rule: 'silent',
        devEui: devEuiOf(i),
        deviceId,
        beganAt: new Date(now.getTime() - 4_000_000 + i * 1000),
      });
    }
    const ids = await raiseAll(pool, lamps, now);
    const kinds = () =>
      http.calls.map(({ body }) => JSON.parse(body) as { kind: string; rule: string; subject: string });
    now = new Date(now.getTime() + 30_000);
    await until(
      async () => {
        // The group's own news waits for as long.
        now = new Date(now.getTime() + 1000);
        return kinds().length > 0;
      },
      20_000,
      () => 'a notification',
    );
    expect(kinds()).toMatchObject([
      { kind: 'raised', rule: 'outage', subject: '[CRITICAL] Cabinet without power - A12' },
    ]);
    const { rows: held } = await pool.query<{ hidden: string }>(
      'select distinct hidden from alert_step where planned_at is null',
    );
    expect(held).toEqual([{ hidden: expect.stringMatching(/^part of alert \d+$/) }]);

    now = new Date(now.getTime() + 600_000);
    for (const [i, lamp] of lamps.entries()) if (i > 0) await clear(pool, ids[i] ?? 0, lamp, now, now);
    await until(
      () => {
        now = new Date(now.getTime() + 1000);
        return kinds().length === 2;
      },
      20_000,
      () => `the end of the outage; there is ${JSON.stringify(kinds())}`,
    );
    expect(kinds()[1]).toMatchObject({ kind: 'cleared', rule: 'outage' });
    now = new Date(now.getTime() + 3_600_000);
    await until(
      () => kinds().length === 3,
      20_000,
      () => `the lamp that stayed dark; there is ${JSON.stringify(kinds())}`,
    );
    expect(kinds()[2]).toMatchObject({
      kind: 'raised',
      rule: 'silent',
      subject: '[Warning] Silent - lamp 0',
    });
    const { rows: hidden } = await pool.query<{ kind: string; hidden: string; n: number }>(
      `select s.kind, s.hidden, count(*) as n from alert_step s join alert a on a.id = s.alert_id
       where a.rule = 'silent' and s.hidden is not null group by 1, 2 order by 1`,
    );
    expect(hidden).toEqual([
      { kind: 'cleared', hidden: 'nobody was told', n: 49 },
      { kind: 'raised', hidden: 'over', n: 49 },
    ]);
  });

  it('name the gateway that is down, and not the devices that only it hears', async () => {
    const database = await freshPool();
    const { pool } = database;
    await rulesAre(pool, [SILENT]);
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    // What is committed is looked for by the database's own clock.
    const start = Date.now() - 6 * 3_600_000;
    const writer = new Writer(pool);
    const tell = (i: number, fCnt: number, at: number, gateways: readonly string[]) => {
      const entry = frameOf(devEuiOf(i), fCnt, [], new Date(at));
      const receptions = gateways.map((gatewayId) => ({ gatewayId }));
      return entry.kind === 'frame' ? { ...entry, frame: { ...entry.frame, receptions } } : entry;
    };
    const entries = [];
    for (let minute = 0; minute <= 360; minute += 10) {
      const at = start + minute * 60_000;
      // At two hours the church's gateway falls silent; device 2 is heard by the school's too.
      const isUp = minute <= 120;
      if (isUp) entries.push(tell(1, minute, at, ['church']));
      if (isUp) entries.push(tell(2, minute, at + 1, ['church', 'school']));
      entries.push(tell(3, minute, at + 2, ['school']));
    }
    await writer.write(entries);
    const { rows } = await pool.query<{ id: number; dev_eui: string }>('select id, dev_eui from device');
    const idOf = (i: number) => rows.find(({ dev_eui }) => dev_eui === devEuiOf(i))?.id ?? 0;
    const beganAt = new Date(start + 121 * 60_000);
    for (const i of [1, 2]) {
      await raise(pool, { rule: 'silent', devEui: devEuiOf(i), deviceId: idOf(i), beganAt }, new Date());
    }
    await notify(database, `gateways: { downAfter: 1h }\n${hookOnly(http.url)}`);
    const subjects = () =>
      http.calls.map(({ body }) => (JSON.parse(body) as { subject: string }).subject).sort();
    await until(
      () => subjects().length === 2,
      20_000,
      () => `two notifications; there are ${JSON.stringify(subjects())}`,
    );
    expect(subjects()).toEqual([
      '[CRITICAL] Gateway silent - gateway church',
      `[Warning] Silent - meter ${devEuiOf(2)}`,
    ]);
    const { rows: held } = await pool.query<{ subject: string; hidden: string }>(
      `select a.subject, s.hidden from alert_step s join alert a on a.id = s.alert_id where s.planned_at is null`,
    );
    expect(held).toEqual([
      { subject: devEuiOf(1), hidden: expect.stringMatching(/^its gateway: alert \d+$/) },
    ]);
    const { rows: gateway } = await pool.query<{ began_at: Date; opened_at: Date }>(
      `select began_at, opened_at from alert where rule = 'gateway-down'`,
    );
    expect(gateway).toEqual([
      { began_at: new Date(start + 120 * 60_000 + 1), opened_at: new Date(start + 180 * 60_000 + 1) },
    ]);
  });

  it('wait for the end of a silence, go further when nobody takes it up, and no further when somebody does', async () => {
    const database = await freshPool();
    const { pool, url } = database;
    await rulesAre(pool, RULES);
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    let now = paris('2026-03-10 10:00');
    await notify(
      database,
      `
groupWait: 0s
channels:
  - { name: hook, kind: webhook, language: en, url: '${http.url}/team', secretFile: secret }
  - { name: chief, kind: webhook, language: en, url: '${http.url}/chief', secretFile: secret }
  - { name: mayor, kind: webhook, language: en, url: '${http.url}/mayor', secretFile: secret }
routes:
  - name: all
    to: [hook]
    escalate:
      - { after: 30min, to: [chief] }
      - { after: 2h, to: [mayor] }
`,
      () => now,
    );
    const later = (minutes: number) => {
      now = new Date(now.getTime() + minutes * 60_000);
    };
    await addSilence(
      pool,
      {
        kind: 'maintenance',
        matching: { rules: ['leak'] },
        from: now,
        to: paris('2026-03-10 11:00'),
        comment: 'works',
      },
      { by: 'Léa', now },
    );
    const [id = 0] = await raiseMany(pool, 1, now);
    const hidden = async () =>
      (await pool.query<{ hidden: string | null }>('select hidden from alert_step order by id')).rows[0]
        ?.hidden;
    await until(
      async () => (await hidden()) === 'maintenance 1',
      20_000,
      () => 'the alert to be held back',
    );
    const shown = await veilleurSays(['alerts', 'show', String(id)], { DATABASE_URL: url, LANG: 'C' });
    expect(shown).toMatch(/raised .*\[not told for now: maintenance 1\]/);
    expect(http.calls).toEqual([]);
    later(61);
    const arrived = async (path: string) => {
      await until(
        () => http.calls.at(-1)?.path === path,
        20_000,
        () => `${path}; there is ${JSON.stringify(http.calls.map((call) => call.path))}`,
      );
    };
    await arrived('/team');
    later(29);
    await delay(500);
    expect(http.calls).toHaveLength(1);
    later(2);
    await arrived('/chief');
    await acknowledgeAlert(pool, id, { by: 'Léa', now });
    later(300);
    await delay(500);
    expect(http.calls.map(({ path }) => path)).toEqual(['/team', '/chief']);
    const { rows } = await pool.query(
      `select s.kind, s.detail->'to' as to, a.escalated from alert_step s join alert a on a.id = s.alert_id
       where s.kind = 'escalated'`,
    );
    expect(rows).toEqual([{ kind: 'escalated', to: ['chief'], escalated: 1 }]);
  });

  async function raiseMany(
    pool: Parameters<typeof raise>[0],
    count: number,
    now = new Date(),
  ): Promise<number[]> {
    const told: AlertTold[] = [];
    for (let i = 0; i < count; i += 1) {
      const deviceId = await addDevice(pool, devEuiOf(i), `meter ${i}`);
      told.push({
        rule: RULES[i % RULES.length]?.name ?? '',
        devEui: devEuiOf(i),
        deviceId,
        beganAt: new Date(now.getTime() - 7_200_000),
      });
    }
    return raiseAll(pool, told, now);
  }
});

const hookOnly = (url: string, more = '', groupWait = '0s') => `
groupWait: ${groupWait}
channels:
  - name: hook
    kind: webhook
    language: en
    url: ${url}/hook
    secretFile: secret
    timeout: 2s
    ${more}
routes:
  - { name: all, to: [hook] }
`;
