import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as v3 from './fixtures/chirpstack-v3-events.ts';
import * as v4 from './fixtures/chirpstack-v4-events.ts';
import * as protobuf from './fixtures/chirpstack-v4-protobuf.ts';
import { eventOf, frameOf, readJson } from './fixtures/message.ts';
import * as tts from './fixtures/the-things-stack-v3-events.ts';
import { CHIRPSTACK_TOPIC_FILTERS, type LnsReading, readLnsMessage, TTS_TOPIC_FILTERS } from './index.ts';

const V4_TOPIC = `application/${v4.APPLICATION_ID}/device/${v4.DEV_EUI}/event`;
const V3_TOPIC = `application/7/device/${v3.DEV_EUI}/event`;
const TTS_TOPIC = 'v3/ville-gaz@ttn/devices/gaz-gymnase-sud';
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a message that is no event is broken, by name', () => {
  test.each([
    ['topic_unknown', 'zigbee2mqtt/lamp', '{}'],
    ['topic_unknown', `application/1/device/not-a-dev-eui/event/up`, '{}'],
    ['topic_unknown', `${V4_TOPIC}/weather`, '{}'],
    ['topic_unknown', `application/1/device/${v4.DEV_EUI}/command/down`, '{}'],
    ['topic_unknown', `${TTS_TOPIC}/up/normalized`, '{}'],
    ['payload_empty', `${V4_TOPIC}/up`, ''],
    ['json_invalid', `${V4_TOPIC}/up`, '{"deviceInfo":'],
    ['json_invalid', `${TTS_TOPIC}/up`, '\u0000\u0001'],
    ['protobuf_invalid', `${V4_TOPIC}/up`, 'null'],
    ['event_invalid', `${V4_TOPIC}/up`, ' \n{}'],
    ['event_invalid', `${TTS_TOPIC}/up`, '[1]'],
    ['event_unsupported', `${V4_TOPIC}/error`, JSON.stringify(v4.log)],
    ['event_unsupported', `${V3_TOPIC}/log`, JSON.stringify(v3.error)],
  ])('%s: %s %j', (code, topic, payload) => {
    expect(readLnsMessage(topic, bytesOf(payload))).toMatchObject({ outcome: 'broken', code });
  });

  test('and names the device of its topic, whatever the bytes', () => {
    expect(readLnsMessage(`${V4_TOPIC}/up`, bytesOf('{'))).toMatchObject({ devEui: v4.DEV_EUI });
  });

  test('and its reason is bounded and storable', () => {
    const reading = readLnsMessage(`\u0000${'x'.repeat(5_000)}\ud800`, bytesOf('{}'));
    if (reading.outcome !== 'broken') throw new Error('not broken');
    expect(reading.reason).toHaveLength(500);
    expect(reading.reason.startsWith('\uFFFDx')).toBe(true);
  });
});

describe('what a frame or an event carries can be stored', () => {
  test('names and tags lose NUL and half surrogates, which PostgreSQL refuses, and are bounded', () => {
    const { device } = frameOf(
      readJson(`${V4_TOPIC}/up`, {
        ...v4.up,
        deviceInfo: { ...v4.deviceInfo, deviceName: 'a\u0000b\ud800c', tags: { 'k\u0000': 'x'.repeat(300) } },
      }),
    );
    expect(device.name).toBe('a\uFFFDb\uFFFDc');
    expect(device.tags).toEqual({ 'k\uFFFD': 'x'.repeat(255) });
  });

  test('a __proto__ key reaches neither tags nor detail', () => {
    const tags = '"tags":{"__proto__":"evil","street":"rue du Sauvage"}';
    const up = JSON.stringify(v3.up).replace(/"tags":\{.*?\}/, tags);
    const { device } = frameOf(readLnsMessage(`${V3_TOPIC}/up`, bytesOf(up)));
    expect(Object.keys(device.tags)).toEqual(['street']);

    const object = '"object":{"__proto__":{"isAdmin":true},"a":1}';
    const note = JSON.stringify(v4.integration).replace(/"object":\{.*\}(?=\})/, object);
    const { detail } = eventOf(readLnsMessage(`${V4_TOPIC}/integration`, bytesOf(note)));
    expect(detail.object).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(detail.object)).toBe(Object.prototype);
  });

  test('numbers past what JSON can say, and endless nesting, end in a detail', () => {
    const status = JSON.stringify(v4.status).replace('99.21', '1e999');
    expect(eventOf(readLnsMessage(`${V4_TOPIC}/status`, bytesOf(status))).detail.batteryLevel).toBeNull();

    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const note = JSON.stringify({ ...v4.integration, object: 'DEEP' }).replace('"DEEP"', deep);
    const { detail } = eventOf(readLnsMessage(`${V4_TOPIC}/integration`, bytesOf(note)));
    expect(JSON.stringify(detail).length).toBeLessThan(200);
  });
});

