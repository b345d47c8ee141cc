import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeEngine,
  findEngines,
  type LocalPostgres,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { connect, migrate, type Pool } from '@veilleur/store';
import { type BridgeProcess, createBridgeProcess } from '../../support/bridge-process.ts';
import { type MosquittoBroker, startMosquitto } from '../../support/brokers.ts';
import { parentOf } from './processes.ts';

/** A TimescaleDB, a Mosquitto and a bridge on this machine, each a process of its own. */
export interface Installation {
  readonly engine: string;
  readonly database: LocalPostgres;
  readonly postmaster: number;
  readonly broker: MosquittoBroker;
  readonly bridge: BridgeProcess;
  readonly pool: Pool;
  /** For logs and reports: it goes with the installation. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface InstallationOptions {
  readonly clientId: string;
  /** Keeps the database there; null: it is removed at the end. */
  readonly dataFolder: string | null;
  readonly databaseSettings: Readonly<Record<string, string>>;
  readonly bridgeSettings: Readonly<Record<string, string>>;
}

/** What was started is ended where something does not start. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const engine = (await findEngines()).find(({ timescaledbVersion }) => timescaledbVersion !== null);
  if (engine === undefined) throw new Error('there is no TimescaleDB: infra/install/ensure-test-engines.mjs');
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const dataFolder = options.dataFolder ?? join(folder, 'data');
  const database = await startLocalPostgres({ dataFolder, engine, settings: options.databaseSettings });
  started.defer(async () => {
    await database.stop();
    if (options.dataFolder === null) await removeLocalPostgres(dataFolder);
  });
  const broker = await startMosquitto({ autosaveS: 30 });
  started.defer(() => broker.stop());
  const pool = connect(database.url);
  started.defer(() => pool.end());
  await migrate(pool);
  const bridge = await createBridgeProcess({
    clientId: options.clientId,
    databaseUrl: database.url,
    brokerUrl: broker.url,
    folder,
    settings: options.bridgeSettings,
  });
  bridge.start();
  started.defer(async () => {
    await bridge.terminate();
  });
  await bridge.connected();
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const postmaster = parentOf(rows[0]?.pid ?? 0);
  const everything = started.move();
  return {
    engine: describeEngine(engine),
    database,
    postmaster,
    broker,
    bridge,
    pool,
    folder,
    stop: () => everything.disposeAsync(),
  };
}
