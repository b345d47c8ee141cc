import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '@veilleur/simulators';
import { Command } from 'commander';
import { freePort } from '../support/brokers.ts';
import { REPOSITORY } from '../support/repository.ts';
import { startInstallation } from './end-to-end/installation.ts';
import { cpuSecondsOfTree, residentMBOfTree } from './end-to-end/processes.ts';

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

/**
 * Of simulated time as fast as it goes: nobody waits for a frame of a time that is over. A point is settled every
 * quarter of an hour, while its readings are in memory: all of them at the end are random reads of a table that
 * is not.
 */
const IN_THE_PAST = { CONSUMPTION_REST_MS: '800000', CONSUMPTION_GRACE_HOURS: '1000000' };
/** As a server has them that takes in a city's month in an hour; the defaults are of a small machine. */
const DATABASE_SETTINGS = {
  shared_buffers: '2GB',
  wal_compression: 'lz4',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  autovacuum_vacuum_insert_scale_factor: '2',
};
const SAMPLE_EVERY_MS = 5000;

const scenario = await loadScenario(scenarioName);
await using started = new AsyncDisposableStack();
const installation = await startInstallation({
  clientId: 'city',
  dataFolder: data ?? null,
  databaseSettings: DATABASE_SETTINGS,
  bridgeSettings: {},
});
started.defer(() => installation.stop());
const { engine, database, postmaster, broker, bridge, folder, pool } = installation;
// As `veilleur doctor` advises where a week's chunk outgrows the memory: 71 million rows a week here.
await pool.query("select set_chunk_time_interval('measurement', interval '1 day')");

const veilleur = (args: readonly string[], log: number, settings: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [`${REPOSITORY}services/cli/src/main.ts`, ...args], {
    stdio: ['ignore', log, 'inherit'],
    env: { ...process.env, DATABASE_URL: database.url, MQTT_URL: broker.url, ...settings },
  });
  closeSync(log);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  started.defer(async () => {
    child.kill('SIGTERM');
    await exit;
  });
  return { pid: child.pid ?? 0, exit, kill: (signal: NodeJS.Signals) => child.kill(signal) };
};
const logTo = (name: string) => openSync(join(folder, name), 'a');
const consumption = veilleur(['start', 'consumption'], logTo('consumption.log'), {
  CONSUMPTION_METRICS_PORT: String(await freePort()),
  ...(scenario.speed === 'max' ? IN_THE_PAST : {}),
});
const report = join(folder, 'report.json');
const simulation = veilleur(
  ['simulate', scenarioName, ...simulateOptions, '--report', report],
  logTo('simulate.out'),
);
process.once('SIGINT', () => simulation.kill('SIGINT'));

const pids = {
  simulator: simulation.pid,
  broker: broker.pid(),
  bridge: bridge.pid(),
  consumption: consumption.pid,
  database: postmaster,
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
      // It has just ended: the last look stands.
    }
  }
};
const looking = setInterval(look, SAMPLE_EVERY_MS);
const startMs = performance.now();
const [status] = await simulation.exit;
clearInterval(looking);
const seconds = (performance.now() - startMs) / 1000;
const figures = {
  engine,
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

process.exitCode = status ?? 1;
