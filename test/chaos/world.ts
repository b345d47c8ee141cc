import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  describeEngine,
  type Engine,
  type LocalPostgres,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { connect, migrate, type Pool } from '@veilleur/store';
import { type BridgeProcess, createBridgeProcess } from '../support/bridge-process.ts';
import { type MosquittoBroker, startMosquitto } from '../support/brokers.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type ChaosDisk, makeChaosDisk } from './chaos-disk.ts';

/** A bridge, and the two wires that it hangs on. */
export interface WiredBridge {
  readonly bridge: BridgeProcess;
  readonly toBroker: TcpProxy;
  readonly toDatabase: TcpProxy;
}

/** Everything that a city runs, each part a process of its own. */
export interface World {
  readonly engineName: string;
  /** Past the proxies: the judge's own way in. */
  readonly pool: Pool;
  readonly broker: MosquittoBroker;
  readonly database: LocalPostgres;
  readonly disk: ChaosDisk;
  readonly bridges: readonly WiredBridge[];
  /** Logs and data; kept when something went wrong. */
  readonly folder: string;
  /** One at a time for each part: a program that is paused is not killed meanwhile. */
  alone<T>(part: 'broker' | 'database' | BridgeProcess, action: () => Promise<T>): Promise<T>;
  /** Waits until the database answers; starts it again where it gave itself up. */
  databaseBack(): Promise<void>;
  /** SIGSTOP or SIGCONT to every process of the database. */
  signalDatabase(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(options: { readonly keepFolder: boolean }): Promise<void>;
}

export interface WorldOptions {
  readonly engine: Engine;
  /** More than one share a group; one has none, as in a city of one bridge. */
  readonly bridges: number;
  readonly diskMegabytes: number;
  /** PostgreSQL's, beside those of `npm start`. */
  readonly databaseSettings?: Readonly<Record<string, string>>;
  readonly autosaveS?: number;
  readonly bridgeSettings?: Readonly<Record<string, string>>;
}

/** Starts all of it; resolves when each bridge's session is on the broker's disk. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const endings: (() => Promise<unknown>)[] = [];
  const end = async () => {
    for (const ending of endings.splice(0).reverse()) await ending();
  };
  try {
    return await assemble(options, endings, end);
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

async function assemble(
  {
    engine,
    bridges: howMany,
    diskMegabytes,
    autosaveS = 5,
    bridgeSettings = {},
    databaseSettings = {},
  }: WorldOptions,
  endings: (() => Promise<unknown>)[],
  end: () => Promise<void>,
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-chaos-'));
  // The database runs as another user.
  await chmod(folder, 0o755);
  const disk = await makeChaosDisk(join(folder, 'disk'), diskMegabytes);
  endings.push(() => disk.remove());
  const dataFolder = join(disk.folder, 'database');
  const database = await startLocalPostgres({
    dataFolder,
    engine,
    syncInitialisation: false,
    settings: databaseSettings,
  });
  endings.push(async () => {
    await database.stop();
    await removeLocalPostgres(dataFolder);
  });
  const pool = connect(database.url, { maximum: 3 });
  endings.push(() => pool.end());
  await migrate(pool);
  const broker = await startMosquitto({ autosaveS });
  endings.push(() => broker.stop());

  const bridges: WiredBridge[] = [];
  for (let i = 0; i < howMany; i += 1) {
    const toBroker = await startTcpProxy(broker.port);
    endings.push(() => toBroker.stop());
    const toDatabase = await startTcpProxy(database.port);
    endings.push(() => toDatabase.stop());
    const databaseUrl = new URL(database.url);
    databaseUrl.port = String(toDatabase.port);
    const bridge = await createBridgeProcess({
      clientId: `chaos-bridge-${i}`,
      databaseUrl: databaseUrl.href,
      brokerUrl: `mqtt://127.0.0.1:${toBroker.port}`,
      folder,
      settings: {
        MQTT_VERSION: '5',
        ...(howMany > 1 ? { MQTT_SHARE_GROUP: 'chaos' } : {}),
        MQTT_KEEP_ALIVE_S: '5',
        BRIDGE_DATABASE_TIMEOUT_MS: '5000',
        LOG_LEVEL: 'info',
        ...bridgeSettings,
      },
    });
    endings.push(() => bridge.kill());
    bridge.start();
    bridges.push({ bridge, toBroker, toDatabase });
  }
  for (const { bridge } of bridges) await bridge.connected(60_000);
  await broker.snapshot();

  const turns = new Map<unknown, Promise<unknown>>();
  return {
    engineName: describeEngine(engine),
    pool,
    broker,
    database,
    disk,
    bridges,
    folder,
    alone: (part, action) => {
      const turn = (turns.get(part) ?? Promise.resolve()).then(action);
      turns.set(
        part,
        turn.catch(() => undefined),
      );
      return turn;
    },
    databaseBack: () => databaseBack(pool, database),
    signalDatabase: (signal) => signalServer(database.pgdata, signal),
    stop: async ({ keepFolder }) => {
      await end();
      if (!keepFolder) await rm(folder, { recursive: true, force: true });
    },
  };
}

const DATABASE_PATIENCE_MS = 15_000;

async function databaseBack(pool: Pool, database: LocalPostgres): Promise<void> {
  const answers = () =>
    pool.query('select').then(
      () => true,
      () => false,
    );
  const deadline = performance.now() + DATABASE_PATIENCE_MS;
  while (!(await answers())) {
    if (performance.now() > deadline) {
      // A server that found no room for its own recovery ends itself; a supervisor starts it again.
      await database.kill();
      await database.start();
    } else await delay(100);
  }
}

/** The server and its children; while the server stands still it makes no new ones. */
function signalServer(pgdata: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const server = Number(readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(server, signal);
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ');
  for (const child of children.filter((pid) => pid !== '')) {
    try {
      process.kill(Number(child), signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
