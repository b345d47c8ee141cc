import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { hasMosquitto, publishAll, startMosquitto } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const frames = (count: number, fromFCnt = 0) =>
  Array.from({ length: count }, (_, i) =>
    chirpStackV4Uplink({ devEui: '70b3d5e75e000001', fCnt: fromFCnt + i }),
  );

describeOnEachEngine('one bridge at a Mosquitto', (engine) => {
  const endings = endingsAfterEach();

  async function city() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startMosquitto();
    endings.push(() => broker.stop());
    const startBridge = async (settings: Readonly<Record<string, string>> = {}) => {
      const bridge = await startBridgeUnderTest(broker.url, database.url, { MQTT_VERSION: '5', ...settings });
      let stopped = false;
      const stop = async () => {
        if (!stopped) await bridge.stop();
        stopped = true;
      };
      endings.push(stop);
      return { ...bridge, stop };
    };
    return { broker, startBridge };
  }

  it.skipIf(!hasMosquitto)(
    'without a group: what is published after a restart of the broker, and before the bridge is back, is stored',
    async () => {
      const { broker, startBridge } = await city();
      await (await startBridge()).stop();
      await broker.end();
      await broker.restart();
      // Over MQTT 3.1.1, as many a network server: the broker could not tell it that nobody reads.
      await publishAll(broker.url, frames(200));
      const bridge = await startBridge();
      expect(await bridge.settled(200)).toMatchObject({ received: 200, stored: 200 });
    },
  );

  it.skipIf(!hasMosquitto)(
    'that is given a group, and is taken out of it again, leaves nothing behind in its session',
    async () => {
      const { broker, startBridge } = await city();
      await (await startBridge()).stop();
      const grouped = await startBridge({ MQTT_SHARE_GROUP: 'city' });
      await publishAll(broker.url, frames(100));
      await grouped.settled(100);
      await delay(300);
      expect(grouped.counts(), 'one subscription, not two').toMatchObject({ received: 100, stored: 100 });
      await grouped.stop();
      // Between the two nothing is missed: the old subscription ends when the new one is made.
      await publishAll(broker.url, frames(50, 100));
      const again = await startBridge({ MQTT_SHARE_GROUP: 'city' });
      expect(await again.settled(50)).toMatchObject({ received: 50, stored: 50 });
    },
  );
});
