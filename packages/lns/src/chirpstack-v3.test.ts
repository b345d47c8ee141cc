import { describe, expect, test } from 'vitest';
import * as v3 from './fixtures/chirpstack-v3-events.ts';
import { eventOf, frameOf, hexOf, readJson } from './fixtures/message.ts';

const topicOf = (event: string) => `application/7/device/${v3.DEV_EUI}/event/${event}`;
const readUp = (changes: object) => readJson(topicOf('up'), { ...v3.up, ...changes });

describe('an uplink of ChirpStack v3', () => {
  test('becomes a frame', () => {
    const { payload, ...frame } = frameOf(readJson(topicOf('up'), v3.up));
    expect(hexOf(payload)).toBe('016400280001');
    expect(frame).toEqual({
      kind: 'uplink',
      lns: 'chirpstack-v3-json',
      device: {
        devEui: v3.DEV_EUI,
        name: 'lampadaire-0042',
        applicationId: '7',
        applicationName: 'eclairage',
        profileName: 'luminaire',
        tags: { street: 'rue du Sauvage' },
      },
      sessionKey: '',
      fCnt: 10,
      fPort: 5,
      encrypted: false,
      confirmed: false,
      dataRate: 5,
      frequencyHz: 868_100_000,
      receivedAt: new Date('2021-11-25T16:24:37.290Z'),
      receptions: [
        {
          gatewayId: '0016c001f153a14c',
          rssi: -57,
          snr: 10,
          gatewayTime: new Date('2021-11-25T16:24:37.295Z'),
        },
        {
          gatewayId: '0016c001f1049a2e',
          rssi: -101,
          snr: -3.5,
          gatewayTime: new Date('2021-11-25T16:24:37.290Z'),
        },
        { gatewayId: '24e124fffef5a2b8', rssi: -110, snr: 0 },
      ],
    });
  });

  test('in the protobuf mapping has every identifier in base64', () => {
    const frame = frameOf(readJson(topicOf('up'), v3.upOfProtobufMapping));
    expect(frame).toMatchObject({
      device: { devEui: v3.DEV_EUI },
      sessionKey: '01a2b3c4',
      confirmed: true,
      dataRate: 5,
      receivedAt: new Date('2021-11-25T16:24:37.512Z'),
    });
    expect(frame.receptions[0]?.gatewayId).toBe('0016c001f153a14c');
    expect(hexOf(frame.payload)).toBe('016400280001');
  });

  test('comes on the older topic too', () => {
    expect(readJson(`application/7/device/${v3.DEV_EUI}/rx`, v3.up)).toEqual(readJson(topicOf('up'), v3.up));
  });

  test('without payload has null for data', () => {
    const frame = frameOf(readUp({ data: null, fPort: undefined }));
    expect(frame.payload).toEqual(new Uint8Array());
    expect(frame.fPort).toBeNull();
  });

  test.each(['7', 7])('of application %j', (applicationID) => {
    expect(frameOf(readUp({ applicationID })).device.applicationId).toBe('7');
  });

  test('of another device than its topic is refused', () => {
    expect(readUp({ devEUI: '0101010101010102' })).toMatchObject({ code: 'dev_eui_mismatch' });
  });

  test('with a DevEUI of neither spelling is broken', () => {
    expect(readUp({ devEUI: 'AQEBAQ==' })).toMatchObject({
      code: 'event_invalid',
      reason: 'devEUI: not a DevEUI',
    });
  });
});

