import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { compare, countStored } from '../chaos/compare.ts';
import { Load } from '../chaos/load.ts';
import { createMaterial } from '../chaos/material.ts';
import { Publisher } from '../chaos/publisher.ts';
import { type BridgeProcess, createBridgeProcess } from '../support/bridge-process.ts';
import { until } from '../support/bridge-under-test.ts';
import { hasMosquitto, startMosquitto } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { freshDatabase } from '../support/fresh-database.ts';

const PER_SECOND = 250;
const engine = inject('engines').find(({ name }) => name.includes('TimescaleDB'));

describe.skipIf(engine === undefined || !hasMosquitto)('three bridges share a subscription', () => {
  const endings = endingsAfterEach();

  async function city() {
    if (engine === undefined) throw new Error('skipped without TimescaleDB');
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startMosquitto();
    endings.push(() => broker.stop());
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-scale-out-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const bridgeNamed = async (clientId: string): Promise<BridgeProcess> => {
      const settings = { MQTT_VERSION: '5', MQTT_SHARE_GROUP: 'city', MQTT_KEEP_ALIVE_S: '5' };
      const bridge = await createBridgeProcess({
        ...{ clientId, databaseUrl: database.url, brokerUrl: broker.url, folder, settings },
      });
      endings.push(() => bridge.kill());
      return bridge;
    };
    const bridges = [
      await bridgeNamed('north'),
      await bridgeNamed('centre'),
      await bridgeNamed('south'),
    ] as const;
    const publisher = await Publisher.connect(broker.url, { keepUnsafe: false });
    endings.push(() => publisher.end());
    const startLoad = () => {
      const startMs = Date.now();
      const material = createMaterial({ seed: 1, lot: 1, startMs, perSecond: PER_SECOND });
      return new Load(publisher, { material, startMs, perSecond: PER_SECOND });
    };
    const allStored = async (load: Load) => {
      await publisher.settled();
      // Where it does not come to that, the comparison tells what is missing.
      await until(
        async () => (await countStored(database.pool)) >= load.expectations.length,
        45_000,
        () => 'all of it',
      ).catch(() => undefined);
      expect(await compare(database.pool, load.expectations, '')).toEqual({
        ...{ lost: [], twice: [], wrong: [], unexpected: [] },
      });
    };
    return { database, bridges, startLoad, allStored, publisher };
  }

  /** Messages that a bridge has committed since it was started. */
  const committed = async (bridge: BridgeProcess) => {
    const page = await bridge.page();
    return page === null ? 0 : page.stored + page.duplicate + page.quarantined;
  };
  const works = (bridge: BridgeProcess, atLeast = 100) =>
    until(
      async () => (await committed(bridge)) >= atLeast,
      30_000,
      () => `${bridge.clientId} to commit ${atLeast} messages`,
    );

  it('one joins, one is upgraded, one is killed, under load: nothing lost, nothing twice, and all work', async () => {
    const { bridges, startLoad, allStored } = await city();
    const [north, centre, south] = bridges;
    north.start();
    centre.start();
    await north.connected();
    await centre.connected();
    const load = startLoad();
    endings.push(async () => load.end());
    await works(north);
    await works(centre);

    south.start();
    await works(south);

    expect(await centre.terminate(), 'a clean stop').toBe(0);
    await delay(1000);
    centre.start();
    await works(centre);

    await north.kill();
    await delay(1000);
    north.start();
    await works(north);

    // Two at once: the third carries the load meanwhile.
    const before = await committed(south);
    await Promise.all([north.kill(), centre.terminate()]);
    await works(south, before + 100);
    north.start();
    centre.start();
    await works(north);
    await works(centre);
    load.end();
    await allStored(load);
    expect(bridges.map((bridge) => bridge.restarts())).toEqual([0, 0, 0]);
  });

  it('one leaves: the broker goes on dealing to its session, and what it was dealt waits for its return', async () => {
    const { database, bridges, startLoad, allStored, publisher } = await city();
    for (const bridge of bridges) bridge.start();
    for (const bridge of bridges) await bridge.connected();
    const [, , south] = bridges;
    expect(await south.terminate()).toBe(0);
    const load = startLoad();
    endings.push(async () => load.end());
    await delay(3000);
    load.end();
    await publisher.settled();
    let stored = -1;
    for (let now = await countStored(database.pool); now !== stored; now = await countStored(database.pool)) {
      stored = now;
      await delay(1500);
    }
    // Mosquitto deals round robin over sessions, connected or not: a third waits.
    expect(stored / load.expectations.length).toBeGreaterThan(0.6);
    expect(stored / load.expectations.length).toBeLessThan(0.8);
    south.start();
    await allStored(load);
  });
});
