import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { VeilleurError } from '@veilleur/domain';
import { findEngines } from '@veilleur/local-postgres';

export interface PostgresProgram {
  readonly path: string;
  /** As in `17.11`. */
  readonly version: string;
}

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

export const majorOf = (version: string) => Number.parseInt(version, 10);

/**
 * `pg_dump` or `pg_restore` that understands a server of this version: of the same major version, else the
 * next newer one. An older one refuses the server. Looked for in the PATH, among Debian's versions, and
 * beside the PostgreSQL that infra/timescaledb/install.sh made.
 *
 * @throws VeilleurError `postgres_program_missing`
 */
export async function findPostgresProgram(
  name: 'pg_dump' | 'pg_restore',
  serverVersion: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PostgresProgram> {
  const needed = majorOf(serverVersion);
  const found = await programsOf(name, await foldersOf(environment));
  const fitting = found
    .filter(({ version }) => majorOf(version) >= needed)
    .sort((a, b) => majorOf(a.version) - majorOf(b.version));
  const [best] = fitting;
  if (best !== undefined) return best;
  const there = found.map(({ path, version }) => `${path} is ${version}`).join(', ') || 'there is none';
  throw new VeilleurError(
    'postgres_program_missing',
    `the server is PostgreSQL ${serverVersion}, and no ${name} of this machine is as new: ${there}`,
    {
      remedy: `Install postgresql-client-${needed}, or run infra/timescaledb/install.sh, which brings version 17.`,
    },
  );
}

async function foldersOf(environment: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const debian = await readdir(DEBIAN).catch(() => []);
  const engines = await findEngines();
  const path = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [
    ...new Set([
      ...debian.map((major) => join(DEBIAN, major, 'bin')),
      ...engines.map(({ programFolder }) => programFolder),
      ...path,
    ]),
  ];
}

async function programsOf(name: string, folders: readonly string[]): Promise<PostgresProgram[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const path = join(folder, name);
      const version = await run(path, ['--version'], { cwd: '/' }).then(
        ({ stdout }) => /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout)?.[1],
        () => undefined,
      );
      return version === undefined ? [] : [{ path, version }];
    }),
  );
  return found.flat();
}

/** What `runPostgresProgram` needs to reach the database: the password never among the arguments. */
export function connectionOf(url: string): { readonly dbname: string; readonly password: string } {
  const shown = new URL(url);
  const password = decodeURIComponent(shown.password);
  shown.password = '';
  return { dbname: shown.href, password };
}

const SAID_LINES = 5;

/**
 * Runs a program of PostgreSQL's to its end.
 *
 * @param onLine is told each line that it says.
 * @throws VeilleurError `postgres_program_failed`, with the last that it said.
 */
export async function runPostgresProgram(
  { path }: PostgresProgram,
  args: readonly string[],
  { url, onLine }: { readonly url: string; readonly onLine: (line: string) => void },
): Promise<void> {
  const { dbname, password } = connectionOf(url);
  const child = spawn(path, [...args, `--dbname=${dbname}`, '--no-password'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PGPASSWORD: password, LC_ALL: 'C' },
  });
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    onLine(line);
    said.push(line);
    if (said.length > SAID_LINES) said.shift();
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (status === 0) return;
  throw new VeilleurError(
    'postgres_program_failed',
    `${path} ended with ${status ?? signal}: ${said.join(' ')}`,
    { remedy: 'See what it said; nothing was put in place.' },
  );
}
