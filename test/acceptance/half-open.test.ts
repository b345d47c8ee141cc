import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@veilleur/store';
import { afterEach, expect, it } from 'vitest';
import { type BridgeUnderTest, startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { expectEachFrameOnce, startLoad } from '../support/load.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const PER_SECOND = 200;
const TIMEOUT_MS = 2000;

describeOnEachEngine('a connection that is half open', (engine) => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function underLoad() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const toDatabase = await startTcpProxy(Number(new URL(database.url).port));
    endings.push(() => toDatabase.stop());
    const toBroker = await startTcpProxy(Number(new URL(broker.url).port));
    endings.push(() => toBroker.stop());
    const url = new URL(database.url);
    url.port = String(toDatabase.port);
    const bridge = await startBridgeUnderTest(`mqtt://127.0.0.1:${toBroker.port}`, url.href, {
      BRIDGE_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
      MQTT_KEEP_ALIVE_S: '5',
    });
    endings.push(() => bridge.stop());
    const load = startLoad(broker.url, PER_SECOND);
    await until(
      () => bridge.counts().stored > 50,
      20_000,
      () => `load that is stored; ${bridge.counts().stored} are`,
    );
    return { database, bridge, load, toDatabase, toBroker };
  }

  const allStoredOnce = async (
    database: Awaited<ReturnType<typeof freshDatabase>>,
    bridge: BridgeUnderTest,
    sent: number,
  ) => {
    await bridge.settled(sent, 40_000);
    await expectEachFrameOnce(database.pool, sent);
  };

  it('to the database, in the middle of a batch: given up by the bridge, and by the server', async () => {
    const { database, bridge, load, toDatabase } = await underLoad();
    for (let i = 0; i < 4; i += 1) {
      toDatabase.halfOpen();
      await delay(700);
      toDatabase.heal();
      await delay(1500);
    }
    await allStoredOnce(database, bridge, await load.stop());
  });

  it('to the broker: noticed by its silence', async () => {
    const { database, bridge, load, toBroker } = await underLoad();
    toBroker.halfOpen();
    await delay(1000);
    toBroker.heal();
    await delay(1000);
    await allStoredOnce(database, bridge, await load.stop());
  });

  it('is cut by a stop, however long a lock may last; the next bridge stores what came', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const settings = { BRIDGE_DRAIN_TIMEOUT_MS: '300' };
    const first = await startBridgeUnderTest(broker.url, database.url, settings);
    const locking = await database.pool.connect();
    await locking.query('begin');
    await locking.query('lock table frame in access exclusive mode');
    await publishAll(broker.url, [chirpStackV4Uplink({ devEui: '70b3d5e75e000001', fCnt: 1 })]);
    await delay(500);
    const startMs = performance.now();
    try {
      await first.stop();
    } finally {
      await locking.query('rollback');
      locking.release();
    }
    expect(performance.now() - startMs).toBeLessThan(5000);

    const second = await startBridgeUnderTest(broker.url, database.url, settings);
    endings.push(() => second.stop());
    expect((await second.settled(1)).stored).toBe(1);
  });

  it('of a bridge that is gone, which holds the rows of its devices: the next one ends it', async () => {
    const { database, bridge, load } = await underLoad();
    const gone = connect(database.url, { maximum: 1 });
    endings.push(() => gone.end());
    const client = await gone.connect();
    // Its end comes by the other bridge's hand.
    client.on('error', () => {});
    await client.query('begin');
    const { rowCount } = await client.query('select from device for update');
    expect(rowCount).toBeGreaterThan(10);
    await delay(2 * TIMEOUT_MS);
    await allStoredOnce(database, bridge, await load.stop());
    await expect(client.query('commit')).rejects.toThrow();
    client.release(true);
  });
});
