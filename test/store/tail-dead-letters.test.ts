import { createTail, deadLetters, retryDeadLetters, type Tail } from '@veilleur/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import {
  effectsOf,
  leaveEffects,
  minute,
  OpenWrite,
  prepareTailDatabase,
  recordingLog,
  untilEffects,
  writeFrames,
} from '../support/tail.ts';

describeOnEachEngine('a consumer that throws', (engine) => {
  let database: FreshDatabase;
  const tails: Tail[] = [];
  beforeEach(async () => {
    database = await freshDatabase(engine);
    await prepareTailDatabase(database.pool, 50);
  });
  afterEach(async () => {
    await OpenWrite.endAll();
    for (const tail of tails.splice(0)) await tail.stop();
    await database.drop();
  });

  const follow = async (consumer: string, options: Partial<Parameters<typeof createTail>[0]> = {}) => {
    const record = recordingLog();
    const tail = await createTail({
      pool: database.pool,
      consumer,
      startAt: 'now',
      handle: leaveEffects(consumer, options.partition),
      log: record.log,
      pollMs: 100,
      retryFromMs: 5,
      ...options,
    });
    tails.push(tail);
    return { ...record, tail };
  };
  const counters = async (consumer: string) =>
    (await effectsOf(database.pool, consumer)).map(({ fCnt }) => fCnt);

  it('parks a change that it throws on again and again, alone and in sight, and takes it when corrected', async () => {
    const { pool } = database;
    const leave = leaveEffects('picky');
    let asked = 0;
    const { events } = await follow('picky', {
      attempts: 3,
      handle: async (client, changes) => {
        asked += 1;
        await leave(client, changes);
        if (changes.some((change) => change.deviceId === 13)) throw new Error('thirteen');
      },
    });
    await writeFrames(
      pool,
      Array.from({ length: 50 }, (_, i) => i + 1),
      1,
    );
    await writeFrames(pool, [13, 14], 2);
    const effects = await untilEffects(pool, 'picky', 50);
    expect(effects.map(({ deviceId, fCnt }) => `${deviceId}/${fCnt}`).sort()).toEqual(
      [
        ...Array.from({ length: 50 }, (_, i) => `${i + 1}/1`).filter((name) => name !== '13/1'),
        '14/2',
      ].sort(),
    );
    const letters = await deadLetters(pool, { consumer: 'picky' });
    expect(letters.map(({ change, error }) => [change, error])).toEqual([
      [expect.objectContaining({ kind: 'frame', deviceId: 13, fCnt: 1, reportedAt: minute(1) }), 'thirteen'],
      [expect.objectContaining({ kind: 'frame', deviceId: 13, fCnt: 2, fromTime: minute(2) }), 'thirteen'],
    ]);
    expect(events('tail.change.park')).toHaveLength(2);
    expect(events('tail.round.fail').length, 'it was asked again before').toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThan(60);

    const refuse = () => Promise.reject(new Error('still'));
    expect(await retryDeadLetters(pool, 'picky', refuse)).toEqual({ taken: 0, refused: 2 });
    expect((await deadLetters(pool)).map(({ error }) => error)).toEqual(['still', 'still']);
    expect(await retryDeadLetters(pool, 'picky', leave)).toEqual({ taken: 2, refused: 0 });
    expect(await deadLetters(pool)).toEqual([]);
    expect(await counters('picky')).toHaveLength(52);
  });

  it('parks nothing while the database is at fault', async () => {
    const { pool } = database;
    const leave = leaveEffects('patient');
    let failures = 0;
    const { events } = await follow('patient', {
      attempts: 2,
      handle: async (client, changes) => {
        failures += 1;
        if (failures <= 6) await client.query(`do $$ begin raise exception sqlstate '40001'; end $$`);
        await leave(client, changes);
      },
    });
    await writeFrames(pool, [1], 1);
    await untilEffects(pool, 'patient', 1);
    expect(events('tail.round.fail')).toHaveLength(6);
    expect(await deadLetters(pool)).toEqual([]);
  });

  it('does not pass over an error of the database that the handler swallows', async () => {
    const { pool } = database;
    await follow('careless', {
      attempts: 1,
      handle: async (client, changes) => {
        await leaveEffects('careless')(client, changes);
        await client.query('select 1 / 0').catch(() => {});
      },
    });
    await writeFrames(pool, [1], 1);
    await until(
      async () => (await deadLetters(pool)).length === 1,
      10_000,
      () => 'a parked change',
    );
    expect((await deadLetters(pool))[0]?.error).toContain('went on after the database refused');
    expect(await counters('careless')).toEqual([]);
  });
});
