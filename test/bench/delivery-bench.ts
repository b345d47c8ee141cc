import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pool } from '@veilleur/store';
import pgCopy from 'pg-copy-streams';
import { measureAsking } from './consumption-queries.ts';
import { type Rig, type Stretch, startRig } from './end-to-end/rig.ts';
import { HOURLY_START_MS, type PayloadKind, type UplinkPlan } from './end-to-end/uplinks.ts';

/** One line of results: what was measured, on what, and the figures. */
export interface DeliveryFigures {
  readonly about:
    | 'sustained'
    | 'copy'
    | 'copy ratio'
    | 'overlap'
    | 'latency'
    | 'fleet'
    | 'history'
    | 'consumption';
  readonly name: string;
  readonly engine: string;
  readonly broker: string;
  readonly machine: string;
  readonly batch: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly lost: number;
}

export interface DeliveryOptions {
  /** Uplinks of the sustained run; the others are shares of it. */
  readonly uplinks: number;
  /** Fleets to compare with one of 1,000. */
  readonly fleets: readonly number[];
  /** Measurements that a full database holds; 0 leaves that comparison out. */
  readonly history: number;
  readonly report: (line: DeliveryFigures) => void;
}

const BATCH = 1000;
const HISTORY_DEVICES = 20_000;
const FLEET_RUNS = 3;
const HOUR_MS = 3_600_000;
/** The past ends some days into the time of what is loaded, so that both share chunks and their indexes. */
const HISTORY_END_MS = HOURLY_START_MS + 72 * HOUR_MS;
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`;

/**
 * Publisher, Mosquitto, bridge and TimescaleDB on this machine, each a process of its own: how many
 * uplinks a second are committed and acknowledged, and what that depends on.
 */
export async function measureDelivery(options: DeliveryOptions): Promise<DeliveryFigures[]> {
  const lines: DeliveryFigures[] = [];
  const rig = await startRig();
  const runs = new Runs(rig);
  const report = (
    about: DeliveryFigures['about'],
    name: string,
    lost: number,
    figures: Record<string, number>,
  ) => {
    const line = {
      about,
      name,
      engine: rig.engine,
      broker: rig.broker,
      machine,
      batch: BATCH,
      figures,
      lost,
    };
    lines.push(line);
    options.report(line);
  };
  try {
    // The first seconds compile what runs after them.
    await runs.run('four-values', 10_000, 20_000);

    const sustained = await runs.run('four-values', 10_000, options.uplinks);
    report('sustained', 'end to end, four measurements an uplink', await runs.lost(), {
      ...figuresOf(sustained),
      measurementsPerSecond: 4 * sustained.uplinksPerSecond,
    });

    const limit = await copyLimit(rig);
    report('copy', 'plain COPY of the same rows into the same tables, one connection', 0, limit);
    report('copy ratio', 'end to end against plain COPY', 0, {
      ratio: round(sustained.uplinksPerSecond / (limit.uplinksPerSecond ?? Number.NaN)),
    });

    const hours = await runs.run(
      'sixteen-hours',
      10_000,
      Math.min(150_000, Math.max(40_000, options.uplinks / 4)),
    );
    report('overlap', 'end to end, sixteen hours of history an uplink', await runs.lost(), figuresOf(hours));

    report(
      'latency',
      'publish to commit at 1,000 uplinks/s',
      0,
      await latency(rig, runs, Math.min(20_000, options.uplinks / 5)),
    );

    for (const devices of options.fleets) {
      const compared = await compareFleets(runs, devices, options);
      report('fleet', `${devices} devices against 1,000`, await runs.lost(), compared);
    }
    if (options.history > 0) {
      const before = await median(runs, 10_000, options);
      await fill(rig.pool, options.history);
      await runs.run('four-values', 10_000, 20_000);
      const after = await median(runs, 10_000, options);
      report('history', `${options.history} measurements in the database against few`, await runs.lost(), {
        few: before.uplinksPerSecond,
        many: after.uplinksPerSecond,
        ratio: round(after.uplinksPerSecond / before.uplinksPerSecond),
        fewDatabaseCpuUs: cpuUs(before, 'database'),
        manyDatabaseCpuUs: cpuUs(after, 'database'),
        fewBridgeCpuUs: cpuUs(before, 'bridge'),
        manyBridgeCpuUs: cpuUs(after, 'bridge'),
      });
      report('consumption', 'consumption asked for beside these measurements', 0, {
        ...(await measureAsking(rig.pool, CITY_POINTS)),
      });
    }
  } finally {
    await rig.stop();
  }
  return lines;
}

/** Stretches of load, each of frames that no other stretch had. */
class Runs {
  readonly #rig: Rig;
  readonly #fleets = new Map<string, { readonly plan: UplinkPlan; next: number }>();
  #devices = 0;
  #sent = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  async run(
    kind: PayloadKind,
    devices: number,
    uplinks: number,
    { rate, receivedAt = 'hourly' }: { rate?: number; receivedAt?: UplinkPlan['receivedAt'] } = {},
  ): Promise<Stretch> {
    const fleet = this.#fleet({ kind, devices, receivedAt });
    const from = fleet.next;
    fleet.next += uplinks;
    this.#sent += uplinks;
    return this.#rig.load(fleet.plan, { from, count: uplinks, ...(rate === undefined ? {} : { rate }) });
  }

  /** Frames that were sent by any stretch and are not in the database. */
  async lost(): Promise<number> {
    const { rows } = await this.#rig.pool.query<{ count: number }>('select count(*) from frame');
    return this.#sent - (rows[0]?.count ?? 0);
  }

  #fleet(told: Pick<UplinkPlan, 'kind' | 'devices' | 'receivedAt'>) {
    const name = JSON.stringify(told);
    const known = this.#fleets.get(name);
    if (known !== undefined) return known;
    const fleet = { plan: { ...told, firstDevice: this.#devices, firstFCnt: 0 }, next: 0 };
    this.#devices += told.devices;
    this.#fleets.set(name, fleet);
    return fleet;
  }
}

/** Metering points with a year of days and months. */
const CITY_POINTS = 20_000;

/** Of a run that is compared with others. */
const shareOf = (uplinks: number) => Math.min(150_000, Math.round(uplinks / 4));

const round = (value: number) => Math.round(value * 1000) / 1000;
const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const cpuUs = ({ cpu, uplinks }: Stretch, part: keyof Stretch['cpu']) => round((cpu[part] / uplinks) * 1e6);

function figuresOf({
  uplinksPerSecond,
  seconds,
  uplinks,
  cpu,
  bridgeMemoryMB,
}: Stretch): Record<string, number> {
  const microseconds = (cpuSeconds: number) => round((cpuSeconds / uplinks) * 1e6);
  return {
    uplinksPerSecond,
    seconds: round(seconds),
    publisherCpuUs: microseconds(cpu.publisher),
    brokerCpuUs: microseconds(cpu.broker),
    bridgeCpuUs: microseconds(cpu.bridge),
    databaseCpuUs: microseconds(cpu.database),
    bridgeMemoryFirstMB: bridgeMemoryMB.first,
    bridgeMemoryLastMB: bridgeMemoryMB.last,
    bridgeMemoryHighestMB: bridgeMemoryMB.highest,
  };
}

/**
 * All frames and measurements that were stored so far, taken out as COPY's text in the order in which
 * they lie, and brought into the empty tables of another database over one connection.
 */
async function copyLimit(rig: Rig): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-bench-copy-'));
  const source = await rig.pool.connect();
  const other = await rig.freshDatabase();
  const target = await other.connect();
  try {
    let seconds = 0;
    let frames = 0;
    let rows = 0;
    for (const table of ['frame', 'measurement']) {
      const file = join(folder, table);
      await pipeline(
        source.query(pgCopy.to(`copy (select * from ${table}) to stdout`)),
        createWriteStream(file),
      );
      const sink = target.query(pgCopy.from(`copy ${table} from stdin`));
      const startMs = performance.now();
      await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), sink);
      seconds += (performance.now() - startMs) / 1000;
      rows += sink.rowCount;
      if (table === 'frame') frames = sink.rowCount;
      await rm(file);
    }
    return {
      uplinksPerSecond: Math.round(frames / seconds),
      rowsPerSecond: Math.round(rows / seconds),
      rows,
    };
  } finally {
    source.release();
    target.release();
    await other.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the moment that an uplink was made (its `time`) to the commit of its transaction, in ms. */
async function latency(rig: Rig, runs: Runs, uplinks: number): Promise<Record<string, number>> {
  const started = new Date();
  await runs.run('four-values', 5000, uplinks, { rate: 1000, receivedAt: 'now' });
  const { rows } = await rig.pool.query<{ p50: number; p99: number; highest: number }>(
    `select percentile_cont(0.5) within group (order by ms) as p50,
       percentile_cont(0.99) within group (order by ms) as p99, max(ms) as highest
     from (select 1000 * extract(epoch from pg_xact_commit_timestamp(xmin) - received_at)::float8 as ms
           from frame where received_at >= $1) committed`,
    [started],
  );
  const [found] = rows;
  return {
    p50Ms: round(found?.p50 ?? Number.NaN),
    p99Ms: round(found?.p99 ?? Number.NaN),
    highestMs: round(found?.highest ?? Number.NaN),
  };
}

/** Runs in turn, so that what else the machine does falls on both. Every device is known before. */
async function compareFleets(
  runs: Runs,
  devices: number,
  { uplinks }: DeliveryOptions,
): Promise<Record<string, number>> {
  const share = shareOf(uplinks);
  await runs.run('four-values', 1000, 20_000);
  await runs.run('four-values', devices, devices);
  const few: number[] = [];
  const many: number[] = [];
  for (let i = 0; i < FLEET_RUNS; i += 1) {
    few.push((await runs.run('four-values', 1000, share)).uplinksPerSecond);
    many.push((await runs.run('four-values', devices, share)).uplinksPerSecond);
  }
  return { few: medianOf(few), many: medianOf(many), ratio: round(medianOf(many) / medianOf(few)) };
}

/** The middle one of several runs, by its rate. */
async function median(runs: Runs, devices: number, { uplinks }: DeliveryOptions): Promise<Stretch> {
  const stretches: Stretch[] = [];
  for (let i = 0; i < FLEET_RUNS; i += 1) {
    stretches.push(await runs.run('four-values', devices, shareOf(uplinks)));
  }
  stretches.sort((a, b) => a.uplinksPerSecond - b.uplinksPerSecond);
  return stretches[stretches.length >> 1] as Stretch;
}

/** A past of hourly values of four quantities of many devices, chunk after chunk. */
async function fill(pool: Pool, measurements: number): Promise<void> {
  const rowsAnHour = HISTORY_DEVICES * 4;
  const hours = Math.ceil(measurements / rowsAnHour);
  const hoursAtOnce = 24;
  for (let from = 0; from < hours; from += hoursAtOnce) {
    const to = Math.min(hours, from + hoursAtOnce);
    await pool.query(
      `insert into measurement (time, value, device_id, quantity_id, channel, quality, reported_at)
       select t, extract(hour from t) + d, 50000000 + d, q, 0, 0, t
       from generate_series($1::timestamptz, $2::timestamptz, interval '1 hour') t,
         generate_series(1, $3) d, generate_series(1, 4) q`,
      [
        new Date(HISTORY_END_MS - (hours - from) * HOUR_MS),
        new Date(HISTORY_END_MS - (hours - to + 1) * HOUR_MS),
        HISTORY_DEVICES,
      ],
    );
    process.stderr.write(`\r  ${Math.round((to / hours) * 100)} % of ${measurements} measurements`);
  }
  process.stderr.write('\n');
  await pool.query('vacuum analyze measurement');
  // Ten gigabytes that still wait to be written would be measured, not a database that holds them.
  await pool.query('checkpoint');
}
