import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createTail, LISTENER_NAME, recordChange, tailHorizon, tailLags } from '@veilleur/store';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import {
  effectsOf,
  frameOf,
  leaveEffects,
  OpenWrite,
  prepareTailDatabase,
  recordingLog,
  untilEffects,
  writeFrames,
} from '../support/tail.ts';
import { TAIL_CONSUMER_PROGRAM } from '../support/tail-consumer.ts';

/** A poll that never comes within a test: what is found, NOTIFY has told. */
const NEVER_MS = 600_000;

describeOnEachEngine('the tail', (engine) => {
  let database: FreshDatabase;
  const endings: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    database = await freshDatabase(engine);
    await prepareTailDatabase(database.pool, 20);
  });
  afterEach(async () => {
    await OpenWrite.endAll();
    for (const end of endings.splice(0).reverse()) await end();
  });
  afterAll(() => database.drop());

  const follow = async (
    consumer: string,
    options: Partial<Parameters<typeof createTail>[0]> = {},
  ): Promise<ReturnType<typeof recordingLog>> => {
    const record = recordingLog();
    const tail = await createTail({
      pool: database.pool,
      consumer,
      startAt: 'now',
      handle: leaveEffects(consumer, options.partition),
      log: record.log,
      pollMs: NEVER_MS,
      ...options,
    });
    endings.push(() => tail.stop());
    return record;
  };
  const begin = (devices: number[], fCnt: number) => OpenWrite.begin(database.pool, devices, fCnt);
  const told = async (consumer: string) =>
    (await effectsOf(database.pool, consumer)).map(({ deviceId, fCnt }) => [deviceId, fCnt]);

  /** What a reader remembers that goes by positions alone. */
  async function positionReader() {
    let last = (
      await database.pool.query<{ p: number }>('select coalesce(max(position), 0) as p from change')
    ).rows[0]?.p;
    return async () => {
      const { rows } = await database.pool.query<{ position: number; fCnt: number }>(
        'select position, f_cnts[1] as "fCnt" from change where position > $1 order by position',
        [last],
      );
      last = rows.at(-1)?.position ?? last;
      return rows.map(({ fCnt }) => fCnt);
    };
  }

  it('finds what is committed late, which a reader of positions above the last one never sees', async () => {
    await follow('late');
    const readPositions = await positionReader();
    const slow = await begin([1], 100);
    await slow.recorded();
    await writeFrames(database.pool, [2], 101);
    await untilEffects(database.pool, 'late', 1);
    expect(await readPositions()).toEqual([101]);
    await slow.end('commit');
    await untilEffects(database.pool, 'late', 2);
    expect(await told('late')).toEqual([
      [2, 101],
      [1, 100],
    ]);
    expect(await readPositions(), 'frame 100 is lost to it').toEqual([]);
  });

  it('finds what a later transaction recorded first, and committed after one that had begun before it', async () => {
    // PostgreSQL's own snapshot ends with the last transaction that has ended: the later one is in no list of it.
    const consumer = 'out of order';
    await follow(consumer, { pollMs: 10 });
    const open = async (device: number) => {
      const client = await database.pool.connect();
      await client.query('begin');
      await client.query('select from device where id = $1 for no key update', [device]);
      const record = (fCnt: number) =>
        recordChange(client, { cause: 'arrival', arrivals: [frameOf(device, fCnt)] });
      const commit = async () => {
        await client.query('commit');
        client.release();
      };
      return { record, commit };
    };
    for (let fCnt = 1; fCnt <= 20; fCnt += 1) {
      const earlier = await open(1);
      const later = await open(2);
      await later.record(fCnt);
      await earlier.record(fCnt);
      await earlier.commit();
      await untilEffects(database.pool, consumer, 2 * fCnt - 1);
      await later.commit();
      await untilEffects(database.pool, consumer, 2 * fCnt);
    }
    const counters = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(await told(consumer)).toEqual(
      counters.flatMap((fCnt) => [
        [1, fCnt],
        [2, fCnt],
      ]),
    );
  });

  it('tells the changes of a device in the order of their commits, where transaction ids stand otherwise', async () => {
    await follow('ordered');
    // The older transaction comes to device 4 when the younger one has it, and waits.
    const older = await database.pool.connect();
    await older.query('begin');
    await older.query('select pg_current_xact_id()');
    const younger = await begin([4], 202);
    await younger.recorded();
    const locked = older.query('select from device where id in (4, 5) order by id for no key update');
    await younger.end('commit');
    await locked;
    await recordChange(older, { cause: 'arrival', arrivals: [frameOf(4, 203), frameOf(5, 203)] });
    await older.query('commit');
    older.release();
    await untilEffects(database.pool, 'ordered', 3);
    expect(await told('ordered')).toEqual([
      [4, 202],
      [4, 203],
      [5, 203],
    ]);
    const byTransaction = await database.pool.query<{ fCnt: number }>(
      'select f_cnts[1] as "fCnt" from change where f_cnts[1] in (202, 203) order by xid, position',
    );
    expect(byTransaction.rows, 'as a reader by transaction id would tell it').toEqual([
      { fCnt: 203 },
      { fCnt: 202 },
    ]);
  });

  it('does not wait for a long write transaction elsewhere, and names it', async () => {
    await follow('unhindered');
    const other = connect(database.url, { maximum: 1 });
    endings.push(() => other.end());
    const long = await other.connect();
    await long.query(`set application_name = 'a long import'; begin`);
    await long.query('select pg_current_xact_id()');
    await writeFrames(database.pool, [1], 300);
    await untilEffects(database.pool, 'unhindered', 1);

    const below = await database.pool.query(
      'select from change where f_cnts = $1 and xid < pg_snapshot_xmin(pg_current_snapshot())',
      [[300]],
    );
    expect(below.rowCount, 'a reader below the horizon would still wait').toBe(0);
    const { writers, transactionsBehind } = await tailHorizon(database.pool);
    // Other stories write in this server too.
    const writer = writers.find(({ application }) => application === 'a long import');
    expect(writer).toMatchObject({
      state: 'idle in transaction',
      database: new URL(database.url).pathname.slice(1),
      query: expect.stringContaining('pg_current_xact_id'),
    });
    expect(writer?.since).toBeInstanceOf(Date);
    expect(writer?.queryStartedAt).toBeInstanceOf(Date);
    expect(writer?.openForS).toBeGreaterThan(0);
    expect(transactionsBehind).toBeGreaterThan(0);

    // It may still bring changes of its own, and is not forgotten.
    await recordChange(long, { cause: 'arrival', arrivals: [frameOf(2, 301)] });
    await long.query('commit');
    long.release();
    await untilEffects(database.pool, 'unhindered', 2);
    expect(await told('unhindered')).toEqual([
      [1, 300],
      [2, 301],
    ]);
  });

  it('tells a consumer what it recorded itself, once, however many others commit meanwhile', async () => {
    const leave = leaveEffects('echo');
    await follow('echo', {
      handle: async (client, changes) => {
        await leave(client, changes);
        const arrivals = changes.flatMap((change) =>
          change.kind === 'frame' && change.fCnt < 500 ? [frameOf(change.deviceId, change.fCnt + 100)] : [],
        );
        await recordChange(client, { cause: 'arrival', arrivals });
      },
    });
    // Transactions that begin after a round has begun, and end before it takes its snapshot.
    let noisy = true;
    const others = connect(database.url, { maximum: 3 });
    endings.push(() => others.end());
    const noise = [1, 2, 3].map(async () => {
      while (noisy) await others.query('select pg_current_xact_id()');
    });
    for (let i = 0; i < 60; i += 1) {
      await writeFrames(database.pool, [6], 400 + i);
      await untilEffects(database.pool, 'echo', 2 * i + 1);
    }
    noisy = false;
    await Promise.all(noise);
    await writeFrames(database.pool, [6], 600);
    await untilEffects(database.pool, 'echo', 121);
    const expected = Array.from({ length: 60 }, (_, i) => [400 + i, 500 + i]).flat();
    expect((await told('echo')).map(([, fCnt]) => fCnt).sort((a, b) => Number(a) - Number(b))).toEqual(
      [...expected, 600].sort((a, b) => Number(a) - Number(b)),
    );
  });

  it('is woken by NOTIFY within tens of milliseconds', async () => {
    await follow('woken');
    await writeFrames(database.pool, [7], 500);
    await untilEffects(database.pool, 'woken', 1);
    const tookMs: number[] = [];
    for (let i = 1; i <= 20; i += 1) {
      const committed = performance.now();
      await writeFrames(database.pool, [7], 500 + i);
      while ((await effectsOf(database.pool, 'woken')).length <= i) {
        if (performance.now() - committed > 20_000) throw new Error('nobody woke the consumer');
      }
      tookMs.push(performance.now() - committed);
    }
    const median = tookMs.sort((a, b) => Number(a) - Number(b))[10];
    process.stderr.write(`  ${engine.name}: from commit to effect ${median?.toFixed(1)} ms (median of 20)\n`);
    expect(median).toBeLessThan(250);
  });

  it('finds by its poll what nobody told', async () => {
    await follow('polling', { pollMs: 200 });
    const silent = `insert into change (xid, cause, device_ids, reported_at, f_cnts, from_times, to_times)
      values (pg_current_xact_id(), 'arrival', '{8}', '{2026-03-01}', '{600}', '{2026-03-01}', '{2026-03-01}')`;
    await database.pool.query(silent);
    await untilEffects(database.pool, 'polling', 1);
    expect(await told('polling')).toEqual([[8, 600]]);
  });

  const listeners = async () =>
    (
      await database.pool.query<{ pid: number }>(
        'select pid from pg_stat_activity where application_name = $1 and datname = current_database()',
        [LISTENER_NAME],
      )
    ).rows.map(({ pid }) => pid);

  it('listens again when the connection is cut, and looks at once at what it missed', async () => {
    const pool = connect(database.url);
    endings.push(() => pool.end());
    await follow('cut', { pool });
    for (let cut = 0; cut < 3; cut += 1) {
      await until(
        async () => (await listeners()).length === 1,
        30_000,
        () => 'one listening connection',
      );
      await database.pool.query('select pg_terminate_backend($1)', [(await listeners())[0]]);
      await writeFrames(database.pool, [9], 700 + cut);
      await untilEffects(database.pool, 'cut', cut + 1);
    }
    expect(await told('cut')).toEqual([
      [9, 700],
      [9, 701],
      [9, 702],
    ]);
  });

  it('shares devices out among partitions, over one listening connection', async () => {
    const pool = connect(database.url);
    endings.push(() => pool.end());
    for (let partition = 0; partition < 4; partition += 1) {
      await follow('shared', { pool, partition, partitions: 4 });
    }
    const devices = Array.from({ length: 20 }, (_, i) => i + 1);
    for (let fCnt = 800; fCnt < 825; fCnt += 1) await writeFrames(database.pool, devices, fCnt);
    const effects = await untilEffects(database.pool, 'shared', 20 * 25);
    expect(effects).toHaveLength(20 * 25);
    for (const device of devices) {
      const own = effects.filter(({ deviceId }) => deviceId === device);
      expect(own.map(({ fCnt }) => fCnt)).toEqual(Array.from({ length: 25 }, (_, i) => 800 + i));
      expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([device % 4]));
    }
    // A connection that an earlier story closed may take the server a moment to let go.
    await until(
      async () => (await listeners()).length === 1,
      30_000,
      () => 'one listening connection for all four partitions',
    );
  });

  it('moves the checkpoint of a partition that has nothing to do', async () => {
    await follow('idle', { partition: 1, partitions: 2 });
    await writeFrames(database.pool, [2, 4, 6], 900);
    await until(
      async () =>
        (await tailLags(database.pool)).some(
          ({ consumer, partition, transactions }) =>
            consumer === 'idle' && partition === 1 && transactions === 0,
        ),
      10_000,
      () => 'the idle partition to come along',
    );
    expect(await told('idle')).toEqual([]);
    const other = (await tailLags(database.pool)).find(
      ({ consumer, partition }) => consumer === 'idle' && partition === 0,
    );
    expect(other, 'nobody runs the other one').toMatchObject({ transactions: 1, changes: 3 });
    expect(other?.behindS).toBeGreaterThan(0);
  });

  it('lets a process be killed with -9 again and again: every change takes effect once', async () => {
    const consumer = 'killed';
    let child = spawn(process.execPath, [TAIL_CONSUMER_PROGRAM, database.url, consumer], {
      stdio: 'inherit',
    });
    const kill = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    endings.push(kill);
    await until(
      async () => (await tailLags(database.pool)).some((lag) => lag.consumer === consumer),
      30_000,
      () => 'a consumer that is registered',
    );
    const count = 400;
    const writing = (async () => {
      for (let i = 0; i < count; i += 1) await writeFrames(database.pool, [1 + (i % 20)], 1000 + i);
    })();
    for (let kills = 0; kills < 5; kills += 1) {
      const before = (await effectsOf(database.pool, consumer)).length;
      await until(
        async () => (await effectsOf(database.pool, consumer)).length > before + 20,
        30_000,
        () => 'the consumer to work',
      );
      await kill();
      child = spawn(process.execPath, [TAIL_CONSUMER_PROGRAM, database.url, consumer], { stdio: 'inherit' });
    }
    await writing;
    const effects = await untilEffects(database.pool, consumer, count);
    expect(effects.map(({ fCnt }) => fCnt).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: count }, (_, i) => 1000 + i),
    );
  });
});