describe('the payload of ChirpStack v3, base64 or a recorder’s hexadecimal', () => {
  const recorded = { _timestamp: 1_687_511_428_896 };
  test.each([
    ['ordinary base64', { data: 'AWQAKAAB' }, '016400280001'],
    ['padded base64', { data: 'AWQ=' }, '0164'],
    [
      'base64 of zeros, which looks like uppercase hexadecimal',
      { data: 'AAAAAAAAAAAAAAAA' },
      '00'.repeat(12),
    ],
    ['digits only, too few to tell: as ChirpStack writes them', { data: '01640028' }, 'd35eb8d34dbc'],
    ['the same digits, recorded', { data: '01640028', ...recorded }, '01640028'],
    ['base64, recorded', { data: 'AWQAKAAB', ...recorded }, '016400280001'],
    ['a length that base64 never has', { data: '016400' }, '016400'],
    ['sixteen digits: chance would take 4 billion tries', { data: '0164002800010203' }, '0164002800010203'],
    [
      'sixteen digits of an event whose DevEUI is in base64, so no recorder rewrote it',
      { devEUI: 'AQEBAQEBAQE=', data: '0164002800010203' },
      'd35eb8d34dbcd34d35d36d37',
    ],
  ])('%s', (_, changes, hex) => {
    expect(hexOf(frameOf(readUp(changes)).payload)).toBe(hex);
  });

  test.each(['0164002', 'AWQ', '01 64 00', 'zz'])('"%s" is neither', (data) => {
    expect(readUp({ data })).toMatchObject({ code: 'payload_encoding_invalid' });
  });
});

describe('the time of a ChirpStack v3 event, which has none of its own', () => {
  const publishedAt = '2021-11-25T16:24:37.512345Z';
  const _timestamp = Date.parse('2021-11-25T16:24:38.000Z');
  const heardAt = (...times: (string | null)[]) => times.map((time) => ({ gatewayID: '', time, rssi: -100 }));
  test.each([
    ['publishedAt, of the server', { publishedAt, _timestamp }, '2021-11-25T16:24:37.512Z'],
    ['else the recorder’s', { _timestamp }, '2021-11-25T16:24:38.000Z'],
    ['else the first gateway’s', {}, '2021-11-25T16:24:37.290Z'],
    [
      'but not of a gateway that never found the time',
      { rxInfo: heardAt('1980-01-06T00:00:12Z', '2021-11-25T16:24:37Z', null) },
      '2021-11-25T16:24:37.000Z',
    ],
  ])('%s', (_, changes, time) => {
    expect(frameOf(readUp(changes)).receivedAt).toEqual(new Date(time));
  });

  test('else it is not known', () => {
    expect(frameOf(readUp({ rxInfo: heardAt(null) })).receivedAt).toBeNull();
    expect(eventOf(readJson(topicOf('status'), v3.status)).occurredAt).toBeNull();
  });
});

describe('the other events of ChirpStack v3, in v4’s spelling', () => {
  const events = [
    ['join', 'join', v3.join, { devAddr: '01a2b3c4' }],
    ['ack', 'ack', v3.ack, { acknowledged: true, fCntDown: 15 }],
    [
      'txack',
      'txack',
      v3.txack,
      { fCntDown: 15, gatewayId: '0016c001f153a14c', txInfo: { frequency: 869_525_000 } },
    ],
    [
      'error',
      'log',
      v3.error,
      {
        level: 'ERROR',
        code: 'UPLINK_FCNT_RETRANSMISSION',
        description: 'frame-counter did not increment',
        context: { fCnt: '10' },
      },
    ],
    [
      'status',
      'status',
      v3.status,
      { margin: 6, externalPowerSource: true, batteryLevelUnavailable: true, batteryLevel: 0 },
    ],
    ['location', 'location', v3.location, { latitude: 47.7467, longitude: 7.3389, altitude: 251 }],
    [
      'integration',
      'log',
      v3.integration,
      {
        level: 'INFO',
        code: 'INTEGRATION',
        description: 'loracloud: DAS_UplinkResponse',
        context: {},
        object: '{"pending_requests":[]}',
      },
    ],
  ] as const;

  test.each(events)('%s', (name, kind, event, detail) => {
    const read = eventOf(readJson(topicOf(name), event));
    expect(read).toMatchObject({ kind, lns: 'chirpstack-v3-json', device: { devEui: v3.DEV_EUI } });
    expect(read.detail).toEqual(detail);
  });

  test('a join of the protobuf mapping has its DevAddr in base64', () => {
    const event = { ...v3.join, devEUI: 'AQEBAQEBAQE=', devAddr: 'AaKzxA==' };
    expect(eventOf(readJson(topicOf('join'), event)).detail).toEqual({ devAddr: '01a2b3c4' });
  });
});
