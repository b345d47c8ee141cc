import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import {
  describeEngine,
  removeLocalPostgres,
  runningUrl,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import type { Running } from '@veilleur/runtime';
import { connect, migrate, type Pool } from '@veilleur/store';
import { type RuleWatch, SimulatedClock } from './simulate-alerts.ts';

export interface PipelineOptions {
  /** Null: a broker and a bridge are started. */
  readonly mqttUrl: string | null;
  readonly databaseUrl: string | null;
  /** Whether a bridge runs in this process though a broker is named. */
  readonly withBridge: boolean;
  /** Where the started database keeps its data; null: in a folder that is removed afterwards. */
  readonly dataFolder: string | null;
}

/** What a pipeline in this process has to do. */
export interface PipelineLoad {
  /** Metering points whose consumption is made beside the bridge. */
  readonly points: number;
  /** Whether the simulated time is the present. */
  readonly isRealTime: boolean;
  /** When the simulated time begins, ms. */
  readonly fromMs: number;
}

/** What the simulator publishes into, and what it can see of it. */
export interface Pipeline extends Running {
  readonly brokerUrl: string;
  /** Null: no database is known, so nothing can be compared. */
  readonly pool: Pool | null;
  /** Of a bridge in this process. */
  readonly counts: (() => BridgeCounts) | null;
  /** Rules in this process that go by the simulated time; null: none do. */
  readonly rules: RuleWatch | null;
  /** What was started, a line each. */
  readonly started: readonly string[];
  /** Whether its clock is this machine's. */
  readonly isLocal: boolean;
}

type BridgeCounts = Awaited<ReturnType<typeof startEverything>>['bridge'] extends { counts(): infer Counts }
  ? Counts
  : never;

/** @throws VeilleurError where the broker's or the database's place is taken, or it does not answer. */
export async function openPipeline(
  options: PipelineOptions,
  load: PipelineLoad,
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Pipeline> {
  if (options.mqttUrl === null || options.withBridge) return ownPipeline(options, load, environment, say);
  const database = await databaseOf(options.databaseUrl, environment);
  return { ...database, brokerUrl: options.mqttUrl };
}

/**
 * A database without a broker, for a comparison alone: the one that is named, or that of a data folder, which
 * is started where nobody runs it.
 *
 * @throws VeilleurError `database_ambiguous`, `database_unknown`, and where the folder's database does not start
 */
export async function openDatabase(
  { databaseUrl, dataFolder }: Pick<PipelineOptions, 'databaseUrl' | 'dataFolder'>,
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Pipeline> {
  if (databaseUrl !== null && dataFolder !== null) {
    throw new VeilleurError(
      'database_ambiguous',
      'a database and a data folder are named: compare with which?',
      {
        remedy: 'Leave out --data, or --database-url and DATABASE_URL.',
      },
    );
  }
  if (dataFolder !== null) return { ...(await databaseIn(resolve(dataFolder), say)), brokerUrl: '' };
  const database = await databaseOf(databaseUrl, environment);
  if (database.pool === null) {
    throw new VeilleurError('database_unknown', 'there is no database to compare with', {
      remedy:
        'Name it with --database-url or its folder with --data, or start Veilleur beside this command (npm start).',
    });
  }
  return { ...database, brokerUrl: '' };
}

/** The database of a data folder, as an earlier run with --data left it. */
async function databaseIn(folder: string, say: (line: string) => void): Promise<Omit<Pipeline, 'brokerUrl'>> {
  const running = runningUrl(folder);
  if (running !== null) return databaseOf(running, {});
  // Or one would be made there.
  if (!existsSync(join(folder, 'engine.json'))) {
    throw new VeilleurError('database_unknown', `there is no database in ${folder}`, {
      remedy: 'Name the folder that an earlier run was given with --data.',
    });
  }
  const server = await startLocalPostgres({ dataFolder: folder, log: say });
  const database = await databaseOf(server.url, {}).catch(async (thrown: unknown) => {
    await server.stop();
    throw thrown;
  });
  return {
    ...database,
    started: [describeEngine(server.engine)],
    stop: async () => {
      await database.stop();
      await server.stop();
    },
  };
}

/** The one that is named, else the one that `veilleur start` runs on the data folder, else none. */
async function databaseOf(
  named: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Omit<Pipeline, 'brokerUrl'>> {
  const databaseUrl = named ?? runningUrl(resolve(environment.DATA_FOLDER || 'data'));
  const pool = databaseUrl ? connect(databaseUrl, { maximum: 4 }) : null;
  if (pool !== null) await migrate(pool);
  return {
    pool,
    counts: null,
    rules: null,
    started: [],
    isLocal: isHere(databaseUrl ?? ''),
    stop: async () => {
      await pool?.end();
    },
  };
}

/** Like `veilleur start` without the demo, on ports that are free. */
async function ownPipeline(
  { mqttUrl, databaseUrl, dataFolder }: PipelineOptions,
  { points, isRealTime, fromMs }: PipelineLoad,
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Pipeline> {
  const needsFolder = databaseUrl === null && dataFolder === null;
  const folder = needsFolder ? await mkdtemp(join(tmpdir(), 'veilleur-simulation-')) : dataFolder;
  const clock = isRealTime ? null : new SimulatedClock(fromMs);
  const stack = await startEverything(
    {
      ...(isRealTime ? {} : inThePast(points)),
      ...environment,
      DEMO: 'false',
      HTTP_PORT: '0',
      MQTT_PORT: '0',
      DATABASE_URL: databaseUrl ?? '',
      MQTT_URL: mqttUrl ?? '',
      ...(folder === null ? {} : { DATA_FOLDER: resolve(folder) }),
    },
    say,
    clock,
  );
  const { addresses, bridge, alerting } = stack;
  // Not the bridge's own pool: that one cuts whoever asks for longer than a bridge may hang.
  const ownUrl = databaseUrl ?? (folder === null ? null : runningUrl(resolve(folder)));
  const pool = connect(ownUrl ?? addresses.databaseUrl, { maximum: 4 });
  return {
    brokerUrl: addresses.brokerUrl,
    pool,
    counts: () => bridge.counts(),
    rules: clock === null ? null : { clock, evaluatedTo: () => alerting.evaluatedTo() },
    started: [
      addresses.database,
      ...(needsFolder || addresses.dataFolder === null ? [] : [addresses.dataFolder]),
      `${addresses.broker}  ${new URL(addresses.brokerUrl).host}`,
      `${addresses.api}/`,
    ],
    isLocal: databaseUrl === null || isHere(databaseUrl),
    stop: async () => {
      await pool.end();
      await stack.stop();
      if (needsFolder && folder !== null) await removeLocalPostgres(folder);
    },
  };
}

/** So long consumption rests for each point, and so long at least: settling takes a part of the machine, not all. */
const REST_MS_A_POINT = 40;
const LEAST_REST_MS = 5000;
/** Nobody waits for a frame of a time that is long over: after the last one nothing is guessed. */
const NO_GUESS_HOURS = 1_000_000;

function inThePast(points: number) {
  return {
    CONSUMPTION_REST_MS: String(Math.max(LEAST_REST_MS, REST_MS_A_POINT * points)),
    CONSUMPTION_GRACE_HOURS: String(NO_GUESS_HOURS),
  };
}

async function startEverything(
  settings: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
  clock: SimulatedClock | null,
) {
  const { readStackConfig, startStack } = await import('@veilleur/stack');
  return startStack(readStackConfig(settings), say, clock === null ? {} : { alertingClock: clock.now });
}

function isHere(databaseUrl: string): boolean {
  if (databaseUrl === '') return false;
  const { hostname } = new URL(databaseUrl);
  return ['', 'localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
