import pb from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { describe, expect, test } from 'vitest';
import * as v4 from './fixtures/chirpstack-v4-events.ts';
import * as protobuf from './fixtures/chirpstack-v4-protobuf.ts';
import { eventOf, frameOf, hexOf, readJson } from './fixtures/message.ts';
import { readLnsMessage } from './index.ts';

const topicOf = (event: string) => `application/${v4.APPLICATION_ID}/device/${v4.DEV_EUI}/event/${event}`;
const readUp = (changes: object) => readJson(topicOf('up'), { ...v4.up, ...changes });

describe('an uplink of ChirpStack v4', () => {
  test('becomes a frame with all that the server knows', () => {
    const { payload, ...frame } = frameOf(readJson(topicOf('up'), v4.up));
    expect(hexOf(payload)).toBe(v4.PAYLOAD_HEX);
    expect(frame).toEqual({
      kind: 'uplink',
      lns: 'chirpstack-v4-json',
      device: {
        devEui: v4.DEV_EUI,
        name: 'École Kléber, compteur général',
        applicationId: v4.APPLICATION_ID,
        applicationName: 'eau',
        profileName: 'Axioma Qalcosonic W1',
        tags: { building: 'ecole-kleber', diameter: 'DN40' },
      },
      sessionKey: '01a2b3c4',
      fCnt: 70_123,
      fPort: 100,
      encrypted: false,
      confirmed: false,
      dataRate: 5,
      frequencyHz: 868_300_000,
      receivedAt: new Date('2026-09-02T23:49:41.648Z'),
      receptions: [
        {
          gatewayId: '0016c001f153a14c',
          rssi: -97,
          snr: 8.2,
          gatewayTime: new Date('2026-09-02T23:49:41.601Z'),
        },
        { gatewayId: '0016c001f1049a2e', rssi: -113, snr: 0 },
        {
          gatewayId: '24e124fffef5a2b8',
          rssi: -118,
          snr: -11.75,
          gatewayTime: new Date('2026-09-02T23:49:41.602Z'),
        },
      ],
    });
  });

  test('that holds MAC commands only comes with port 0 and no data, and has no port', () => {
    const frame = frameOf(readUp({ fPort: 0, data: '' }));
    expect(frame.fPort).toBeNull();
    expect(frame.payload).toEqual(new Uint8Array());
  });

  test('of a device whose application keeps its own key is marked as ciphertext', () => {
    const joinServerContext = { sessionKeyId: '0102', appSKey: { kekLabel: 'as-kek', aesKey: 'AQID' } };
    expect(frameOf(readUp({ joinServerContext })).encrypted).toBe(true);
    expect(frameOf(readUp({ joinServerContext: null })).encrypted).toBe(false);
  });

  test('is kept when its codec failed there: object is null', () => {
    expect(hexOf(frameOf(readUp({ object: null })).payload)).toBe(v4.PAYLOAD_HEX);
  });

  test.each([0, 1, 65_535, 65_536, 4_294_967_295])('carries the frame counter %d as it is', (fCnt) => {
    expect(frameOf(readUp({ fCnt })).fCnt).toBe(fCnt);
  });

  test.each([
    ['fCnt', -1],
    ['fCnt', 4_294_967_296],
    ['fCnt', 1.5],
    ['fCnt', '12'],
    ['fCnt', null],
    ['fCnt', undefined],
    ['fPort', 256],
    ['fPort', -1],
    ['data', undefined],
    ['data', 12],
  ])('with %s %s is broken, and the reason names the field', (field, value) => {
    expect(readUp({ [field]: value })).toMatchObject({
      outcome: 'broken',
      code: 'event_invalid',
      reason: expect.stringContaining(`${field}: `),
      devEui: v4.DEV_EUI,
    });
  });

  test.each(['AQ=', 'AQI', '*AQI', 'AQ==AQ==', 'AR==', 'AQ ID'])('with data "%s" is not base64', (data) => {
    expect(readUp({ data })).toMatchObject({ code: 'payload_encoding_invalid', devEui: v4.DEV_EUI });
  });

  test.each([
    ['the topic', () => readJson(topicOf('up').replace(v4.DEV_EUI, '70b3d5e75e00c3e2'), v4.up)],
    ['the event', () => readUp({ deviceInfo: { ...v4.deviceInfo, devEui: '70b3d5e75e00c3e2' } })],
  ])('is refused when %s names another device', (_, read) => {
    expect(read()).toMatchObject({ outcome: 'broken', code: 'dev_eui_mismatch' });
  });

  test('loses a reception that cannot be read, not the meter reading', () => {
    const [first, second] = v4.up.rxInfo;
    const rxInfo = [{ ...first, rssi: '-97' }, null, 'noise', second];
    const frame = frameOf(readUp({ rxInfo }));
    expect(frame.receptions).toEqual([{ gatewayId: '0016c001f1049a2e', rssi: -113, snr: 0 }]);
    expect(hexOf(frame.payload)).toBe(v4.PAYLOAD_HEX);
  });

  test.each([
    { rxInfo: 'none' },
    { txInfo: [] },
    { txInfo: { frequency: '868.3 MHz' } },
    { dr: 99 },
    { confirmed: 'no' },
    { time: 'yesterday' },
    { time: '0001-01-01T00:00:00Z' },
    { deviceInfo: { devEui: v4.DEV_EUI, deviceName: 7, tags: 'none' } },
    { aFieldOfALaterVersion: { nested: true } },
  ])('survives %j: it only describes', (changes) => {
    expect(hexOf(frameOf(readUp(changes)).payload)).toBe(v4.PAYLOAD_HEX);
  });

  test('without a plausible time says that it has none', () => {
    expect(frameOf(readUp({ time: '0001-01-01T00:00:00Z' })).receivedAt).toBeNull();
  });
});

