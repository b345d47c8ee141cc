import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEngine, removeLocalPostgres, startLocalPostgres } from '@veilleur/local-postgres';
import { type Arrival, connect, createTail, migrate, type Pool, recordChange } from '@veilleur/store';
import { enginesToTest } from '../support/database-engines.ts';

const BATCH = 1000;
const BATCHES = 200;
const DEVICES = 10_000;
const START_MS = Date.UTC(2026, 0, 1);
const QUARTER_HOUR_MS = 900_000;

export interface TailFigures {
  readonly engine: string;
  readonly batch: number;
  /** What `recordChange` adds to the transaction of a batch, commit included: median of 200. */
  readonly recordMs: number;
  /** Frames handed to one partition of a consumer a second, in batches as the default has them. */
  readonly changesPerSecond: number;
  readonly lost: number;
}

/** What the tail costs a writer, and how fast a consumer that was away catches up. */
export async function measureTail(): Promise<TailFigures[]> {
  const figures: TailFigures[] = [];
  for (const engine of await enginesToTest()) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
    const database = await startLocalPostgres({ dataFolder, engine });
    const pool = connect(database.url);
    await migrate(pool);
    await pool.query(
      `insert into device (dev_eui) select lpad(to_hex(n), 16, '0') from generate_series(1, $1::int) n order by n`,
      [DEVICES],
    );
    // Registered first, so that it is behind when it comes back.
    await (await startCounting(pool, () => {})).stop();
    const without: number[] = [];
    const recording: number[] = [];
    for (let batch = 0; batch < BATCHES; batch += 1) {
      without.push(await writeBatch(pool, batch, false));
      recording.push(await writeBatch(pool, batch, true));
    }
    const { perSecond, count } = await catchUp(pool);
    figures.push({
      engine: describeEngine(engine),
      batch: BATCH,
      recordMs: Math.round((median(recording) - median(without)) * 100) / 100,
      changesPerSecond: Math.round(perSecond),
      lost: BATCH * BATCHES - count,
    });
    await pool.end();
    await database.stop();
    await removeLocalPostgres(dataFolder);
  }
  return figures;
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A transaction as a writer's: the devices locked, and four measurements a frame. */
async function writeBatch(pool: Pool, batch: number, recording: boolean): Promise<number> {
  const arrivals = Array.from({ length: BATCH }, (_, i): Arrival => {
    const reportedAt = new Date(START_MS + batch * QUARTER_HOUR_MS + i);
    const measurements = [0, 1, 2, 3].map((hour) => ({
      time: new Date(reportedAt.getTime() - hour * 3_600_000),
    }));
    return { deviceId: 1 + ((batch * BATCH + i) % DEVICES), reportedAt, fCnt: batch, measurements };
  });
  const client = await pool.connect();
  const startedMs = performance.now();
  await client.query('begin');
  await client.query('select from device where id = any($1) order by id for no key update', [
    arrivals.map(({ deviceId }) => deviceId),
  ]);
  if (recording) await recordChange(client, { cause: 'arrival', arrivals });
  await client.query('commit');
  client.release();
  return performance.now() - startedMs;
}

const startCounting = (pool: Pool, onCount: (count: number) => void) =>
  createTail({
    pool,
    consumer: 'bench',
    startAt: 'now',
    handle: async (_, changes) => onCount(changes.length),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });

async function catchUp(pool: Pool): Promise<{ perSecond: number; count: number }> {
  let count = 0;
  let finished: (() => void) | undefined;
  const all = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const startedMs = performance.now();
  const tail = await startCounting(pool, (more) => {
    count += more;
    if (count >= BATCH * BATCHES) finished?.();
  });
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 120_000).unref())]);
  const seconds = (performance.now() - startedMs) / 1000;
  await tail.stop();
  return { perSecond: count / seconds, count };
}
