import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { compare, countStored } from '../chaos/compare.ts';
import { Load } from '../chaos/load.ts';
import { createMaterial } from '../chaos/material.ts';
import { Publisher } from '../chaos/publisher.ts';
import { createBridgeProcess } from '../support/bridge-process.ts';
import { startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { hasMosquitto, publishAll, startAedes, startMosquitto } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const PER_SECOND = 250;

describeOnEachEngine('a bridge that leaves its group for good', (engine) => {
  const endings = endingsAfterEach();

  /** `veilleur bridge retire`, as an operator runs it. */
  function retire(clientId: string, environment: Readonly<Record<string, string>>, ...options: string[]) {
    return runVeilleur(['bridge', 'retire', clientId, '--quiet', '2', ...options], environment);
  }

  it.skipIf(!hasMosquitto)(
    'under load, of three: what waited for it is stored, what is new goes to the others, its session is gone',
    async () => {
      const database = await freshDatabase(engine);
      endings.push(() => database.drop());
      const broker = await startMosquitto();
      endings.push(() => broker.stop());
      const folder = await mkdtemp(join(tmpdir(), 'veilleur-retired-'));
      endings.push(() => rm(folder, { recursive: true, force: true }));
      const group = { MQTT_VERSION: '5', MQTT_SHARE_GROUP: 'city' };
      const bridges = [];
      for (const clientId of ['north', 'centre', 'south']) {
        const bridge = await createBridgeProcess({
          ...{ clientId, databaseUrl: database.url, brokerUrl: broker.url, folder, settings: group },
        });
        endings.push(() => bridge.kill());
        bridge.start();
        bridges.push(bridge);
      }
      for (const bridge of bridges) await bridge.connected();
      const publisher = await Publisher.connect(broker.url, { keepUnsafe: false });
      endings.push(() => publisher.end());
      const startMs = Date.now();
      const material = createMaterial({ seed: 3, lot: 1, startMs, perSecond: PER_SECOND });
      const load = new Load(publisher, { material, startMs, perSecond: PER_SECOND });
      endings.push(async () => load.end());
      await delay(1500);
      await bridges[2]?.kill();
      await delay(1500);

      const place = { DATABASE_URL: database.url, MQTT_URL: broker.url, MQTT_VERSION: '5' };
      const {
        status,
        stdout: answer,
        stderr: errors,
      } = await retire('south', place, '--group', 'city', '--json');
      expect(errors).toBe('');
      expect(status).toBe(0);
      const retirement = JSON.parse(answer);
      expect(retirement).toMatchObject({ clientId: 'south', found: true });
      expect(retirement.unsubscribed).toContain('$share/city/application/+/device/+/event/+');
      // A third of what came while it was away; more of it while it was being retired would be a leak.
      expect(retirement.received).toBeGreaterThan(0.2 * 1.5 * PER_SECOND);
      expect(retirement.received).toBe(retirement.stored + retirement.duplicate + retirement.quarantined);

      // The load went on all the while, and goes on: the two others take all of it.
      await delay(1500);
      load.end();
      await publisher.settled();
      await until(
        async () => (await countStored(database.pool)) >= load.expectations.length,
        30_000,
        () => 'all of it',
      ).catch(() => undefined);
      expect(await compare(database.pool, load.expectations, '')).toEqual({
        ...{ lost: [], twice: [], wrong: [], unexpected: [] },
      });
      const again = await retire('south', place, '--group', 'city');
      expect(again.stdout).toContain('no session');
      expect(again.status).toBe(1);
    },
  );

  it.skipIf(!hasMosquitto)(
    'but still runs: the operator is told to stop it, and what comes meanwhile is stored',
    async () => {
      const database = await freshDatabase(engine);
      endings.push(() => database.drop());
      const broker = await startMosquitto();
      endings.push(() => broker.stop());
      const settings = { MQTT_VERSION: '5', MQTT_SHARE_GROUP: 'city', MQTT_CLIENT_ID: 'north' };
      const bridge = await startBridgeUnderTest(broker.url, database.url, settings);
      endings.push(() => bridge.stop());
      const place = { DATABASE_URL: database.url, MQTT_URL: broker.url, ...settings };
      const retiring = retire('north', place);
      const messages = Array.from({ length: 60 }, (_, fCnt) =>
        chirpStackV4Uplink({ devEui: '70b3d5e75e000001', fCnt }),
      );
      for (const message of messages) {
        await publishAll(broker.url, [message]);
        await delay(100);
      }
      const { status, stderr: errors } = await retiring;
      expect(status).toBe(1);
      expect(errors).toContain('takes the session of north back');
      await until(
        () => bridge.counts().connected,
        10_000,
        () => 'the bridge to have its session again',
      );
      await until(
        () => bridge.counts().stored === messages.length && bridge.counts().inFlight === 0,
        10_000,
        () => `${messages.length} stored; there is ${JSON.stringify(bridge.counts())}`,
      );
    },
  );

  it('over MQTT 3.1.1 too', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    await bridge.stop();
    const messages = Array.from({ length: 40 }, (_, fCnt) =>
      chirpStackV4Uplink({ devEui: '70b3d5e75e000001', fCnt }),
    );
    await publishAll(broker.url, messages);
    const place = { DATABASE_URL: database.url, MQTT_URL: broker.url };
    const { stdout: answer, status } = await retire('bridge-under-test', place, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(answer)).toEqual({
      ...{ clientId: 'bridge-under-test', found: true, unsubscribed: null },
      ...{ received: 40, stored: 40, duplicate: 0, quarantined: 0 },
    });
    await publishAll(broker.url, messages.slice(0, 3));
    const later = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => later.stop());
    await delay(300);
    expect(later.counts(), 'a session that begins anew').toMatchObject({ received: 0 });
  });
});