test.each([
  ['ChirpStack v4', `${V4_TOPIC}/up`, (rxInfo: object[]) => ({ ...v4.up, rxInfo })],
  ['ChirpStack v3', `${V3_TOPIC}/up`, (rxInfo: object[]) => ({ ...v3.up, rxInfo })],
  [
    'The Things Stack',
    `${TTS_TOPIC}/up`,
    (heard: object[]) => ({ ...tts.up, uplink_message: { ...tts.up.uplink_message, rx_metadata: heard } }),
  ],
])('%s: the first hundred gateways that heard a frame are kept', (_server, topic, heardBy) => {
  const gateways = Array.from({ length: 5000 }, (_, i) => `gateway ${i}`);
  const event = heardBy(
    gateways.map((id) => ({ gatewayId: id, gatewayID: id, gateway_ids: { gateway_id: id }, rssi: -100 })),
  );
  const { receptions } = frameOf(readJson(topic, event));
  expect(receptions.map(({ gatewayId }) => gatewayId)).toEqual(gateways.slice(0, 100));
});

test('an application id that only the topic tells is storable', () => {
  const { applicationId: _, ...deviceInfo } = v4.up.deviceInfo;
  const topic = `application/a\u0000${'b'.repeat(300)}/device/${v4.DEV_EUI}/event/up`;
  const { device } = frameOf(readJson(topic, { ...v4.up, deviceInfo }));
  expect(device.applicationId).toBe(`a\ufffd${'b'.repeat(253)}`);
});

test('the topic filters bring every event that can be read, and nothing twice', () => {
  const matches = (filter: string, topic: string) =>
    new RegExp(`^${filter.replaceAll('+', '[^/]+')}$`).test(topic);
  const filters = [...CHIRPSTACK_TOPIC_FILTERS, ...TTS_TOPIC_FILTERS];
  for (const { topic } of realMessages) {
    expect([topic, filters.filter((filter) => matches(filter, topic)).length]).toEqual([topic, 1]);
  }
  for (const others of [`application/1/device/${v4.DEV_EUI}/command/down`, `${TTS_TOPIC}/down/push`]) {
    expect(filters.some((filter) => matches(filter, others))).toBe(false);
  }
});

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}

const jsonMessages: (Message & { readonly event: object })[] = [
  ...Object.entries(v4.events).map(([name, event]) => ({ topic: `${V4_TOPIC}/${name}`, event })),
  ...Object.entries(v3.events).map(([name, event]) => ({ topic: `${V3_TOPIC}/${name}`, event })),
  { topic: `application/7/device/${v3.DEV_EUI}/rx`, event: v3.upOfProtobufMapping },
  { topic: `${TTS_TOPIC}/up`, event: tts.up },
  { topic: `${TTS_TOPIC}/join`, event: tts.join },
  { topic: `${TTS_TOPIC}/down/ack`, event: tts.downAck },
  { topic: `${TTS_TOPIC}/down/nack`, event: tts.downNack },
  { topic: `${TTS_TOPIC}/down/sent`, event: tts.downSent },
  { topic: `${TTS_TOPIC}/down/failed`, event: tts.downFailed },
  { topic: `${TTS_TOPIC}/location/solved`, event: tts.locationSolved },
].map((message) => ({ ...message, payload: bytesOf(JSON.stringify(message.event)) }));

