import { describe, expect, test } from 'vitest';
import { eventOf, frameOf, hexOf, readJson } from './fixtures/message.ts';
import * as tts from './fixtures/the-things-stack-v3-events.ts';

const topicOf = (event: string) => `v3/ville-gaz@ttn/devices/gaz-gymnase-sud/${event}`;
const readUp = (message: object) =>
  readJson(topicOf('up'), { ...tts.up, uplink_message: { ...tts.up.uplink_message, ...message } });

describe('an uplink of The Things Stack', () => {
  test('becomes a frame', () => {
    const { payload, ...frame } = frameOf(readJson(topicOf('up'), tts.up));
    expect(hexOf(payload)).toBe('46800000009f00000002');
    expect(frame).toEqual({
      kind: 'uplink',
      lns: 'tts-v3-json',
      device: {
        devEui: tts.DEV_EUI,
        name: 'gaz-gymnase-sud',
        applicationId: 'ville-gaz',
        profileName: 'adeunis/pulse',
        tags: { building: 'gymnase-sud' },
      },
      sessionKey: 'AZGq0mYyq1hxVQ0r8M9uVA==',
      fCnt: 1_287,
      fPort: 1,
      encrypted: false,
      confirmed: true,
      dataRate: 3,
      frequencyHz: 868_500_000,
      receivedAt: new Date('2026-01-12T05:59:58.703Z'),
      receptions: [
        {
          gatewayId: '0016c001f153a14c',
          rssi: -105,
          snr: 5.5,
          gatewayTime: new Date('2026-01-12T05:59:58.661Z'),
        },
        { gatewayId: 'packetbroker', rssi: -119, snr: 0 },
      ],
    });
  });

  test('leaves zeros out: the first frame of a session has no f_cnt, no port and no payload', () => {
    const frame = frameOf(readJson(topicOf('up'), tts.firstUp));
    expect(frame).toMatchObject({ fCnt: 0, fPort: null, confirmed: false, frequencyHz: 868_100_000 });
    expect(frame.payload).toEqual(new Uint8Array());
    expect(frame.dataRate).toBe(0);
  });

  test.each([
    [{ lora: { bandwidth: 125_000, spreading_factor: 12 } }, '868100000', 0],
    [{ lora: { bandwidth: 125_000, spreading_factor: 7, coding_rate: '4/5' } }, '868500000', 5],
    [{ lora: { bandwidth: '125000', spreading_factor: '9' } }, 867_100_000, 3],
    [{ lora: { bandwidth: 250_000, spreading_factor: 7 } }, '868300000', 6],
    [{ fsk: { bit_rate: 50_000 } }, '868800000', 7],
    [{ lora: { bandwidth: 125_000, spreading_factor: 6 } }, '868100000', undefined],
    [{ lora: { bandwidth: 125_000, spreading_factor: 9 } }, '904300000', undefined],
    [{ lora: { bandwidth: 125_000, spreading_factor: 9 } }, undefined, undefined],
    [{ lrfhss: { operating_channel_width: 137_000, coding_rate: '1/3' } }, '868100000', undefined],
    [{ lora: 'fast' }, '868100000', undefined],
    [undefined, '868100000', undefined],
  ])('of today tells no index: %j at %s Hz is data rate %s', (data_rate, frequency, index) => {
    const frame = frameOf(readUp({ settings: { data_rate, frequency } }));
    expect(frame.dataRate).toBe(index);
    expect(frame.frequencyHz).toBe(frequency === undefined ? undefined : Number(frequency));
  });

  test('keeps the index that its network server tells', () => {
    const data_rate = { lora: { bandwidth: 125_000, spreading_factor: 9 } };
    const settings = { data_rate, data_rate_index: 2, frequency: '868100000' };
    expect(frameOf(readUp({ settings })).dataRate).toBe(2);
  });

  test('typed into the console never becomes consumption', () => {
    expect(readJson(topicOf('up'), { ...tts.up, simulated: true })).toEqual({
      outcome: 'broken',
      code: 'simulated_uplink',
      reason: 'simulated: true',
      devEui: tts.DEV_EUI,
    });
  });

  test('of a device without a session key id is told apart by its DevAddr', () => {
    expect(frameOf(readUp({ session_key_id: undefined })).sessionKey).toBe('260ba7f1');
  });

  test('that the application decrypts itself (skip_payload_crypto) is ciphertext', () => {
    expect(frameOf(readUp({ app_s_key: { key: 'AQID' } })).encrypted).toBe(true);
  });

  test('without the network server’s time has the application server’s', () => {
    expect(frameOf(readUp({ received_at: undefined })).receivedAt).toEqual(
      new Date('2026-01-12T05:59:58.912Z'),
    );
  });

  test('on an open source stack has no tenant in its topic', () => {
    expect(readJson('v3/ville-gaz/devices/gaz-gymnase-sud/up', tts.up).outcome).toBe('frame');
  });

  test.each([
    [{ f_cnt: 4_294_967_296 }, 'event_invalid', 'uplink_message.f_cnt: '],
    [{ f_port: 256 }, 'event_invalid', 'uplink_message.f_port: '],
    [{ frm_payload: 'RoA' }, 'payload_encoding_invalid', 'uplink_message.frm_payload: '],
  ])('with %j is broken, and still says whose it is', (message, code, place) => {
    expect(readUp(message)).toMatchObject({
      outcome: 'broken',
      code,
      reason: expect.stringContaining(place),
      devEui: tts.DEV_EUI,
    });
  });

  test('of a device that has no DevEUI cannot be placed', () => {
    const { dev_eui: _, ...end_device_ids } = tts.up.end_device_ids;
    expect(readJson(topicOf('up'), { ...tts.up, end_device_ids })).toMatchObject({
      code: 'event_invalid',
      reason: expect.stringContaining('end_device_ids.dev_eui'),
      devEui: null,
    });
  });
});

