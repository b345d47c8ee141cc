import { readNotificationsFile, startNotifying } from '@veilleur/alerting';
import { createLogger, createMetrics, type Running } from '@veilleur/runtime';
import { expect, it } from 'vitest';
import { addDevice, clear, notificationsFile, raise, rulesAre } from '../support/alerts.ts';
import { until } from '../support/bridge-under-test.ts';
import { paris } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts';

const LEAK = {
  name: 'leak',
  title: { en: 'Water leak', fr: 'Fuite d’eau' },
  kind: 'continuous_flow',
  quantity: 'water_volume',
  over: '24h',
  above: 0.01,
};

describeOnEachEngine('a digest', (engine) => {
  const endings = endingsAfterEach();

  it('comes once a morning, whatever restarts, in the language of each channel', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    await rulesAre(pool, [LEAK]);
    const mail = await startMailReceiver({ password: 'hush' });
    endings.push(() => mail.stop());
    const http = await startHttpReceiver();
    endings.push(() => http.stop());
    const file = await notificationsFile(
      endings,
      `
channels:
  - { name: chief, kind: email, host: 127.0.0.1, port: ${mail.port}, security: none, user: veilleur,
      secretFile: secret, from: veilleur@example.org, to: [chief@example.org], digest: { at: '07:00' } }
  - { name: hook, kind: webhook, language: en, url: '${http.url}/hook', secretFile: secret, digest: { at: '07:00' } }
`,
    );
    let now = paris('2026-03-28 23:00');
    let running: Running | undefined;
    endings.push(async () => running?.stop());
    let rounds = 0;
    const startAgain = async () => {
      await running?.stop();
      running = await startNotifying(
        {
          timeZone: 'Europe/Paris',
          notifications: await readNotificationsFile(file, {}),
          planEveryMs: 50,
          pollMs: 20,
        },
        {
          pool,
          registry: createMetrics(),
          log: createLogger('silent'),
          clock: () => {
            rounds += 1;
            return now;
          },
        },
      );
    };
    /** The clock was asked often enough for several looks. */
    const looked = async () => {
      const from = rounds;
      await until(
        () => rounds > from + 60,
        20_000,
        () => 'the service to look at its clock',
      );
    };
    const meter = (name: string, i: number) => addDevice(pool, `70b3d5e75e01000${i}`, name);
    const leak = (deviceId: number, i: number, since: string) => ({
      rule: 'leak',
      devEui: `70b3d5e75e01000${i}`,
      deviceId,
      beganAt: paris(since),
      worst: 0.24,
    });
    const school = leak(await meter('École', 1), 1, '2026-03-20 10:00');
    const gym = leak(await meter('Gymnase', 2), 2, '2026-03-28 20:00');
    await raise(pool, school, paris('2026-03-20 11:00'));
    const { id } = await raise(pool, gym, now);
    await clear(pool, id, gym, paris('2026-03-29 01:00'), now);

    await startAgain();
    await looked();
    expect([mail.mails.length, http.calls.length], 'it is night').toEqual([0, 0]);
    now = paris('2026-03-29 07:00');
    await until(
      () => mail.mails.length === 1 && http.calls.length === 1,
      20_000,
      () => 'the digests to arrive',
    );
    const [received] = mail.mails;
    expect(received?.headers.get('subject')).toBe(
      'Alertes jusqu’au 29/03/2026 07:00 : 1 ouverte, 1 nouvelle, 1 terminée',
    );
    expect(received?.headers.get('idempotency-key')).toBe('chief/digest/2026-03-29');
    expect(received?.text).toContain('Gymnase: du 28/03/2026 20:00 au 29/03/2026 01:00 (5 h)');
    expect(received?.text).toContain('École: depuis le 20/03/2026 10:00, 0,24 m³/h');
    expect(JSON.parse(http.calls[0]?.body ?? '')).toMatchObject({
      key: 'hook/digest/2026-03-29',
      kind: 'digest',
      // The night has 23 hours.
      digest: { from: '2026-03-28T06:00:00.000Z', to: '2026-03-29T05:00:00.000Z', open: [1], cleared: [2] },
    });

    await startAgain();
    await looked();
    expect([mail.mails.length, http.calls.length], 'not twice').toEqual([1, 1]);
    now = paris('2026-03-30 07:20');
    await startAgain();
    await until(
      () => mail.mails.length === 2 && http.calls.length === 2,
      20_000,
      () => 'the digests of the next morning',
    );
    expect(mail.mails[1]?.headers.get('subject')).toContain('1 ouverte, 0 nouvelle, 0 terminée');
  });
});
