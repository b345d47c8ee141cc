import { readNotificationsFile, startNotifying } from '@veilleur/alerting';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { expect, it } from 'vitest';
import { alertsOf, stepsOf } from '../support/alerting.ts';
import { addDevice, notificationsFile, raiseAll, rulesAre } from '../support/alerts.ts';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const RULES = [
  { name: 'silent', title: { en: 'Silent', fr: 'Muet' }, kind: 'absence', after: '3h' },
  {
    name: 'outage',
    title: { en: 'Cabinet without power', fr: 'Armoire sans tension' },
    kind: 'many',
    of: ['silent'],
    by: 'cabinet',
    atLeast: 3,
  },
];
const HOUR_MS = 3_600_000;

describeOnEachEngine('the alert of a cabinet', (engine) => {
  const endings = endingsAfterEach();

  it.each([
    ['two days', 2],
    ['ten days', 10],
  ])(
    'that is open for %s ends when its lamps are of another cabinet: it was, and there is no such cabinet',
    async (_how, days) => {
      const database = await freshDatabase(engine);
      endings.push(() => database.drop());
      const { pool } = database;
      await rulesAre(pool, RULES);
      let now = new Date('2026-03-10T12:00:00Z');
      const yaml = `
channels: [{ name: hook, kind: webhook, url: 'http://127.0.0.1:9', secretFile: secret }]
routes: [{ name: none, match: { rules: [other] }, to: [hook] }]
`;
      const notifications = await readNotificationsFile(await notificationsFile(endings, yaml), {});
      const notifying = await startNotifying(
        { timeZone: 'Europe/Paris', notifications, planEveryMs: 50, pollMs: 1000 },
        { pool, registry: createMetrics(), log: createLogger('silent'), clock: () => now },
      );
      endings.push(() => notifying.stop());
      const lamps = [];
      for (const devEui of ['70b3d5e75e000001', '70b3d5e75e000002', '70b3d5e75e000003']) {
        const deviceId = await addDevice(pool, devEui, devEui, { cabinet: 'A12' });
        lamps.push({ rule: 'silent', devEui, deviceId, beganAt: new Date(now.getTime() - 2 * HOUR_MS) });
      }
      await raiseAll(pool, lamps, now);
      const outages = async () => (await alertsOf(pool)).filter((line) => line.startsWith('outage'));
      await until(
        async () => (await outages()).length === 1,
        20_000,
        () => 'the outage',
      );
      expect(await outages()).toEqual(['outage 12 03-10 11:00 → open warning']);

      now = new Date(now.getTime() + days * 24 * HOUR_MS);
      await pool.query(`update device set tags = '{"lot": "B"}'`);
      const [opened, ended] = ['03-10 11:00', `03-${10 + days} 12:00`];
      await until(
        async () => !(await outages())[0]?.includes('open'),
        20_000,
        () => 'its end',
      );
      expect(await outages()).toEqual([`outage 12 ${opened} → ${ended} warning`]);
      expect((await stepsOf(pool)).filter((line) => line.startsWith('outage'))).toEqual([
        'outage 12: raised, cleared (group_gone)',
      ]);
    },
  );
});
