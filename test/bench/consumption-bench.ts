import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Settler } from '@veilleur/consumption';
import { describeEngine, removeLocalPostgres, startLocalPostgres } from '@veilleur/local-postgres';
import {
  type Change,
  connect,
  markChangedPoints,
  migrate,
  type Pool,
  withTransaction,
} from '@veilleur/store';
import { enginesToTest } from '../support/database-engines.ts';
import { type AskingFigures, measureAsking } from './consumption-queries.ts';

const HOUR_MS = 3_600_000;
const START = '2025-12-31T23:00:00Z';
const START_MS = Date.parse(START);
export interface ConsumptionFigures extends AskingFigures {
  readonly engine: string;
  /** Points whose months of history are settled at once, a second. */
  readonly backfillPointsPerSecond: number;
  /** Hours of consumption that this writes a second. */
  readonly backfillHoursPerSecond: number;
  /** Points that get one more hour, a second. */
  readonly livePointsPerSecond: number;
  /** Frames that the tail's handler turns into marks a second. */
  readonly marksPerSecond: number;
}

export interface ConsumptionBenchOptions {
  /** Points that are settled. */
  readonly points: number;
  readonly days: number;
  /** Points in the tables that are asked; each has a year of days and months. */
  readonly known: number;
}

/** What settling costs, and how fast consumption is told where there is much of it. */
export async function measureConsumption({
  points,
  days,
  known,
}: ConsumptionBenchOptions): Promise<ConsumptionFigures[]> {
  const figures: ConsumptionFigures[] = [];
  for (const engine of await enginesToTest()) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
    const database = await startLocalPostgres({ dataFolder, engine });
    const pool = connect(database.url);
    try {
      await migrate(pool);
      const settling = await measureSettling(pool, points, days);
      const asking = await measureAsking(pool, known);
      figures.push({ engine: describeEngine(engine), ...settling, ...asking });
    } finally {
      await pool.end();
      await database.stop();
      await removeLocalPostgres(dataFolder);
    }
  }
  return figures;
}

async function measureSettling(pool: Pool, points: number, days: number) {
  await pool.query(
    `insert into device (dev_eui) select lpad(to_hex(n), 16, '0') from generate_series(1, $1::int) n order by n`,
    [points],
  );
  await pool.query(
    `insert into metering_point (code, kind, quantity_id)
     select 'P-' || n, 'own', (select id from quantity where name = 'water_volume') from generate_series(1, $1::int) n`,
    [points],
  );
  await pool.query(
    `insert into installation (point_id, device_id, device_quantity_id, quantity_id, from_time, reason, recorded_at)
     select p.id, d.id, p.quantity_id, p.quantity_id, '-infinity', 'bench', now()
     from metering_point p join device d on d.dev_eui = lpad(to_hex(substr(p.code, 3)::int), 16, '0')`,
  );
  const hours = days * 24;
  await tellHours(pool, 0, hours);
  await pool.query('analyze measurement, installation, metering_point');
  const settler = new Settler({
    pool,
    timeZone: 'Europe/Paris',
    graceMs: 36 * HOUR_MS,
    restMs: 0,
    batchSize: 50,
    log: { warn: () => {}, error: (line: object) => console.error(line) },
    clock: () => new Date(START_MS + hours * HOUR_MS),
  });
  const settleAll = async () => {
    const startedMs = performance.now();
    let settled = 0;
    await Promise.all(
      [0, 1].map(async () => {
        for (let some = -1; some !== 0; settled += some) some = await settler.settleSome();
      }),
    );
    return (settled * 1000) / (performance.now() - startedMs);
  };
  await mark(pool, points, 0, hours);
  const backfill = await settleAll();
  await pool.query('analyze consumption_hour, consumption_day, consumption_month, consumption_register');
  await tellHours(pool, hours + 1, hours + 1);
  const markStartedMs = performance.now();
  await mark(pool, points, hours + 1, hours + 1);
  const marks = (points * 1000) / (performance.now() - markStartedMs);
  const live = await settleAll();
  return {
    backfillPointsPerSecond: Math.round(backfill),
    backfillHoursPerSecond: Math.round(backfill * hours),
    livePointsPerSecond: Math.round(live),
    marksPerSecond: Math.round(marks),
  };
}

/** 10 to 19 L an hour at each point. */
async function tellHours(pool: Pool, from: number, to: number) {
  for (let first = from; first <= to; first += 240) {
    const last = Math.min(first + 239, to);
    await pool.query(
      `call ensure_partitions('measurement', array[$1::timestamptz + $2 * interval '1 hour',
         $1::timestamptz + $3 * interval '1 hour'])`,
      [START, first, last],
    );
    await pool.query(
      `insert into measurement (time, value, device_id, quantity_id, channel, quality, reported_at)
       select $1::timestamptz + h * interval '1 hour', (h * (10 + d.id % 10)) / 1000.0, d.id,
         (select id from quantity where name = 'water_volume'), 0, 0, $1::timestamptz + h * interval '1 hour'
       from generate_series($2::int, $3::int) h, device d`,
      [START, first, last],
    );
  }
}

/** As the tail does: 5,000 frames at once, each with a day of history. */
async function mark(pool: Pool, points: number, from: number, to: number) {
  for (let first = 1; first <= points; first += 5000) {
    const changes = Array.from({ length: Math.min(5000, points - first + 1) }, (_, i): Change => {
      const toTime = new Date(START_MS + to * HOUR_MS);
      return {
        kind: 'frame',
        position: 1,
        deviceId: first + i,
        reportedAt: toTime,
        fCnt: to,
        fromTime: new Date(START_MS + from * HOUR_MS),
        toTime,
      };
    });
    await withTransaction(pool, (client) => markChangedPoints(client, changes));
  }
}

if (import.meta.main) {
  const [points = 2000, days = 40, known = 20_000] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await measureConsumption({ points, days, known }), null, 2));
}
