import { DevEui } from '@veilleur/domain';
import {
  type Change,
  type ChangedMeasurement,
  createTail,
  pruneChanges,
  readChangedMeasurements,
  recordChange,
  redecodeDevice,
  removeConsumer,
  repartitionConsumer,
  type Tail,
  tailLags,
  Writer,
} from '@veilleur/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

describeOnEachEngine('a consumer of the tail', (engine) => {
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
  const measure = (device: number, minutes: readonly number[], reportedAt: Date) =>
    database.pool
      .query(`call ensure_partitions('measurement', $1)`, [minutes.map((m) => minute(m).toISOString())])
      .then(() =>
        database.pool.query(
          `insert into measurement (time, value, device_id, quantity_id, channel, quality, reported_at)
           select t, extract(epoch from t) / 60, $1, (select id from quantity where name = 'water_volume'), 0, 0, $3
           from unnest($2::timestamptz[]) t`,
          [device, minutes.map((m) => minute(m).toISOString()), reportedAt],
        ),
      );
  const counters = async (consumer: string) =>
    (await effectsOf(database.pool, consumer)).map(({ fCnt }) => fCnt);

  it('is told of everything stored before it began, device by device, and then of what is new', async () => {
    const { pool } = database;
    await measure(3, [10, 20, 30], minute(30));
    await measure(4, [40], minute(40));
    await writeFrames(pool, [3], 1);
    const underWay = await OpenWrite.begin(pool, [4], 2);
    await underWay.recorded();
    const seen: Change[] = [];
    const leave = leaveEffects('from the beginning');
    await follow('from the beginning', {
      startAt: 'beginning',
      handle: async (client, changes) => {
        seen.push(...changes);
        await leave(client, changes);
      },
    });
    await untilEffects(pool, 'from the beginning', 50);
    await underWay.end('commit');
    await writeFrames(pool, [3], 3);
    const effects = await untilEffects(pool, 'from the beginning', 52);
    expect(effects.slice(0, 50).map(({ deviceId, kind }) => [deviceId, kind])).toEqual(
      Array.from({ length: 50 }, (_, i) => [i + 1, 'history']),
    );
    expect(seen[2]).toEqual({ kind: 'history', deviceId: 3, fromTime: minute(10), toTime: minute(30) });
    expect(seen[3]).toMatchObject({ deviceId: 4, fromTime: minute(40), toTime: minute(40) });
    expect(seen[4]).toMatchObject({ deviceId: 5, fromTime: null, toTime: null });
    expect(effects.slice(50).map(({ deviceId, fCnt }) => [deviceId, fCnt])).toEqual([
      [4, 2],
      [3, 3],
    ]);
  });

  it('refuses another number of partitions, and takes one when it has caught up', async () => {
    const { pool } = database;
    const { tail } = await follow('meters', { partition: 1, partitions: 2 });
    await expect(follow('meters', { partition: 1, partitions: 3 })).rejects.toMatchObject({
      code: 'tail_partitions_changed',
      remedy: expect.stringContaining('Start it with 2'),
    });
    await expect(follow('meters', { partition: 2, partitions: 2 })).rejects.toMatchObject({
      code: 'tail_partition_invalid',
    });

    await writeFrames(pool, [1, 2], 1);
    await untilEffects(pool, 'meters', 1);
    await tail.stop();
    await expect(repartitionConsumer(pool, 'meters', 3)).rejects.toMatchObject({
      code: 'tail_not_caught_up',
    });
    const even = await follow('meters', { partition: 0, partitions: 2 });
    await untilEffects(pool, 'meters', 2);
    await even.tail.stop();
    const underWay = await OpenWrite.begin(pool, [1, 2, 3, 4, 5, 6], 2);
    await underWay.recorded();
    await repartitionConsumer(pool, 'meters', 3);
    await underWay.end('commit');
    for (const partition of [0, 1, 2]) await follow('meters', { partition, partitions: 3 });
    await writeFrames(pool, [1, 2, 3, 4, 5, 6], 3);
    const effects = await untilEffects(pool, 'meters', 14);
    for (let device = 1; device <= 6; device += 1) {
      const own = effects.filter(({ deviceId, fCnt }) => deviceId === device && fCnt !== 1);
      expect(own.map(({ fCnt }) => fCnt)).toEqual([2, 3]);
      expect(own.map(({ partition }) => partition)).toEqual([device % 3, device % 3]);
    }
    await expect(repartitionConsumer(pool, 'nobody', 2)).rejects.toMatchObject({
      code: 'tail_consumer_unknown',
    });
  });

  it('lets go of what everybody has taken and keeps what one has not, up to a limit', async () => {
    const { pool } = database;
    const kept = async () =>
      (
        await pool.query<{ fCnt: number }>('select f_cnts[1]::int as "fCnt" from change order by position')
      ).rows.map(({ fCnt }) => fCnt);
    const quick = await follow('quick');
    const away = await follow('away', { startAt: 'beginning' });
    await untilEffects(pool, 'away', 50);
    await writeFrames(pool, [1], 1);
    await untilEffects(pool, 'quick', 1);
    await untilEffects(pool, 'away', 51);
    await away.tail.stop();
    await writeFrames(pool, [1], 2);
    await untilEffects(pool, 'quick', 2);

    const settings = { keepDays: 2, forgetAfterDays: 30 };
    expect(await pruneChanges(pool, { ...settings, now: inDays(1) })).toEqual({ deleted: 0, restarting: [] });
    expect(await pruneChanges(pool, { ...settings, now: inDays(3) })).toEqual({ deleted: 1, restarting: [] });
    expect(await kept(), 'one has not taken it').toEqual([2]);
    expect(await pruneChanges(pool, { ...settings, now: inDays(31) })).toEqual({
      deleted: 1,
      restarting: [{ consumer: 'away', partition: 0, stoodAt: expect.any(Date) }],
    });
    expect(await kept()).toEqual([]);

    await writeFrames(pool, [1], 3);
    const back = await follow('away', { startAt: 'beginning' });
    const again = await untilEffects(pool, 'away', 51 + 50);
    expect(
      again.slice(51).every(({ kind }) => kind === 'history'),
      'history tells what is gone',
    ).toBe(true);
    expect(back.events('tail.consumer.restart')).toMatchObject([
      { consumer: 'away', reason: 'retention', startAt: 'beginning' },
    ]);
    await writeFrames(pool, [1], 4);
    await untilEffects(pool, 'away', 51 + 50 + 1);
    await untilEffects(pool, 'quick', 4);
    expect(await counters('quick')).toEqual([1, 2, 3, 4]);
    expect(quick.events('tail.consumer.restart')).toEqual([]);

    await removeConsumer(pool, 'away');
    await expect(back.tail.lag()).rejects.toThrow('not registered');
  });

  it('starts anew, and says so, in a database that was restored into another cluster', async () => {
    const { pool } = database;
    const before = await follow('moved', { startAt: 'beginning' });
    await writeFrames(pool, [1], 1);
    await untilEffects(pool, 'moved', 51);
    await before.tail.stop();
    // As a dump would bring them: ids that this cluster has not given out.
    await pool.query(`update change set xid = (xid::text::bigint + 1000000)::text::xid8`);
    await pool.query(`update tail_checkpoint set seen = '1000000:1000000:'`);
    await writeFrames(pool, [2], 2);
    const after = await follow('moved', { startAt: 'beginning' });
    await untilEffects(pool, 'moved', 51 + 50);
    expect(after.events('tail.consumer.restart')).toMatchObject([{ reason: 'restored' }]);
    await writeFrames(pool, [3], 3);
    const effects = await untilEffects(pool, 'moved', 51 + 50 + 1);
    expect(effects.at(-1)).toMatchObject({ deviceId: 3, fCnt: 3 });
  });

  it('reads what a frame was the first to tell, and all of a span that was restated', async () => {
    const { pool } = database;
    await measure(1, [1, 2, 3], minute(3));
    await measure(1, [4], minute(4));
    await measure(2, [3, 50_000], minute(50_000));
    const seen: ChangedMeasurement[][] = [];
    await follow('reader', {
      handle: async (client, changes) => {
        seen.push(await readChangedMeasurements(client, changes));
        await leaveEffects('reader')(client, changes);
      },
    });
    const client = await pool.connect();
    const told = (minutes: number[]) => minutes.map((m) => ({ time: minute(m) }));
    await recordChange(client, {
      cause: 'arrival',
      arrivals: [
        { deviceId: 1, fCnt: 4, reportedAt: minute(4), measurements: told([1, 2, 3, 4]) },
        { deviceId: 2, fCnt: 9, reportedAt: minute(50_000), measurements: told([50_000, 3]) },
        { deviceId: 3, fCnt: null, reportedAt: minute(5), measurements: [] },
      ],
    });
    await untilEffects(pool, 'reader', 3);
    const { rows } = await pool.query<{ id: number }>(
      `insert into restatement (device_id, cause, from_time, to_time, changed, added, removed)
       values (1, 'redecode', $1, $2, 1, 0, 0) returning id`,
      [minute(2), minute(4)],
    );
    await recordChange(client, {
      cause: 'restatement',
      restatementId: rows[0]?.id ?? 0,
      deviceId: 1,
      fromTime: minute(2),
      toTime: minute(4),
    });
    client.release();
    const effects = await untilEffects(pool, 'reader', 4);
    expect(effects.map(({ kind }) => kind)).toEqual(['frame', 'frame', 'device_event', 'restatement']);
    const minutesOf = (values: readonly ChangedMeasurement[] | undefined) =>
      values?.map(({ deviceId, time }) => [deviceId, (time.getTime() - minute(0).getTime()) / 60_000]);
    expect(minutesOf(seen[0])).toEqual([
      [1, 4],
      [2, 3],
      [2, 50_000],
    ]);
    expect(minutesOf(seen[1])).toEqual([
      [1, 2],
      [1, 3],
      [1, 4],
    ]);
    expect(seen[0]?.[0]).toEqual({
      deviceId: 1,
      devEui: '0000000000000001',
      quantity: 'water_volume',
      channel: 0,
      time: minute(4),
      value: minute(4).getTime() / 60_000,
      quality: 'measured',
      reportedAt: minute(4),
    });
  });

  it('is told of a re-decode as a span', async () => {
    const { pool } = database;
    const devEui = DevEui('00000000000000ff');
    const writer = new Writer(pool);
    const profile = { id: 'acme/drip', digest: '1', vendor: 'Acme', name: 'Drip', medium: 'water' };
    const profileVersionId = (await writer.registerProfiles([profile])).get('acme/drip') ?? 0;
    await writer.write([
      {
        kind: 'frame',
        frame: {
          kind: 'uplink',
          lns: 'chirpstack-v4-json',
          device: { devEui, tags: {} },
          sessionKey: '',
          fCnt: 1,
          fPort: 1,
          payload: Buffer.from('ab', 'hex'),
          encrypted: false,
          confirmed: false,
          receivedAt: minute(0),
          receptions: [],
        },
        received: { at: minute(0), source: 'lns' },
        profile: null,
        decoding: { state: 'no_profile' },
        measurements: [],
      },
    ]);
    const seen: Change[] = [];
    await follow('follower', {
      handle: async (client, changes) => {
        seen.push(...changes);
        await leaveEffects('follower')(client, changes);
      },
    });
    const value = (m: number) => ({
      quantity: 'water_volume' as const,
      channel: 0,
      time: minute(m),
      value: 1,
      quality: 'measured' as const,
    });
    const redecode = (apply: boolean) =>
      redecodeDevice(pool, {
        devEui,
        since: minute(0),
        until: minute(1),
        profileVersionId,
        onlyOf: null,
        apply,
        decode: async (frames) =>
          frames.map(() => ({
            decoding: { state: 'decoded', profileVersionId, warnings: [] },
            measurements: [value(-60), value(0)],
            isJudged: true,
          })),
      });
    await redecode(false);
    await redecode(true);
    await redecode(true);
    await untilEffects(pool, 'follower', 1);
    const lags = await tailLags(pool);
    expect(lags.map(({ consumer, readingHistory }) => [consumer, readingHistory])).toEqual([
      ['follower', false],
    ]);
    expect(seen, 'a look, and a re-decode that changes nothing, tell nothing').toEqual([
      {
        kind: 'restatement',
        position: expect.any(Number),
        deviceId: expect.any(Number),
        restatementId: expect.any(Number),
        fromTime: minute(-60),
        toTime: minute(0),
      },
    ]);
  });
});
