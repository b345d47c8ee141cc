import { DevEui } from '@veilleur/domain';
import { frameLedger, measurements } from '@veilleur/store';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type BridgeUnderTest, startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes, type TestBroker } from '../support/brokers.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const FIRST_PULSES = '46800000009f00000002';
const MORE_PULSES = '4680000000a100000002';

/** A frame, by its difference from one of fCnt 0 at noon in the first session. */
interface Heard {
  readonly afterS: number;
  readonly fCnt?: number;
  readonly hex?: string;
  readonly devAddr?: string;
}

const STORIES: readonly { title: string; heard: readonly Heard[]; stored: number }[] = [
  {
    title: 'the same fCnt again after 48 s, as it was seen in the field: one frame',
    heard: [{ afterS: 0 }, { afterS: 48 }],
    stored: 1,
  },
  {
    title:
      'a rejoin: the counter restarts in a session of its own, and both frames are kept, equal as they are',
    heard: [
      { afterS: 0, devAddr: '00189440' },
      { afterS: 60, devAddr: '00189441' },
    ],
    stored: 2,
  },
  {
    title: 'a rejoin that is told before the old session’s last frame has come: no order is asked for',
    heard: [
      { afterS: 0, devAddr: '00189440' },
      { afterS: 60, devAddr: '00189441' },
      { afterS: 30, devAddr: '00189440', fCnt: 1 },
      { afterS: 90, devAddr: '00189441', fCnt: 1 },
    ],
    stored: 4,
  },
  {
    title: 'an ABP device resets its counter and has new values: kept, however soon',
    heard: [{ afterS: 0 }, { afterS: 3600, fCnt: 1 }, { afterS: 3660, fCnt: 0, hex: MORE_PULSES }],
    stored: 3,
  },
  {
    title: 'an ABP device resets its counter an hour later and its values are the old ones: kept',
    heard: [{ afterS: 0 }, { afterS: 3600, fCnt: 0 }],
    stored: 2,
  },
  {
    title: 'an ABP device resets its counter within minutes and tells the same: taken for the same frame',
    heard: [{ afterS: 0 }, { afterS: 300, fCnt: 0 }],
    stored: 1,
  },
];

describeOnEachEngine('the same frame, once', (engine) => {
  let database: FreshDatabase;
  let broker: TestBroker;
  let bridge: BridgeUnderTest;
  const endings: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    database = await freshDatabase(engine);
    endings.push(() => database.drop());
    broker = await startAedes();
    endings.push(() => broker.stop());
    bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());
  });
  afterEach(() => {
    expect(bridge.counts()).toMatchObject({ quarantined: 0, inFlight: 0 });
  });
  afterAll(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  it.each(STORIES.map((story, i) => ({ ...story, i })))('$title', async ({ heard, stored, i }) => {
    const devEui = `70b3d5e75e0001${i.toString(16).padStart(2, '0')}`;
    const before = bridge.counts();
    const messages = heard.map(({ afterS, fCnt = 0, hex = FIRST_PULSES, devAddr = '00189440' }) =>
      chirpStackV4Uplink({ devEui, fCnt, hex, devAddr, at: new Date(AT.getTime() + afterS * 1000) }),
    );
    // One by one: a batch of its own for each, as in the field.
    for (const [sent, message] of messages.entries()) {
      await publishAll(broker.url, [message]);
      await bridge.settled(before.received + sent + 1);
    }
    const counts = bridge.counts();
    expect(counts.stored - before.stored).toBe(stored);
    expect(counts.duplicate - before.duplicate).toBe(heard.length - stored);
    expect((await frameLedger(database.pool, DevEui(devEui))).frames).toBe(stored);
    const day = { from: new Date('2026-03-01'), to: new Date('2026-03-02') };
    const pulses = await measurements(database.pool, {
      devEui: DevEui(devEui),
      quantity: 'pulse_count',
      ...day,
    });
    expect(pulses.filter(({ channel }) => channel === 1)).toHaveLength(stored);

    // And all of it again, at once, as a broker does after an outage: nothing changes.
    await publishAll(broker.url, messages);
    await bridge.settled(counts.received + messages.length);
    expect(bridge.counts().stored).toBe(counts.stored);
  });
});
