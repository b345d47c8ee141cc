import { type ExecFileException, execFile } from 'node:child_process';
import { REPOSITORY } from './repository.ts';

/** How a run of the command line ended, whatever it said. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `veilleur` as a process of its own, as a person would; `environment` adds to this process's. */
export function runVeilleur(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(
    process.execPath,
    [`${REPOSITORY}services/cli/src/main.ts`, ...args],
    { cwd: REPOSITORY, env: { ...process.env, ...environment }, maxBuffer: 1e8 },
    (error, stdout, stderr) => resolve({ status: statusOf(error), stdout, stderr }),
  );
  return promise;
}

/** A process that a signal ended has no code. */
function statusOf(error: ExecFileException | null): number {
  if (error === null) return 0;
  return typeof error.code === 'number' ? error.code : 255;
}

/** What a run says that must go well. */
export async function veilleurSays(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, stdout, stderr } = await runVeilleur(args, environment);
  if (status !== 0) throw new Error(`veilleur ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}
