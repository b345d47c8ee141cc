import { parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { answerReader, connectPacket, publishRoom, writePublish } from './mqtt-packets.ts';
import { Unacknowledged } from './unacknowledged.ts';

// biome-ignore lint/suspicious/noExplicitAny: packets of several kinds, whose fields the tests name.
function read(bytes: Buffer): any[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  const packets: any[] = [];
  const reader = parser({ protocolVersion: 4 });
  reader.on('packet', (packet) => packets.push(packet));
  reader.on('error', (error) => {
    throw error;
  });
  reader.parse(bytes);
  return packets;
}

describe("our packets, read by MQTT.js's parser", () => {
  it.each([0, 1, 40, 95, 96, 97, 1000, 16_340, 16_350, 16_360, 16_383, 16_384, 70_000, 3_000_000])(
    'a PUBLISH of %i bytes',
    (size) => {
      const topic = 'application/é/device/02564c0000000001/event/up';
      for (const payload of ['é'.repeat(size / 2), Buffer.alloc(size, 7)]) {
        const into = Buffer.alloc(publishRoom(topic, payload) + 10);
        const end = writePublish(into, 10, topic, payload, 513);
        expect(end).toBeLessThanOrEqual(into.length);
        const [packet] = read(into.subarray(10, end));
        expect(packet).toMatchObject({
          cmd: 'publish',
          topic,
          qos: 1,
          dup: false,
          retain: false,
          messageId: 513,
        });
        expect(packet.payload.equals(Buffer.from(payload))).toBe(true);
      }
    },
  );

  it('a CONNECT with and without user', () => {
    expect(read(connectPacket({ clientId: 'a', keepAliveS: 30 }))[0]).toMatchObject({
      cmd: 'connect',
      clientId: 'a',
      keepalive: 30,
      clean: true,
      protocolVersion: 4,
    });
    const packet = read(
      connectPacket({ clientId: 'a', keepAliveS: 300, username: 'ville', password: 'mère' }),
    )[0];
    expect(packet).toMatchObject({ username: 'ville', keepalive: 300 });
    expect(packet.password.toString()).toBe('mère');
  });
});

it('answers are read wherever TCP cuts them', () => {
  const bytes = Buffer.from('20020000400200014002ffffd00040020102', 'hex');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const seen: string[] = [];
    const take = answerReader({
      connack: (code) => seen.push(`connack ${code}`),
      puback: (id) => seen.push(`puback ${id}`),
    });
    take(bytes.subarray(0, cut));
    take(bytes.subarray(cut));
    expect(seen).toEqual(['connack 0', 'puback 1', 'puback 65535', 'puback 258']);
  }
});

it('the window keeps what is open, in order, over the turn of the ids, whoever is acknowledged first', () => {
  const open = new Unacknowledged<number>(3);
  let expected: number[] = [];
  for (let n = 0; n < 70_000; n++) {
    while (open.room === 0) {
      // The middle one first, so that the window's end is held up by the oldest.
      const victim = expected[expected.length === 3 ? 1 : 0] as number;
      expect(open.acknowledge((victim % 65_535) + 1)).toBe(victim);
      expected = expected.filter((each) => each !== victim);
    }
    expect(open.nextId).toBe((n % 65_535) + 1);
    open.add(Buffer.from([0x32, n & 0xff]), 0, 2, n);
    expected.push(n);
  }
  expect([...open.again()]).toEqual(expected.flatMap((n) => [0x3a, n & 0xff]));
  expect(open.acknowledge(1)).toBeUndefined();
});