describe('the other events of ChirpStack v4', () => {
  const events = [
    ['join', 'join', { devAddr: '01a2b3c4' }],
    ['ack', 'ack', { queueItemId: v4.ack.queueItemId, acknowledged: true, fCntDown: 12 }],
    [
      'txack',
      'txack',
      {
        downlinkId: 2_655_421_301,
        queueItemId: v4.txack.queueItemId,
        fCntDown: 12,
        gatewayId: '0016c001f153a14c',
        txInfo: {
          frequency: 869_525_000,
          power: 27,
          modulation: { lora: { bandwidth: 125_000, spreadingFactor: 9, codeRate: 'CR_4_5' } },
        },
      },
    ],
    [
      'log',
      'log',
      {
        level: 'ERROR',
        code: 'UPLINK_CODEC',
        description: v4.log.description,
        context: { deduplication_id: v4.up.deduplicationId },
      },
    ],
    [
      'status',
      'status',
      { margin: 9, externalPowerSource: false, batteryLevelUnavailable: false, batteryLevel: 99.21 },
    ],
    [
      'location',
      'location',
      { latitude: 47.7467, longitude: 7.3389, altitude: 251, source: 'GEO_RESOLVER_TDOA', accuracy: 35.5 },
    ],
    [
      'integration',
      'log',
      {
        level: 'INFO',
        code: 'INTEGRATION',
        description: 'loracloud: DAS_UplinkResponse',
        context: {},
        object: { result: { pending_requests: [] } },
      },
    ],
  ] as const;

  test.each(events)('%s', (name, kind, detail) => {
    const event = eventOf(readJson(topicOf(name), v4.events[name]));
    expect(event).toMatchObject({
      kind,
      lns: 'chirpstack-v4-json',
      occurredAt: new Date('2026-09-02T23:49:42.100Z'),
    });
    expect(event.device.devEui).toBe(v4.DEV_EUI);
    expect(event.detail).toEqual(detail);
  });

  test('a location without coordinates is broken', () => {
    expect(readJson(topicOf('location'), { ...v4.location, location: null })).toMatchObject({
      code: 'event_invalid',
      reason: expect.stringContaining('location: '),
    });
  });
});

