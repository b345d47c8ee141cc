import { readNotificationsFile, startNotifying } from '@veilleur/alerting';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { listNotifications } from '@veilleur/store';
import { expect, it } from 'vitest';
import { type AlertTold, addDevice, notificationsFile, raise, rulesAre, worsen } from '../support/alerts.ts';
import { until } from '../support/bridge-under-test.ts';
import { paris } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { startHttpReceiver } from '../support/receivers.ts';

const HOT = {
  name: 'hot',
  title: { en: 'Hot', fr: 'Chaud' },
  kind: 'value',
  quantity: 'temperature',
  above: 30,
};
const DEV_EUI = '70b3d5e75e010001';

describeOnEachEngine('when notifications come', (engine) => {
  const endings = endingsAfterEach();

  /** A city with one meter, notifying by this file, at this time. */
  const begin = async (at: string, yamlOf: (url: string) => string, statusOf = (_path: string) => 200) => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    await rulesAre(pool, [HOT]);
    const http = await startHttpReceiver(({ path }) => statusOf(path));
    endings.push(() => http.stop());
    const clock = { now: paris(at) };
    const told: AlertTold = {
      rule: 'hot',
      devEui: DEV_EUI,
      deviceId: await addDevice(pool, DEV_EUI, 'the boiler room'),
      beganAt: new Date(clock.now.getTime() - 7_200_000),
    };
    const notifications = await readNotificationsFile(await notificationsFile(endings, yamlOf(http.url)), {});
    const notifying = await startNotifying(
      {
        timeZone: 'Europe/Paris',
        notifications,
        planEveryMs: 50,
        pollMs: 20,
        retries: { firstMs: 40_000, longestMs: 50_000 },
      },
      { pool, registry: createMetrics(), log: createLogger('silent'), clock: () => clock.now },
    );
    endings.push(() => notifying.stop());
    const heard = (path: string) =>
      http.calls
        .filter((call) => call.path === path)
        .map(({ body }) => (JSON.parse(body) as { subject: string }).subject);
    return { pool, clock, told, heard };
  };

  it('in quiet hours a warning waits, and is told as soon as it is critical', async () => {
    const { pool, clock, told, heard } = await begin(
      '2026-03-10 23:00',
      (url) => `
groupWait: 0s
channels:
  - name: phone
    kind: webhook
    language: en
    url: ${url}/phone
    secretFile: secret
    quietHours: { between: ["22:00", "07:00"] }
routes:
  - { name: all, to: [phone] }
`,
    );
    const { id } = await raise(pool, told, clock.now);
    const waiting = () => listNotifications(pool, { limit: 10 });
    await until(
      async () => (await waiting()).length === 1,
      20_000,
      () => 'the message that waits',
    );
    expect(await waiting()).toMatchObject([{ step: 'raised', notBefore: paris('2026-03-11 07:00') }]);
    expect(heard('/phone')).toEqual([]);

    clock.now = paris('2026-03-11 01:30');
    await worsen(pool, id, { ...told, severity: 'critical' }, clock.now);
    await until(
      () => heard('/phone').length > 0,
      20_000,
      () => 'what became critical, in the night',
    );
    expect(heard('/phone')).toEqual(['[CRITICAL] Hot - the boiler room']);
    expect(await waiting()).toMatchObject([{ step: 'raised', alertIds: [id] }]);
  });

  it('an alert goes further in time though its first message is refused again and again', async () => {
    const { pool, clock, told, heard } = await begin(
      '2026-03-10 12:00',
      (url) => `
groupWait: 0s
channels:
  - { name: broken, kind: webhook, language: en, url: '${url}/broken', secretFile: secret, attempts: 50 }
  - { name: on-call, kind: webhook, language: en, url: '${url}/on-call', secretFile: secret }
routes:
  - { name: all, to: [broken], escalate: [{ after: 15min, to: [on-call] }] }
`,
      (path) => (path === '/broken' ? 500 : 200),
    );
    await raise(pool, told, clock.now);
    const late = paris('2026-03-10 12:40');
    await until(
      () => {
        clock.now = new Date(clock.now.getTime() + 10_000);
        return heard('/on-call').length > 0 || clock.now > late;
      },
      60_000,
      () => `the escalation after ${heard('/broken').length} attempts`,
    );
    expect(heard('/broken').length).toBeGreaterThan(3);
    expect(heard('/on-call')).toEqual(['[Warning] Nobody has taken it up: Hot - the boiler room']);
    expect(clock.now.getTime()).toBeGreaterThan(paris('2026-03-10 12:15').getTime());
  });
});
