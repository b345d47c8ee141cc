import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Engine } from './engine.ts';
import { signal } from './process-table.ts';
import { type ServerAccount, spawnIdentity } from './server-account.ts';
import { explainFailure } from './startup-failure.ts';

/** Nothing of ours: a PGPORT or PGDATA of the caller would change what the server does. */
export const serverEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

interface Launch {
  readonly engine: Engine;
  readonly account: ServerAccount;
  readonly pgdata: string;
  readonly port: number;
  readonly logFile: string;
  readonly log: (line: string) => void;
  /** Resolves when the server answers; rejects when it doesn't yet. */
  readonly probe: () => Promise<'ready' | 'not yet'>;
  /** Called with the pid at once, before the server can do anything. */
  readonly onSpawn: (pid: number) => void;
}

/** A server in the foreground, our child. */
export interface ServerProcess {
  readonly pid: number;
  /** Fast shutdown: open transactions are rolled back. Resolves when the server is gone. */
  stop(): Promise<void>;
  /** SIGKILL to the server alone, as a crash would be. Resolves when it is gone; its children follow. */
  kill(): Promise<void>;
}

const logLimitBytes = 10_000_000;
const pollMs = 25;
const patienceMs = 10_000;
const fastStopMs = 120_000;

/**
 * Starts the server and waits until it answers, as long as it lives: recovery after a crash replays up
 * to max_wal_size, which takes minutes on a slow disk.
 * @throws what explainFailure makes of the log
 */
export async function launch(launching: Launch): Promise<ServerProcess> {
  const { engine, account, pgdata, port, logFile, log, probe } = launching;
  rotate(logFile);
  const logDescriptor = openSync(logFile, 'a');
  const loggedBefore = statSync(logFile).size;
  const child = spawn(
    join(engine.programFolder, 'postgres'),
    ['-D', pgdata, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
    {
      cwd: '/',
      env: serverEnvironment,
      stdio: ['ignore', logDescriptor, logDescriptor],
      // A group of its own: Ctrl-C in a terminal is for us; we stop the server when all else is done.
      detached: true,
      ...spawnIdentity(account),
    },
  );
  closeSync(logDescriptor);
  const server = supervise(child, log);
  if (child.pid !== undefined) launching.onSpawn(child.pid);

  let nextWordMs = patienceMs;
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    if (server.ended()) {
      await server.ending;
      const logged = readFileSync(logFile).subarray(loggedBefore).toString('utf8');
      throw explainFailure(logged, { pgdata, port, logFile });
    }
    if (await answers(probe, server)) {
      server.expectToLast();
      return server.process;
    }
    if (waitedMs >= nextWordMs) {
      log(`still waiting for PostgreSQL: it recovers after a crash, ${logFile} tells how far it is`);
      nextWordMs += patienceMs;
    }
    await sleep(pollMs);
  }
}

interface Supervised {
  readonly process: ServerProcess;
  readonly ending: Promise<unknown>;
  ended(): boolean;
  /** From now on an end that nobody asked for is worth a line. */
  expectToLast(): void;
}

function supervise(child: ChildProcess, log: (line: string) => void): Supervised {
  let endWanted = true;
  const ended = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const pid = child.pid ?? -1;
  const stopWithUs = () => {
    if (!ended()) signal(pid, 'SIGINT');
  };
  // A program that forgets to stop the server must still be able to end.
  child.unref();
  process.once('exit', stopWithUs);
  const ending = Promise.race([once(child, 'exit'), once(child, 'error')])
    .catch((thrown: unknown) => log(`PostgreSQL can't be run: ${messageOf(thrown)}`))
    .then(() => {
      process.off('exit', stopWithUs);
      if (!endWanted) log(`PostgreSQL (pid ${pid}) ended: ${child.signalCode ?? `status ${child.exitCode}`}`);
    });
  const end = async (first: NodeJS.Signals) => {
    if (ended()) return;
    endWanted = true;
    child.ref();
    signal(pid, first);
    const cutOff = setTimeout(() => signal(pid, 'SIGQUIT'), fastStopMs);
    await ending;
    clearTimeout(cutOff);
  };
  const expectToLast = () => {
    endWanted = false;
  };
  return {
    process: { pid, stop: () => end('SIGINT'), kill: () => end('SIGKILL') },
    ending,
    ended,
    expectToLast,
  };
}

async function answers(probe: Launch['probe'], server: Supervised): Promise<boolean> {
  try {
    return (await Promise.race([probe(), server.ending])) === 'ready';
  } catch (thrown) {
    // Taken ports show here first: a stranger answers before our server has noticed and ended.
    await Promise.race([server.ending, sleep(1_000)]);
    if (server.ended()) return false;
    await server.process.stop();
    throw thrown instanceof VeilleurError
      ? thrown
      : new VeilleurError('database_not_started', `PostgreSQL runs, but it answers: ${messageOf(thrown)}`, {
          cause: thrown,
        });
  }
}

/** One older log is kept. */
function rotate(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(logFile, `${logFile}.1`);
}