const realMessages: Message[] = [
  ...jsonMessages,
  ...Object.entries(protobuf.events).map(([name, payload]) => ({ topic: `${V4_TOPIC}/${name}`, payload })),
];

/** What must hold of any reading: the counters fit, text can be stored, and JSON carries the detail whole. */
function expectSound(reading: LnsReading): void {
  const text = JSON.stringify(reading);
  expect(text.includes('\\u0000')).toBe(false);
  expect(/\\ud[89a-f]/.test(text)).toBe(false);
  switch (reading.outcome) {
    case 'frame':
      expect(reading.frame.fCnt).toSatisfy((n) => Number.isInteger(n) && n >= 0 && n <= 0xffff_ffff);
      expect(reading.frame.fPort).toSatisfy((n) => n === null || (Number.isInteger(n) && n >= 1 && n <= 255));
      expect(reading.frame.payload).toBeInstanceOf(Uint8Array);
      expect(reading.frame.receivedAt?.getTime()).not.toBeNaN();
      break;
    case 'event':
      expect(JSON.parse(JSON.stringify(reading.event.detail))).toEqual(reading.event.detail);
      break;
    case 'broken':
      expect(reading.code).not.toBe('reader_failed');
      expect(reading.reason.length).toBeLessThanOrEqual(500);
      break;
    default:
      reading satisfies never;
  }
}

describe('real events, damaged', () => {
  const aMessage = fc.constantFrom(...realMessages);

  test('undamaged are all read', () => {
    for (const { topic, payload } of realMessages) {
      expect([topic, readLnsMessage(topic, payload).outcome]).not.toContain('broken');
    }
  });

  test('by flipped bytes', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(aMessage, flips, ({ topic, payload }, at) => {
        const damaged = Uint8Array.from(payload);
        for (const [place, mask] of at) {
          const index = place % damaged.length;
          damaged[index] = (damaged[index] ?? 0) ^ mask;
        }
        expectSound(readLnsMessage(topic, damaged));
      }),
      { numRuns: 3_000 },
    );
  });

  test('by truncation', () => {
    fc.assert(
      fc.property(aMessage, fc.nat(), ({ topic, payload }, length) => {
        expectSound(readLnsMessage(topic, payload.subarray(0, length % payload.length)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('by a field left out or of another type, at any depth', () => {
    const intruder = fc.option(
      fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom('\u0000', '\ud800', -1, 2 ** 53, 1e308, 0.5, '', [], {}, [null], { __proto__: null }),
        fc.string({ unit: 'binary', maxLength: 400 }),
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.constantFrom(...jsonMessages), fc.nat(), intruder, ({ topic, event }, at, value) => {
        const damaged = structuredClone(event) as Record<string, unknown>;
        const places = placesOf(damaged);
        const place = places[at % places.length];
        if (place !== undefined) place.parent[place.key] = value;
        expectSound(readJson(topic, damaged));
      }),
      { numRuns: 5_000 },
    );
  });

  test('or not events at all, on any topic', () => {
    const anyTopic = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...realMessages.map((m) => m.topic)),
    );
    fc.assert(
      fc.property(anyTopic, fc.oneof(fc.uint8Array(), fc.json().map(bytesOf)), (topic, payload) => {
        expectSound(readLnsMessage(topic, payload));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Every key of every object and array of a JSON value. */
function placesOf(value: unknown): { parent: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesOf(parent[key])]);
}
