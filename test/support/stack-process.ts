import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLocalPostgres } from '@veilleur/local-postgres';
import { freePort } from './brokers.ts';
import { REPOSITORY } from './repository.ts';

/** What a test must do when it has ended, the last one first. */
export type Endings = (() => Promise<unknown>)[];

/** Where one `npm start` runs: a data folder that is empty, and ports that are free. */
export interface StackPlace {
  readonly dataFolder: string;
  readonly httpPort: number;
  readonly mqttPort: number;
}

export async function newStackPlace(endings: Endings): Promise<StackPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-first-start-'));
  const dataFolder = join(folder, 'data');
  endings.push(async () => {
    await removeLocalPostgres(dataFolder).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  });
  return { dataFolder, httpPort: await freePort(), mqttPort: await freePort() };
}

/** What `npm start` runs, as a person would see it. */
export function startStackProcess(
  endings: Endings,
  place: StackPlace,
  environment: NodeJS.ProcessEnv = {},
  by: readonly string[] = [process.execPath, 'services/cli/src/main.ts', 'start'],
) {
  const [command = process.execPath, ...args] = by;
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DATA_FOLDER: place.dataFolder,
      HTTP_PORT: String(place.httpPort),
      MQTT_PORT: String(place.mqttPort),
      LANG: 'C',
      LC_ALL: '',
      ...environment,
    },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (bytes) => {
    output += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    errors += String(bytes);
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  endings.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    ended,
    output: () => output,
    errors: () => errors,
    interrupt: async () => {
      child.kill('SIGINT');
      return ended;
    },
    get: async <T>(path: string) =>
      (await fetch(`http://127.0.0.1:${place.httpPort}${path}`).then((answer) => answer.json())) as T,
  };
}
