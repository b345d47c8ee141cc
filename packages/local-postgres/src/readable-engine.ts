import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import { describeEngine, type Engine } from './engine.ts';
import { canReach, type ServerAccount } from './server-account.ts';

/** Copies for another account lie here, one a version. */
const sharedFolder = '/var/cache/veilleur';

/**
 * The engine as the account can run it. A checkout in /root (mode 700) hides npm's programs from every
 * other account: they are copied once to a folder that all may read; nobody's permissions are changed.
 * @throws `database_engine_unreadable` when there is nothing to copy
 */
export function engineFor(account: ServerAccount, engine: Engine, log: (line: string) => void): Engine {
  restoreLinks(engine);
  if (account.kind === 'ourselves' || canReach(account, join(engine.programFolder, 'postgres')))
    return engine;
  const { treeFolder } = engine;
  if (treeFolder === null) {
    throw new VeilleurError(
      'database_engine_unreadable',
      `the account ${account.name} can't run ${join(engine.programFolder, 'postgres')}`,
      { remedy: 'name an account that can in VEILLEUR_POSTGRES_USER' },
    );
  }
  const copy = join(sharedFolder, copyName(engine));
  if (!existsSync(copy)) {
    log(
      `copying ${describeEngine(engine)} to ${copy}, for the account ${account.name} can't read ${treeFolder}`,
    );
    copyReadable(treeFolder, copy);
  }
  return {
    ...engine,
    treeFolder: copy,
    programFolder: join(copy, relative(treeFolder, engine.programFolder)),
  };
}

function copyName(engine: Engine): string {
  const timescaledb = engine.timescaledbVersion === null ? '' : `-timescaledb-${engine.timescaledbVersion}`;
  return `${engine.kind}-postgres-${engine.postgresVersion}${timescaledb}`;
}

/** The copy appears whole or not at all, also when two processes make it at once. */
function copyReadable(from: string, to: string): void {
  const partial = `${to}.partial-${process.pid}`;
  makePublicFolder(dirname(to));
  rmSync(partial, { recursive: true, force: true });
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  openForReading(partial);
  try {
    renameSync(partial, to);
  } catch (thrown) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(to)) throw thrown;
  }
}

/** Makes the folder, readable for all whatever the umask; leaves one that exists as it is. */
export function makePublicFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}

function openForReading(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const executable = stat.isDirectory() || (stat.mode & 0o100) !== 0;
  chmodSync(path, executable ? 0o755 : 0o644);
  if (stat.isDirectory()) for (const entry of readdirSync(path)) openForReading(join(path, entry));
}

/**
 * npm packages hold no symbolic links: the embedded engine's install script makes those of its
 * libraries. Where npm runs no scripts (`--ignore-scripts`) they are made here.
 */
function restoreLinks(engine: Engine): void {
  if (engine.kind !== 'embedded' || engine.treeFolder === null) return;
  const list = join(engine.treeFolder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  const packageFolder = dirname(engine.treeFolder);
  for (const { source, target } of links) {
    const link = join(packageFolder, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}
