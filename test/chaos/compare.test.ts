import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import { type Comparison, compare } from './compare.ts';
import { createMaterial } from './material.ts';

const THINGS = 1500;
const LOT = 9;

/** No two frames of the material have the same payload. */
const ONE = "(select payload from frame where decoding = 'failed' order by payload limit 1)";

/** What somebody, or a bug, does to the database, and what the judge must say. */
const TAMPERINGS: readonly { title: string; sql: string; seen: Partial<Comparison> }[] = [
  {
    title: 'a frame is missing',
    sql: `delete from frame where payload = ${ONE}`,
    seen: { lost: [expect.stringMatching(/^frame /)] },
  },
  {
    title: 'a frame is there twice',
    sql: `insert into frame (device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted,
        confirmed, receptions, lns, decoding)
      select device_id, received_at + interval '20 minutes', f_cnt, fingerprint, session_key, f_port, payload,
        encrypted, confirmed, receptions, lns, decoding
      from frame where payload = ${ONE}`,
    seen: { twice: [expect.stringMatching(/^frame /)] },
  },
  {
    title: 'a payload has another bit',
    sql: `update frame set payload = set_bit(payload, 41, 1 - get_bit(payload, 41)) where payload = (
      select payload from frame where decoding = 'failed' order by payload desc limit 1)`,
    seen: { lost: [expect.stringMatching(/^frame /)], unexpected: [expect.stringMatching(/^frame /)] },
  },
  {
    title: 'a gateway is forgotten',
    sql: `update frame set receptions = receptions - 1 where jsonb_array_length(receptions) = 2 and payload = (
      select payload from frame where jsonb_array_length(receptions) = 2 order by payload limit 1)`,
    seen: { wrong: [expect.stringMatching(/^frame .* was heard by /)] },
  },
  {
    title: 'a value is another one',
    sql: `update measurement set value = value + 1 where (device_id, quantity_id, channel, time) = (
      select device_id, quantity_id, channel, time from measurement order by 1, 2, 3, 4 limit 1)`,
    seen: { wrong: [expect.stringMatching(/^measurement .* is /)] },
  },
  {
    title: 'a value is missing',
    sql: `delete from measurement where (device_id, quantity_id, channel, time) = (
      select device_id, quantity_id, channel, time from measurement order by 1, 2, 3, 4 limit 1)`,
    seen: { lost: [expect.stringMatching(/^measurement /)] },
  },
  {
    title: 'a value is there that nobody told',
    sql: `insert into measurement (device_id, quantity_id, channel, time, value, quality, reported_at)
      select device_id, quantity_id, channel, time + interval '1 second', value, quality, reported_at
      from measurement order by 1, 2, 3, 4 limit 1`,
    seen: { unexpected: [expect.stringMatching(/^measurement /)] },
  },
  {
    title: 'a quarantined message is missing',
    sql: 'delete from quarantine where id = (select min(id) from quarantine)',
    seen: { lost: [expect.stringMatching(/^quarantined /)] },
  },
  {
    title: 'a device event is missing',
    sql: `delete from device_event where (device_id, occurred_at) = (
      select device_id, occurred_at from device_event order by 1, 2 limit 1)`,
    seen: { lost: [expect.stringMatching(/^event /)] },
  },
];

describeOnEachEngine('the judge of chaos', (engine) => {
  const endings = endingsAfterEach();

  const tamper = async ({ pool }: FreshDatabase, sql: string, judge: () => Promise<Comparison>) => {
    const { rowCount } = await pool.query(sql);
    expect(rowCount, 'one row was tampered with').toBe(1);
    return judge();
  };

  it('finds nothing wrong where nothing is, and everything else', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    const material = createMaterial({ seed: 1, lot: LOT, startMs: Date.now() - 60_000, perSecond: 100 });
    const pieces = Array.from({ length: THINGS }, (_, n) => material(n));
    const sent = await publishAll(
      broker.url,
      pieces.flatMap(({ messages }) => messages),
    );
    await bridge.settled(sent);
    await bridge.stop();

    const expectations = pieces.map(({ expected }) => expected);
    const clean = { lost: [], twice: [], wrong: [], unexpected: [] };
    expect(await compare(database.pool, expectations, '')).toEqual(clean);

    let all: Comparison = clean;
    for (const { title, sql, seen } of TAMPERINGS) {
      const now = await tamper(database, sql, () => compare(database.pool, expectations, ''));
      const added = newOnes(all, now);
      expect(added, title).toEqual({ ...clean, ...seen });
      all = now;
    }
  });
});

function newOnes(before: Comparison, now: Comparison): Comparison {
  const added = (list: keyof Comparison) => now[list].filter((each) => !before[list].includes(each));
  return {
    lost: added('lost'),
    twice: added('twice'),
    wrong: added('wrong'),
    unexpected: added('unexpected'),
  };
}
