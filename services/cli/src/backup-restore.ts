import { join } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import {
  type Census,
  createRestoring,
  dropRestoring,
  finishRestore,
  prepareExtension,
  putInPlace,
  type RestoreTarget,
  readRestoreTarget,
  withSnapshot,
} from '@veilleur/store';
import { census } from './backup-census.ts';
import { type Manifest, readManifest, requireWhole } from './backup-manifest.ts';
import { findPostgresProgram, majorOf, runPostgresProgram } from './backup-programs.ts';
import type { Output } from './output.ts';

export interface RestoreOptions {
  readonly folder: string;
  /** Drop what the database holds now, once the backup is restored beside it. */
  readonly replace: boolean;
  /** Compare every table with the manifest. */
  readonly verify: boolean;
  /** Restore beside, compare, and drop it again: nothing of the present database changes. */
  readonly trial: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly verified: boolean;
  readonly inPlace: boolean;
}

/**
 * Makes the database of `url` what the backup says. It is restored into a database beside, compared there,
 * and takes the name of the present one only then: what fails leaves everything as it was.
 *
 * @throws VeilleurError `backup_unreadable`, `backup_damaged`, `restore_over_data`, `database_in_use`,
 *   `restore_unfit` (the server cannot hold it), `restore_differs`, `postgres_program_*`.
 */
export async function restore(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
  { folder, replace, verify, trial }: RestoreOptions,
  output: Output,
): Promise<Restored> {
  const manifest = await readManifest(folder);
  await requireWhole(folder, manifest);
  const target = await readRestoreTarget(url);
  requireFit(manifest, target);
  if (!trial) requireFree(target, replace);
  const program = await findPostgresProgram('pg_restore', pgDumpVersionOf(manifest, target), environment);

  const { timescaledbVersion: version, edition } = manifest.source;
  const restoringUrl = await createRestoring(url, ownerFor(manifest, target));
  try {
    if (version !== null) await prepareExtension(restoringUrl, { version, edition });
    await fill(program, restoringUrl, { folder, manifest, target }, output);
    await finishRestore(restoringUrl, version !== null, async (pool) => {
      if (verify) requireSame(manifest, await withSnapshot(pool, (client) => census(client, output)));
    });
    if (!trial) await putInPlace(url);
    return { manifest, verified: verify, inPlace: !trial };
  } finally {
    await dropRestoring(url);
  }
}

async function fill(
  program: Awaited<ReturnType<typeof findPostgresProgram>>,
  url: string,
  { folder, manifest, target }: { folder: string; manifest: Manifest; target: RestoreTarget },
  output: Output,
): Promise<void> {
  const owns = target.roles.includes(manifest.source.owner) && target.isSuperuser;
  const progress = output.progress('tables and chunks', manifest.dump.parts);
  const restored = (line: string) => {
    if (line.includes('processing data for table')) progress.increment();
  };
  try {
    // One after the other: TimescaleDB's catalogue is not restored rightly by several jobs at once.
    await runPostgresProgram(
      program,
      [
        '--exit-on-error',
        '--verbose',
        '--no-comments',
        ...(owns ? [] : ['--no-owner', '--no-acl']),
        join(folder, manifest.dump.file),
      ],
      { url, onLine: restored },
    );
  } finally {
    progress.stop();
  }
}

function ownerFor({ source }: Manifest, target: RestoreTarget): string {
  const wished = target.present?.owner ?? source.owner;
  return target.roles.includes(wished) ? wished : target.user;
}

/** pg_restore must be as new as the pg_dump that wrote, and as the server. */
function pgDumpVersionOf({ dump }: Manifest, { postgresVersion }: RestoreTarget): string {
  const written = dump.program.replace(/^pg_dump /, '');
  return majorOf(written) > majorOf(postgresVersion) ? written : postgresVersion;
}

function requireFit({ source }: Manifest, target: RestoreTarget): void {
  const unfit = (message: string, remedy: string) => new VeilleurError('restore_unfit', message, { remedy });
  if (!target.mayCreate) {
    throw unfit(
      'the user of DATABASE_URL may not create databases',
      'Restore as a superuser of the server, or: alter role ... createdb.',
    );
  }
  if (majorOf(target.postgresVersion) < majorOf(source.postgresVersion)) {
    throw unfit(
      `the backup is of PostgreSQL ${source.postgresVersion}, and this server is ${target.postgresVersion}`,
      `Restore into PostgreSQL ${majorOf(source.postgresVersion)} or newer.`,
    );
  }
  if (source.timescaledbVersion === null) return;
  if (!target.timescaledbVersions.includes(source.timescaledbVersion)) {
    const there = target.timescaledbVersions.join(', ') || 'none that is loaded';
    throw unfit(
      `the backup needs TimescaleDB ${source.timescaledbVersion}, and this server offers ${there}`,
      'Install this very version, with shared_preload_libraries = timescaledb, restore, and update the extension then.',
    );
  }
  if (!target.isSuperuser) {
    throw unfit(
      'the user of DATABASE_URL is no superuser, and the catalogue of TimescaleDB is restored by one alone',
      'Restore with the URL of a superuser: the tables belong to their owner afterwards as before.',
    );
  }
}

function requireFree({ database, present }: RestoreTarget, replace: boolean): void {
  if (present === null) return;
  if (present.tables > 0 && !replace) {
    throw new VeilleurError('restore_over_data', `the database ${database} holds ${present.tables} tables`, {
      remedy: 'Name an empty database in DATABASE_URL, or say --replace: what it holds is lost then.',
    });
  }
  if (present.users.length > 0) {
    throw new VeilleurError(
      'database_in_use',
      `${present.users.join(', ')} connected with the database ${database}`,
      {
        remedy: 'Stop Veilleur, Grafana and whoever else reads it, and restore again.',
        retryable: true,
      },
    );
  }
}

const SHOWN = 5;

function requireSame({ tables }: Manifest, found: Census): void {
  const differing = [...new Set([...Object.keys(tables), ...Object.keys(found)])].flatMap((table) => {
    const [then, now] = [tables[table], found[table]];
    if (then?.hash === now?.hash && then?.rows === now?.rows) return [];
    return [`${table}: ${then?.rows ?? 'no'} rows then, ${now?.rows ?? 'no'} now`];
  });
  if (differing.length === 0) return;
  throw new VeilleurError(
    'restore_differs',
    `${differing.length} tables are not what the backup says: ${differing.slice(0, SHOWN).join('; ')}`,
    { remedy: 'Keep the present database, and try another backup: this one was not put in place.' },
  );
}
