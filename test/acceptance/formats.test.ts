import integrationPb from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { DevEui } from '@veilleur/domain';
import { findDevice, measurements } from '@veilleur/store';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { afterEach, expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { chirpStackV4Uplink, theThingsStackUplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const DEVICE = '70b3d5e75e000001';
const AT = new Date('2026-03-01T12:00:00Z');
/** An Adeunis PULSE that counts 159 on input A and 2 on input B. */
const FRAME = { devEui: DEVICE, fCnt: 7, at: AT, fPort: 1, hex: '46800000009f00000002' };

/** What a ChirpStack with `json = false` publishes, made by its own message definitions. */
function protobufUplink(): { topic: string; payload: Buffer } {
  const event = new integrationPb.UplinkEvent();
  const device = new integrationPb.DeviceInfo();
  device.setDevEui(DEVICE);
  device.setDeviceName(`meter ${DEVICE}`);
  device.setApplicationId('ae2012c2-75a1-407d-98ab-1520fb511edf');
  device.setDeviceProfileName('adeunis/pulse');
  event.setDeduplicationId('another-replica-has-another-id');
  // Another replica's clock is a little behind.
  const time = new timestampPb.Timestamp();
  time.fromDate(new Date(AT.getTime() + 10));
  event.setTime(time);
  event.setDeviceInfo(device);
  event.setDevAddr('00189440');
  event.setDr(5);
  event.setFCnt(FRAME.fCnt);
  event.setFPort(FRAME.fPort);
  event.setData(Buffer.from(FRAME.hex, 'hex'));
  return {
    topic: `application/ae2012c2-75a1-407d-98ab-1520fb511edf/device/${DEVICE}/event/up`,
    payload: Buffer.from(event.serializeBinary()),
  };
}

describeOnEachEngine('the formats of network servers', (engine) => {
  const endings: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  it('one frame through two replicas, in JSON and in protobuf, is one frame with its measurements', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());

    await publishAll(broker.url, [protobufUplink(), chirpStackV4Uplink(FRAME)]);
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
