import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  describeEngine,
  findEngines,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { connect, migrate } from '@veilleur/store';
import { describe, expect, inject, it } from 'vitest';
import { type BridgeUnderTest, startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { hasMosquitto, startAedes, startMosquitto, type TestBroker } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { expectEachFrameOnce, startLoad } from '../support/load.ts';

const OUTAGE_MS = 20_000;
const PER_SECOND = 200;

const brokers: { title: string; start: () => Promise<TestBroker>; here: boolean }[] = [
  { title: 'aedes, MQTT 3.1.1', start: startAedes, here: true },
  { title: 'Mosquitto, MQTT 5', start: startMosquitto, here: hasMosquitto },
];

describe('a broker that cuts the connection again and again while the database is away', () => {
  it('does not fill the memory: at most two windows of messages wait', async () => {
    const engine = (await findEngines()).at(-1);
    if (engine === undefined) throw new Error('there is no database engine');
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-flapping-'));
    const database = await startLocalPostgres({ dataFolder: folder, engine });
    const mqtt = await startAedes();
    const window = 50;
    const bridge = await startBridgeUnderTest(mqtt.url, database.url, {
      BRIDGE_WINDOW: String(window),
      // A socket that is not read notices a cut when a ping cannot be sent: every 2.5 s.
      MQTT_KEEP_ALIVE_S: '5',
    });
    await database.kill();
    const load = startLoad(mqtt.url, PER_SECOND);
    for (let cut = 0; cut < 6; cut += 1) {
      await delay(3000);
      mqtt.disconnectAll?.();
    }
    // What one read of the socket brings may pass the window by a little.
    expect(bridge.counts().inFlight).toBeGreaterThanOrEqual(window);
    expect(bridge.counts().inFlight).toBeLessThan(3 * window);
    await database.start();
    const sent = await load.stop();
    const pool = connect(database.url);
    await until(
      async () => (await pool.query<{ n: number }>('select count(*) as n from frame')).rows[0]?.n === sent,
      60_000,
      () => `${sent} frames; ${JSON.stringify(bridge.counts())}`,
    );
    await expectEachFrameOnce(pool, sent);
    await bridge.stop();
    await pool.end();
    await mqtt.stop();
    await database.stop();
    await removeLocalPostgres(folder);
  });
});

for (const [i, { name }] of inject('engines').entries()) {
  const broker = brokers[i % brokers.length];
  if (broker === undefined) continue;
  describe.skipIf(!broker.here)(`the database dies under load, ${name}, ${broker.title}`, () => {
    const endings = endingsAfterEach();

    it(`kill -9, ${OUTAGE_MS / 1000} s away, back: nothing lost, nothing twice`, async () => {
      const engine = (await findEngines()).find((candidate) => describeEngine(candidate) === name);
      if (engine === undefined) throw new Error(`the engine ${name} is gone`);
      const folder = await mkdtemp(join(tmpdir(), 'veilleur-outage-'));
      const database = await startLocalPostgres({ dataFolder: folder, engine });
      endings.push(async () => {
        await database.stop();
        await removeLocalPostgres(folder);
      });
      const pool = connect(database.url);
      endings.push(() => pool.end());
      await migrate(pool);
      const mqtt = await broker.start();
      endings.push(() => mqtt.stop());
      const bridge: BridgeUnderTest = await startBridgeUnderTest(mqtt.url, database.url);
      endings.push(() => bridge.stop());

      const load = startLoad(mqtt.url, PER_SECOND);
      await delay(2000);
      expect(bridge.counts().stored).toBeGreaterThan(100);
      await database.kill();
      const sentAtKill = load.sent();
      await delay(OUTAGE_MS);
      expect(bridge.counts().inFlight, 'messages wait while the database is away').toBeGreaterThan(500);
      await database.start();
      await delay(2000);
      const sent = await load.stop();
      expect(sent - sentAtKill, 'the load went on').toBeGreaterThan((PER_SECOND * OUTAGE_MS) / 2000);

      const counts = await bridge.settled(sent);
      expect(counts).toMatchObject({ quarantined: 0, inFlight: 0 });
      expect(counts.stored + counts.duplicate).toBe(counts.received);

      await expectEachFrameOnce(pool, sent);
      expect(await bridge.metrics()).toMatch(/veilleur_bridge_retries_total [1-9]/);
    });
  });
}
