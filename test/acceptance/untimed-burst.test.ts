import { DevEui } from '@veilleur/domain';
import { measurements } from '@veilleur/store';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV3Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const FRAMES = 50;
const DEVICE = '70b3d5e75e000001';

describeOnEachEngine('frames that tell no time', (engine) => {
  const endings = endingsAfterEach();

  it(`${FRAMES} of one device that come at once, as after an outage, are ${FRAMES} values in their order`, async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const startBridge = () => startBridgeUnderTest(broker.url, database.url);
    // The broker keeps them for the bridge, and brings them all in one read.
    await (await startBridge()).stop();
    const messages = Array.from({ length: FRAMES }, (_, fCnt) =>
      chirpStackV3Uplink({
        devEui: DEVICE,
        fCnt,
        at: null,
        hex: `4680${fCnt.toString(16).padStart(8, '0')}00000002`,
      }),
    );
    await publishAll(broker.url, messages);
    const before = new Date(Date.now() - 1000);
    const bridge = await startBridge();
    endings.push(() => bridge.stop());
    expect(await bridge.settled(FRAMES)).toMatchObject({ received: FRAMES, stored: FRAMES });
    const stored = await measurements(database.pool, {
      devEui: DevEui(DEVICE),
      quantity: 'pulse_count',
      from: before,
      to: new Date(Date.now() + 60_000),
    });
    const first = stored.filter(({ channel }) => channel === 1);
    expect(first.map(({ value }) => value)).toEqual(Array.from({ length: FRAMES }, (_, fCnt) => fCnt));

    // The same again is the same: nothing is new because its time is another one.
    await publishAll(broker.url, messages);
    expect(await bridge.settled(2 * FRAMES)).toMatchObject({ stored: FRAMES, duplicate: FRAMES });
  });
});
