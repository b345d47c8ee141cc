import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/**
 * The processes of one server. Every process of PostgreSQL works in its data folder, whatever engine it
 * is of and whether its parent lives; nothing else has reason to. Linux tells through /proc, macOS
 * through lsof.
 */
export function processesIn(pgdata: string): readonly number[] {
  const folder = realpathOrSame(pgdata);
  return process.platform === 'linux' ? scanProc(folder) : askLsof(folder);
}

/** Null for a process that is gone. */
export function parentOf(pid: number): number | null {
  try {
    if (process.platform !== 'linux') {
      return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
    }
    // The name in parentheses may hold anything; the state and the parent follow the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

/** Sends a signal; a process that is gone already is as good. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}

function scanProc(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/cwd`) === folder;
      } catch {
        return false; // gone meanwhile, or another account's
      }
    })
    .map(Number);
}

function askLsof(folder: string): readonly number[] {
  let output: string;
  try {
    output = execFileSync('lsof', ['-a', '-d', 'cwd', '-c', 'postgres', '-Fpn'], { encoding: 'utf8' });
  } catch {
    return []; // lsof's status is 1 when there is none
  }
  const pids: number[] = [];
  let pid = 0;
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    if (line === `n${folder}`) pids.push(pid);
  }
  return pids;
}

function realpathOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