describe('ChirpStack v4 with json = false', () => {
  test('gives the same frame as JSON: -11.75 dB, 8.2 dB of 32 bits and nanoseconds included', () => {
    const ofJson = frameOf(readJson(topicOf('up'), v4.up));
    const ofProtobuf = frameOf(readLnsMessage(topicOf('up'), protobuf.up));
    expect(ofProtobuf).toEqual({ ...ofJson, lns: 'chirpstack-v4-protobuf' });
  });

  test.each(['join', 'ack', 'txack', 'log', 'status', 'location'] as const)(
    'gives the same %s event as JSON',
    (name) => {
      const ofJson = eventOf(readJson(topicOf(name), v4.events[name]));
      const ofProtobuf = eventOf(readLnsMessage(topicOf(name), protobuf.events[name]));
      expect(ofProtobuf).toEqual({ ...ofJson, lns: 'chirpstack-v4-protobuf' });
    },
  );

  test('begins with 0x0A, a line feed, and is not taken for JSON', () => {
    expect(protobuf.up[0]).toBe(0x0a);
    // A timestamp of 10 bytes puts a second line feed behind the first one.
    const log = Uint8Array.from([0x0a, 0x0a, 0x08, ...new Array(9).fill(0xff)]);
    expect(readLnsMessage(topicOf('log'), log)).toMatchObject({ code: 'protobuf_invalid' });
  });

  test('marks ciphertext', () => {
    expect(frameOf(readLnsMessage(topicOf('up'), protobuf.encryptedUp)).encrypted).toBe(true);
  });

  test('leaves no NaN in a detail, which JSON could not carry', () => {
    const { detail } = eventOf(readLnsMessage(topicOf('status'), protobuf.statusWithNaN));
    expect(detail).toEqual({
      margin: 0,
      externalPowerSource: false,
      batteryLevelUnavailable: false,
      batteryLevel: null,
    });
  });

  test('keeps its payload when the MQTT client reuses the buffer', () => {
    const buffer = Buffer.from(protobuf.up);
    const frame = frameOf(readLnsMessage(topicOf('up'), buffer));
    buffer.fill(0);
    expect(hexOf(frame.payload)).toBe(v4.PAYLOAD_HEX);
  });

  test('cut short is broken', () => {
    expect(readLnsMessage(topicOf('up'), protobuf.up.subarray(0, 200))).toMatchObject({
      code: 'protobuf_invalid',
      devEui: v4.DEV_EUI,
    });
  });

  test('keeps the integration event of 4.14, without its object', () => {
    const { kind, detail } = eventOf(readLnsMessage(topicOf('integration'), protobuf.events.integration));
    expect(kind).toBe('log');
    expect(detail).toMatchObject({ code: 'INTEGRATION', description: 'loracloud: DAS_UplinkResponse' });
  });

  test('is what ChirpStack’s own package reads in our fixtures', () => {
    const { rxInfoList, deviceInfo, ...event } = pb.UplinkEvent.deserializeBinary(protobuf.up).toObject();
    expect(event).toMatchObject({
      devAddr: v4.up.devAddr,
      dr: 5,
      fCnt: 70_123,
      fPort: 100,
      data: v4.up.data,
      txInfo: { frequency: 868_300_000 },
    });
    expect(deviceInfo).toMatchObject({ devEui: v4.DEV_EUI, deviceName: v4.deviceInfo.deviceName });
    expect(rxInfoList.map(({ gatewayId, rssi }) => [gatewayId, rssi])).toEqual(
      v4.up.rxInfo.map(({ gatewayId, rssi }) => [gatewayId, rssi]),
    );
    expect(pb.TxAckEvent.deserializeBinary(protobuf.events.txack).toObject()).toMatchObject({
      downlinkId: 2_655_421_301,
      gatewayId: '0016c001f153a14c',
      txInfo: { power: 27, modulation: { lora: { spreadingFactor: 9, codeRate: 1 } } },
    });
    expect(pb.LogEvent.deserializeBinary(protobuf.events.log).toObject()).toMatchObject({
      level: 2,
      code: 2,
    });
    expect(pb.StatusEvent.deserializeBinary(protobuf.events.status).toObject()).toMatchObject({ margin: 9 });
    expect(pb.LocationEvent.deserializeBinary(protobuf.events.location).toObject()).toMatchObject({
      location: { latitude: 47.7467, source: 3, accuracy: 35.5 },
    });
    expect(pb.AckEvent.deserializeBinary(protobuf.events.ack).toObject()).toMatchObject({ fCntDown: 12 });
    expect(pb.JoinEvent.deserializeBinary(protobuf.events.join).toObject()).toMatchObject({
      devAddr: '01a2b3c4',
    });
  });

  test.each([
    ['up', '7abaa4cdfef73d3d'],
    ['txack', '12f8c793c6f6ec74f2'],
    ['txack', '3288e5c81b42ada3'],
  ])('that claims gigabytes in eight bytes (%s %s) is refused at once', (name, hex) => {
    // google-protobuf, which this package therefore does not decode with, took 14 s over the first.
    const start = performance.now();
    expect(readLnsMessage(topicOf(name), Buffer.from(hex, 'hex'))).toMatchObject({
      code: 'protobuf_invalid',
    });
    expect(performance.now() - start).toBeLessThan(100);
  });

  test('with a frame counter of 33 bits is broken, not wrapped to 0', () => {
    const fCnt = [0x38, 0x80, 0x80, 0x80, 0x80, 0x10];
    expect(readLnsMessage(topicOf('up'), Uint8Array.from([...protobuf.up, ...fCnt]))).toMatchObject({
      code: 'protobuf_invalid',
      reason: expect.stringContaining('more than 32 bits'),
    });
  });

  test('with a negative link margin, ten bytes long, is read', () => {
    const margin = [0x28, 0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const status = Uint8Array.from([...protobuf.events.status, ...margin]);
    expect(eventOf(readLnsMessage(topicOf('status'), status)).detail.margin).toBe(-15);
  });
});
