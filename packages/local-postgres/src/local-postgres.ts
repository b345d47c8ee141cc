import { existsSync, rmSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import { chooseEngine } from './choose-engine.ts';
import {
  corruptFolder,
  type DataFolder,
  type DataRecord,
  dataFolderAt,
  makePassword,
  newRecord,
  openDataFolder,
  pgdataOf,
  placeNewData,
  readPassword,
  readRecord,
  writeRecord,
} from './data-folder.ts';
import { type Access, ensureDatabase, probe, updateTimescaledb, urlOf } from './database.ts';
import { describeEngine, type Engine, findEngines } from './engine.ts';
import { findFreePort } from './free-port.ts';
import { checkVersion, initialise, moveOrphanAside, superuser } from './initialise.ts';
import { clearLeftover, endAll, noteRunning, noteStopped } from './leftover-server.ts';
import { processesIn } from './process-table.ts';
import { engineFor } from './readable-engine.ts';
import { accountForData, accountForNewData, type ServerAccount } from './server-account.ts';
import { launch, type ServerProcess } from './server-process.ts';
import { type Settings, settingsFor, writeSettings } from './settings.ts';

export interface LocalPostgresOptions {
  /** Holds the data, the log, the password and engine.json; made when it isn't there. */
  readonly dataFolder: string;
  /** Default: the engine that made the data, or the best of this machine. */
  readonly engine?: Engine;
  /** Default: a free one, another at each start. */
  readonly port?: number;
  /** PostgreSQL's settings by name; they win over Veilleur's. */
  readonly settings?: Settings;
  /** Default: `veilleur`. Created when it isn't there. */
  readonly database?: string;
  /** Told what takes long or surprises, a line each. */
  readonly log?: (line: string) => void;
  /** Default: true. False skips initdb's fsync, for tests. */
  readonly syncInitialisation?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** A server on 127.0.0.1 that is ours. */
export interface LocalPostgres {
  /** With user and password: never to be logged. */
  readonly url: string;
  readonly engine: Engine;
  readonly dataFolder: string;
  /** Where PostgreSQL's files really are; not always below `dataFolder`. */
  readonly pgdata: string;
  readonly port: number;
  /** Rolls back what is open, writes everything down and waits for the end. Stopping twice is harmless. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be; waits until the server's last process is gone. */
  kill(): Promise<void>;
  /** Again, with the same data and port. Does nothing while it runs. */
  start(): Promise<void>;
}

/** A free port may be taken by somebody else before the server has it. */
const portAttempts = 5;

/**
 * Starts a PostgreSQL on the data folder and waits until it answers.
 * @throws VeilleurError with one of the codes in README.md
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const { log = () => undefined, env = process.env, database = 'veilleur' } = options;
  const files = openDataFolder(options.dataFolder);
  const data = await openData(files, options, env, log);
  const { pgdata, account, password } = data;
  const engine = engineFor(account, data.engine, log);
  const settings = settingsFor(engine, options.settings ?? {});

  const startOn = async (port: number): Promise<ServerProcess> => {
    const access = { port, user: superuser, password };
    await clearLeftover(files, pgdata, log);
    checkVersion(pgdata, engine);
    writeSettings(pgdata, settings);
    try {
      return await launch({
        ...{ engine, account, pgdata, port, log, logFile: files.logFile },
        probe: () => probe(access, pgdata),
        onSpawn: (pid) => noteRunning(files, pid),
      });
    } catch (thrown) {
      noteStopped(files);
      throw thrown;
    }
  };

  let port = options.port ?? (await findFreePort());
  let server: ServerProcess | null = null;
  for (let attempt = 1; server === null; attempt += 1) {
    try {
      server = await startOn(port);
    } catch (thrown) {
      const taken = thrown instanceof VeilleurError && thrown.code === 'port_in_use';
      if (!taken || options.port !== undefined || attempt === portAttempts) throw thrown;
      port = await findFreePort();
    }
  }
  const access: Access = { port, user: superuser, password };
  try {
    await prepareDatabase(files, data, access, database);
  } catch (thrown) {
    await server.stop();
    noteStopped(files);
    throw thrown;
  }

  const end = async (how: 'stop' | 'kill') => {
    const ending = server;
    if (ending === null) return;
    server = null;
    const processes = processesIn(pgdata);
    await ending[how]();
    await endAll(pgdata, processes);
    noteStopped(files);
  };
  return {
    url: urlOf(access, database),
    engine,
    dataFolder: files.folder,
    pgdata,
    port,
    stop: () => end('stop'),
    kill: () => end('kill'),
    start: async () => {
      server ??= await startOn(port);
    },
  };
}

/**
 * Deletes a data folder with everything that startLocalPostgres made, also where the data lies
 * elsewhere. An orphaned server is stopped first.
 * @throws `data_folder_in_use` while a server runs on it
 */
export async function removeLocalPostgres(dataFolder: string): Promise<void> {
  const files = dataFolderAt(dataFolder);
  const record = readRecord(files);
  if (record !== null) {
    const pgdata = pgdataOf(files, record);
    if (existsSync(pgdata)) await clearLeftover(files, pgdata, () => undefined);
    if (isAbsolute(record.pgdata)) rmSync(dirname(pgdata), { recursive: true, force: true });
  }
  rmSync(files.folder, { recursive: true, force: true });
}

interface OpenedData {
  readonly record: DataRecord;
  readonly engine: Engine;
  readonly account: ServerAccount;
  readonly pgdata: string;
  readonly password: string;
}

/** The data of the folder; made when the folder is new. */
async function openData(
  files: DataFolder,
  options: LocalPostgresOptions,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<OpenedData> {
  const recorded = readRecord(files);
  const engine = chooseEngine(recorded, await findEngines(env), options.engine);
  if (recorded !== null) {
    const pgdata = pgdataOf(files, recorded);
    if (existsSync(pgdata)) {
      return {
        record: recorded,
        engine,
        account: accountForData(pgdata),
        pgdata,
        password: readPassword(files),
      };
    }
    if (recorded.state === 'ready') throw corruptFolder(`${pgdata}, where the data was, is gone`);
  }

  const account = accountForNewData(env);
  const record = newRecord(engine, placeNewData(files, account));
  const pgdata = pgdataOf(files, record);
  if (isAbsolute(record.pgdata)) {
    log(
      `the account ${account.kind === 'other' ? account.name : ''} can't get to ${files.folder}: the data goes to ${pgdata}`,
    );
    await clearOrphan(files, pgdata, log);
  }
  log(`making a database with ${describeEngine(engine)}`);
  const password = makePassword(files);
  writeRecord(files, record);
  const sync = options.syncInitialisation ?? true;
  await initialise({ engine: engineFor(account, engine, log), account, pgdata, password, sync });
  return { record, engine, account, pgdata, password };
}

/** What is left of an earlier data folder of the same path, when somebody deleted that by hand. */
async function clearOrphan(files: DataFolder, pgdata: string, log: (line: string) => void): Promise<void> {
  if (!existsSync(pgdata)) return;
  await clearLeftover(files, pgdata, log);
  const aside = moveOrphanAside(pgdata, new Date());
  if (aside !== null) log(`data of an earlier folder of this name is kept in ${aside}`);
}

async function prepareDatabase(
  files: DataFolder,
  { record, engine }: OpenedData,
  access: Access,
  database: string,
): Promise<void> {
  if (record.timescaledbVersion !== engine.timescaledbVersion) await updateTimescaledb(access, database);
  await ensureDatabase(access, database);
  const { kind, postgresVersion, timescaledbVersion } = engine;
  writeRecord(files, { ...record, kind, postgresVersion, timescaledbVersion, state: 'ready' });
}
