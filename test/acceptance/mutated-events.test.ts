import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink, theThingsStackUplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const MESSAGES = 10_000;
const SEED = 20_260_301;

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

async function realMessages(): Promise<Message[]> {
  const excerpt = fileURLToPath(new URL('../real-data/excerpts/saint-eynard.ndjson', import.meta.url));
  const v3 = (await readFile(excerpt, 'utf8')).trim().split('\n');
  return [
    ...v3.map((line) => ({
      topic: `application/1/device/d1d1e80000000032/event/${line.includes('"fCnt"') ? 'up' : 'status'}`,
      payload: Buffer.from(line),
    })),
    ...Array.from({ length: 10 }, (_, fCnt) => chirpStackV4Uplink({ devEui: '70b3d5e75e000001', fCnt })),
    ...Array.from({ length: 5 }, (_, fCnt) => theThingsStackUplink({ devEui: '70b3d5e75e000002', fCnt })),
  ].map(({ topic, payload }) => ({ topic, payload: Buffer.from(payload) }));
}

/** Strange values that field software has met in the place of ordinary ones. */
const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '\u0000',
    '\ud800',
    -1,
    4_294_967_296,
    1e308,
    true,
    [],
    {},
    '1970-01-01',
    '9999-12-31T23:59:59Z',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mutation = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at: fc.nat(),
    bit: fc.nat(7),
    times: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }),
  }),
  fc.record({ kind: fc.constant('replace_field' as const), at: fc.nat(), value: strangeValue }),
  fc.record({ kind: fc.constant('delete_field' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('foreign_topic' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('none' as const), at: fc.nat() }),
);

const FOREIGN_TOPICS = [
  'application/1/device/0000000000000000/event/up',
  'application/1/device/d1d1e80000000032/event/integration',
  'application/1/device/d1d1e80000000032/event/no-such-kind',
  'application/1/device/not-an-eui/event/up',
  'v3/app@tenant/devices/meter-1/up',
];

function mutate({ topic, payload }: Message, change: Mutation): Message {
  const bytes = Buffer.from(payload);
  switch (change.kind) {
    case 'flip':
      for (let i = 0; i < change.times; i += 1) {
        const at = (change.at + i * 7919) % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
      }
      return { topic, payload: bytes };
    case 'truncate':
      return { topic, payload: bytes.subarray(0, change.at % bytes.length) };
    case 'insert': {
      const at = change.at % bytes.length;
      return { topic, payload: Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]) };
    }
    case 'replace_field':
    case 'delete_field': {
      const event = JSON.parse(payload.toString()) as Record<string, unknown>;
      const places = placesOf(event);
      const place = places[change.at % places.length];
      if (place === undefined) return { topic, payload };
      if (change.kind === 'delete_field') delete place.parent[place.key];
      else place.parent[place.key] = change.value;
      return { topic, payload: Buffer.from(JSON.stringify(event)) };
    }
    case 'foreign_topic':
      return { topic: FOREIGN_TOPICS[change.at % FOREIGN_TOPICS.length] ?? topic, payload };
    case 'none':
      return { topic, payload };
  }
}

function placesOf(parent: Record<string, unknown>): { parent: Record<string, unknown>; key: string }[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    { parent, key },
    ...(typeof value === 'object' && value !== null ? placesOf(value as Record<string, unknown>) : []),
  ]);
}

describeOnEachEngine('mutated events', (engine) => {
  const endings = endingsAfterEach();

  it(`${MESSAGES} of them: none crashes the bridge, none vanishes (seed ${SEED})`, async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());

    const real = await realMessages();
    const messages = fc
      .sample(fc.tuple(fc.nat(real.length - 1), mutation), { numRuns: MESSAGES, seed: SEED })
      .map(([which, change]) => mutate(real[which] as Message, change));
    await publishAll(broker.url, messages);

    const counts = await bridge.settled(MESSAGES);
    expect(counts.received).toBe(MESSAGES);
    expect(counts.stored + counts.duplicate + counts.quarantined).toBe(MESSAGES);
    // The mutations reach every outcome, or this test would prove little.
    expect(Math.min(counts.stored, counts.duplicate, counts.quarantined)).toBeGreaterThan(MESSAGES / 50);

    // The database tells the same story as the bridge's counters.
    const { rows } = await database.pool.query<{ stored: number; quarantined: number; refused: number }>(
      `select (select count(*) from frame) + (select count(*) from device_event) as stored,
         (select count(*) from quarantine) as quarantined,
         (select count(*) from quarantine where code = 'database_refused') as refused`,
    );
    expect(rows[0]).toEqual({ stored: counts.stored, quarantined: counts.quarantined, refused: 0 });

    // Every quarantined message kept its bytes: each is one of those that were sent.
    const sent = new Set(messages.map(({ topic, payload }) => `${topic} ${payload.toString('hex')}`));
    const kept = await database.pool.query<{ topic: string; payload: Buffer; reason: string }>(
      'select topic, payload, reason from quarantine',
    );
    for (const { topic, payload, reason } of kept.rows) {
      expect(sent).toContain(`${topic} ${payload.toString('hex')}`);
      expect(reason.length).toBeGreaterThan(5);
    }
  });
});
