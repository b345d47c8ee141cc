import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { corruptFolder } from './data-folder.ts';
import { describeEngine, type Engine, majorOf } from './engine.ts';
import { type ServerAccount, spawnIdentity } from './server-account.ts';
import { serverEnvironment } from './server-process.ts';
import { includeLine } from './settings.ts';

const run = promisify(execFile);

/** The superuser of each server that we make. */
export const superuser = 'veilleur';

interface Initialisation {
  readonly engine: Engine;
  readonly account: ServerAccount;
  readonly pgdata: string;
  readonly password: string;
  /** False leaves it to the system when the files reach the disk: for tests. */
  readonly sync: boolean;
}

/**
 * Makes the data with initdb, beside its place, and moves it there when it is whole.
 * Locale C and UTF-8: sorting that no library's upgrade changes under an index.
 * @throws `disk_full`, `data_folder_forbidden` or `database_not_started`, with initdb's own words
 */
export async function initialise({ engine, account, pgdata, password, sync }: Initialisation): Promise<void> {
  const partial = `${pgdata}.partial`;
  // initdb reads the password from a file of its account; ours is closed to it.
  const passwordFile = `${pgdata}.password`;
  rmSync(partial, { recursive: true, force: true });
  try {
    mkdirSync(partial, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account.kind === 'other') {
      for (const path of [partial, passwordFile]) chownSync(path, account.uid, account.gid);
    }
    const options = [
      ...['--pgdata', partial, '--username', superuser, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--data-checksums'],
      ...['--no-instructions', ...(sync ? [] : ['--no-sync'])],
    ];
    await run(join(engine.programFolder, 'initdb'), options, {
      cwd: '/',
      env: serverEnvironment,
      ...spawnIdentity(account),
    });
    appendFileSync(join(partial, 'postgresql.conf'), includeLine);
    renameSync(partial, pgdata);
  } catch (thrown) {
    rmSync(partial, { recursive: true, force: true });
    throw explain(thrown, pgdata);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Data of a folder that was deleted without its record: never ours to delete, so it is moved aside.
 * Returns where it went; null when there was none.
 */
export function moveOrphanAside(pgdata: string, now: Date): string | null {
  if (!existsSync(pgdata)) return null;
  const aside = `${pgdata}.orphan-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(pgdata, aside);
  return aside;
}

/**
 * @throws `database_folder_corrupt` when the data has no readable version
 * @throws `database_version_mismatch` when another major version made it
 */
export function checkVersion(pgdata: string, engine: Engine): void {
  const file = join(pgdata, 'PG_VERSION');
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw corruptFolder(`${file} can't be read: ${messageOf(thrown)}`, thrown);
  }
  if (!/^\d+$/.test(text)) throw corruptFolder(`${file} holds no version of PostgreSQL`);
  if (Number(text) !== majorOf(engine.postgresVersion)) {
    throw new VeilleurError(
      'database_version_mismatch',
      `${pgdata} is of PostgreSQL ${text}, the engine is ${describeEngine(engine)}`,
      { remedy: `install PostgreSQL ${text} again, or dump with it and restore into a new folder` },
    );
  }
}

function explain(thrown: unknown, pgdata: string): unknown {
  if (thrown instanceof VeilleurError) return thrown;
  const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr) : '';
  const line = /(?:error|FATAL):\s*(.+)/.exec(said)?.[1] ?? messageOf(thrown);
  const message = `a database can't be made in ${dirname(pgdata)}: ${line}`;
  if (/No space left|quota exceeded/i.test(line)) {
    return new VeilleurError('disk_full', message, {
      remedy: 'make room on the disk',
      retryable: true,
      cause: thrown,
    });
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only/i.test(line)) {
    return new VeilleurError('data_folder_forbidden', message, {
      remedy: 'give this account the right to write there, or choose another data folder',
      cause: thrown,
    });
  }
  return new VeilleurError('database_not_started', message, {
    remedy: 'see what initdb says; the folder was left as it was before',
    cause: thrown,
  });
}
