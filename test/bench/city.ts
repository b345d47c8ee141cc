import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeEngine,
  findEngines,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { loadScenario } from '@veilleur/simulators';
import { connect, migrate } from '@veilleur/store';
import { Command } from 'commander';
import { createBridgeProcess } from '../support/bridge-process.ts';
import { freePort, startMosquitto } from '../support/brokers.ts';
import { REPOSITORY } from '../support/repository.ts';
import { cpuSecondsOfTree, parentOf, residentMBOfTree } from './end-to-end/processes.ts';

const program = new Command('city')
  .description(
    'a simulated city through all parts, each a process of its own: what it costs, and whether all of it arrived',
  )
  .argument('<scenario>', 'as `veilleur simulate` takes it')
  .argument('[options...]', 'options of `veilleur simulate`, after --')
  .option('--out <file>', 'write the JSON there too')
  .option('--data <folder>', 'keep the database there (default: it is removed afterwards)')
  .addHelpText(
    'after',
    `
Examples:
  npm run bench:city -- mulhouse -- --days 1
  npm run bench:city -- million-meters --out million.json`,
  )
  .parse();
const [scenarioName = '', ...simulateOptions] = program.args;
const { out, data } = program.opts<{ out?: string; data?: string }>();

/** As a simulation that runs all in one process sets them: nobody waits for a frame of a time that is over. */
const IN_THE_PAST = { CONSUMPTION_REST_MS: '800000', CONSUMPTION_GRACE_HOURS: '1000000' };
const SAMPLE_EVERY_MS = 5000;

const scenario = await loadScenario(scenarioName);
const isRealTime = scenario.speed !== 'max';
const engine = (await findEngines()).find(({ timescaledbVersion }) => timescaledbVersion !== null);
if (engine === undefined) throw new Error('there is no TimescaleDB: infra/install/ensure-test-engines.mjs');
const folder = await mkdtemp(join(tmpdir(), 'veilleur-city-'));
const dataFolder = data ?? join(folder, 'data');
const database = await startLocalPostgres({ dataFolder, engine });
const broker = await startMosquitto({ autosaveS: 30 });
const pool = connect(database.url);
await migrate(pool);
const bridge = await createBridgeProcess({
  clientId: 'city',
  databaseUrl: database.url,
  brokerUrl: broker.url,
  folder,
});
bridge.start();
await bridge.connected();

const veilleur = (args: readonly string[], log: number, settings: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, [`${REPOSITORY}services/cli/src/main.ts`, ...args], {
    stdio: ['ignore', log, 'inherit'],
    env: { ...process.env, DATABASE_URL: database.url, MQTT_URL: broker.url, ...settings },
  });
const log = openSync(join(folder, 'consumption.log'), 'a');
const consumption = veilleur(['start', 'consumption'], log, {
  CONSUMPTION_METRICS_PORT: String(await freePort()),
  ...(isRealTime ? {} : IN_THE_PAST),
});
closeSync(log);

const report = join(folder, 'report.json');
const said = openSync(join(folder, 'simulate.out'), 'a');
const simulation = veilleur(['simulate', scenarioName, ...simulateOptions, '--report', report], said);
closeSync(said);
process.once('SIGINT', () => simulation.kill('SIGINT'));

const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
const pids = {
  simulator: simulation.pid ?? 0,
  broker: broker.pid(),
  bridge: bridge.pid(),
  consumption: consumption.pid ?? 0,
  database: parentOf(rows[0]?.pid ?? 0),
};
type Part = keyof typeof pids;
const parts = Object.entries(pids) as [Part, number][];
const highestMB = new Map<Part, number>();
const cpuSeconds = new Map<Part, number>();
const cpuBefore = new Map(parts.map(([part, pid]) => [part, cpuSecondsOfTree(pid)]));
const look = () => {
  for (const [part, pid] of parts) {
    try {
      cpuSeconds.set(part, cpuSecondsOfTree(pid) - (cpuBefore.get(part) ?? 0));
      highestMB.set(part, Math.max(highestMB.get(part) ?? 0, residentMBOfTree(pid)));
    } catch {
      // It has just ended, or one of its children has: the next look, or the last one, stands.
    }
  }
};
const looking = setInterval(look, SAMPLE_EVERY_MS);
const startMs = performance.now();
const [status] = (await once(simulation, 'exit')) as [number | null];
clearInterval(looking);
const seconds = (performance.now() - startMs) / 1000;
const figures = {
  engine: describeEngine(engine),
  broker: broker.name,
  seconds,
  parts: Object.fromEntries(
    parts.map(([part]) => [
      part,
      {
        cpuSeconds: Math.round(cpuSeconds.get(part) ?? 0),
        cores: Math.round((100 * (cpuSeconds.get(part) ?? 0)) / seconds) / 100,
        highestMB: highestMB.get(part) ?? 0,
      },
    ]),
  ),
  restartsOfBridge: bridge.restarts(),
  // Absent where it was killed.
  simulation: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null,
};
const json = JSON.stringify(figures, null, 2);
process.stdout.write(`${json}\n`);
if (out !== undefined) writeFileSync(out, json);

consumption.kill('SIGTERM');
if (consumption.exitCode === null && consumption.signalCode === null) await once(consumption, 'exit');
await bridge.terminate();
await pool.end();
await broker.stop();
await database.stop();
if (data === undefined) await removeLocalPostgres(dataFolder);
await rm(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
