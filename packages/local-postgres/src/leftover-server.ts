import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VeilleurError } from '@veilleur/domain';
import type { DataFolder } from './data-folder.ts';
import { parentOf, processesIn, signal } from './process-table.ts';

/**
 * A program that was killed (kill -9, out of memory) can't stop its server, which then runs on without
 * it. The next start finds that server here and stops it in good order.
 *
 * How an orphan is told from a server in use: running.json names the server and who started it. While
 * the starter lives, it is the server's parent; once it is dead, the kernel gives the server another.
 */
interface Running {
  readonly supervisorPid: number;
  readonly postmasterPid: number;
}

/** A server stops within this time even with a full cache to write; then it is cut off, and recovers. */
const fastStopMs = 60_000;
const cutOffMs = 10_000;
const pollMs = 20;

export function noteRunning(files: DataFolder, postmasterPid: number): void {
  const running: Running = { supervisorPid: process.pid, postmasterPid };
  writeFileSync(files.runningFile, JSON.stringify(running));
}

export function noteStopped(files: DataFolder): void {
  rmSync(files.runningFile, { force: true });
}

/**
 * Leaves the data with no server on it.
 * @throws `data_folder_in_use` when its server belongs to somebody who lives
 */
export async function clearLeftover(
  files: DataFolder,
  pgdata: string,
  log: (line: string) => void,
): Promise<void> {
  const processes = processesIn(pgdata);
  const postmasterPid = readPostmasterPid(pgdata);
  if (postmasterPid !== null && processes.includes(postmasterPid)) {
    refuseWhenInUse(files, pgdata, postmasterPid);
    log(`stopping the server (pid ${postmasterPid}) that a killed program left on ${pgdata}`);
    await stopProcesses(pgdata, postmasterPid, processes);
  } else if (processes.length > 0) {
    // The server was killed a moment ago; its children notice by themselves.
    log(`waiting for the last processes of a killed server on ${pgdata}`);
    await endAll(pgdata, processes);
  }
  // A number from before a reboot, or of another container, may be somebody else's now; PostgreSQL
  // would refuse to start for it. No process works in the folder, so the file means nothing.
  if (postmasterPid !== null) rmSync(join(pgdata, 'postmaster.pid'), { force: true });
  noteStopped(files);
}

/**
 * Waits for the processes of a server that is dead or told to stop, and ends those that don't notice.
 * Only the given ones: a new server may work on the data by then.
 */
export async function endAll(pgdata: string, pids: readonly number[]): Promise<void> {
  if (await areGone(pgdata, pids, cutOffMs)) return;
  const remaining = processesIn(pgdata).filter((pid) => pids.includes(pid));
  for (const pid of remaining) signal(pid, 'SIGKILL');
  if (!(await areGone(pgdata, pids, cutOffMs))) throw inUse(pgdata, remaining.join(', '));
}

async function stopProcesses(pgdata: string, postmasterPid: number, pids: readonly number[]): Promise<void> {
  signal(postmasterPid, 'SIGINT');
  if (await areGone(pgdata, pids, fastStopMs)) return;
  signal(postmasterPid, 'SIGQUIT');
  await endAll(pgdata, pids);
}

/** False when one of them still works on the data after the time. */
async function areGone(pgdata: string, pids: readonly number[], withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    if (!processesIn(pgdata).some((pid) => pids.includes(pid))) return true;
    if (waitedMs >= withinMs) return false;
    await sleep(pollMs);
  }
}

function refuseWhenInUse(files: DataFolder, pgdata: string, postmasterPid: number): void {
  const running = readRunning(files);
  const orphaned =
    running !== null &&
    running.postmasterPid === postmasterPid &&
    parentOf(postmasterPid) !== running.supervisorPid;
  if (!orphaned) throw inUse(pgdata, String(postmasterPid));
}

function inUse(pgdata: string, pids: string): VeilleurError {
  return new VeilleurError('data_folder_in_use', `a server (pid ${pids}) is running on ${pgdata}`, {
    remedy: 'stop the program that started it, or choose another data folder',
    retryable: true,
  });
}

/** The first line of postmaster.pid; null without the file or with another content. */
function readPostmasterPid(pgdata: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(pgdata, 'postmaster.pid'), 'utf8'), 10);
    return pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function readRunning(files: DataFolder): Running | null {
  try {
    return JSON.parse(readFileSync(files.runningFile, 'utf8'));
  } catch {
    return null;
  }
}
