import { DevEui } from '@veilleur/domain';
import { findDevice, measurements } from '@veilleur/store';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4ProtobufUplink, chirpStackV4Uplink, theThingsStackUplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const DEVICE = '70b3d5e75e000001';
const AT = new Date('2026-03-01T12:00:00Z');
/** An Adeunis PULSE that counts 159 on input A and 2 on input B. */
const FRAME = { devEui: DEVICE, fCnt: 7, at: AT, fPort: 1, hex: '46800000009f00000002' };

/** Another replica's copy: in protobuf, with an id of its own and a clock that is a little ahead. */
const PROTOBUF_COPY = {
  ...FRAME,
  at: new Date(AT.getTime() + 10),
  deduplicationId: 'another-replica-has-another-id',
};

describeOnEachEngine('the formats of network servers', (engine) => {
  const endings = endingsAfterEach();

  it('one frame through two replicas, in JSON and in protobuf, is one frame with its measurements', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());

    await publishAll(broker.url, [chirpStackV4ProtobufUplink(PROTOBUF_COPY), chirpStackV4Uplink(FRAME)]);
    expect(await bridge.settled(2)).toMatchObject({ stored: 1, duplicate: 1, quarantined: 0 });

    const other = '70b3d5e75e000002';
    await publishAll(broker.url, [theThingsStackUplink({ ...FRAME, devEui: other })]);
    expect(await bridge.settled(3)).toMatchObject({ stored: 2, duplicate: 1, quarantined: 0 });
    expect(await findDevice(database.pool, DevEui(other))).toMatchObject({ lastFCnt: 7 });

    const span = { devEui: DevEui(DEVICE), from: new Date('2026-03-01'), to: new Date('2026-03-02') };
    const pulses = await measurements(database.pool, { ...span, quantity: 'pulse_count' });
    expect(pulses.map(({ channel, value }) => [channel, value])).toEqual([
      [1, 159],
      [2, 2],
    ]);
  });
});