describe('the other events of The Things Stack, in ChirpStack’s spelling', () => {
  const downlink = {
    fPort: 1,
    fCntDown: 4,
    sessionKeyId: 'AZGq0mYyq1hxVQ0r8M9uVA==',
    correlationIds: ['veilleur:downlink:42'],
  };
  test.each([
    ['join', 'join', tts.join, { devAddr: '260ba7f1', sessionKeyId: 'AZGq0mYyq1hxVQ0r8M9uVA==' }],
    ['down/ack', 'ack', tts.downAck, { acknowledged: true, ...downlink }],
    ['down/nack', 'ack', tts.downNack, { acknowledged: false, ...downlink }],
    ['down/sent', 'txack', tts.downSent, downlink],
    [
      'down/failed',
      'log',
      tts.downFailed,
      {
        level: 'ERROR',
        code: 'DOWNLINK_FAILED',
        description: 'application downlink payload length `{length}` exceeds maximum `{max}`',
        context: { namespace: 'pkg/networkserver', name: 'application_downlink_too_long' },
        downlink,
      },
    ],
    [
      'location/solved',
      'location',
      tts.locationSolved,
      {
        latitude: 47.7467,
        longitude: 7.3389,
        altitude: 0,
        accuracy: 120,
        source: 'SOURCE_LORA_TDOA_GEOLOCATION',
        service: 'lora-cloud-geolocation',
      },
    ],
  ] as const)('%s', (name, kind, event, detail) => {
    const read = eventOf(readJson(topicOf(name), event));
    expect(read).toMatchObject({
      kind,
      lns: 'tts-v3-json',
      device: { devEui: tts.DEV_EUI, applicationId: 'ville-gaz' },
      occurredAt: new Date('2026-01-12T05:59:58.912Z'),
    });
    expect(read.detail).toEqual(detail);
  });

  test('an event without its message is broken', () => {
    expect(readJson(topicOf('down/ack'), tts.downSent)).toMatchObject({
      code: 'event_invalid',
      reason: expect.stringContaining('downlink_ack: '),
      devEui: tts.DEV_EUI,
    });
  });
});
