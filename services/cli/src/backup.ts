import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, countDataTables, readBackupSource, withSnapshot } from '@veilleur/store';
import { census } from './backup-census.ts';
import { DUMP_FILE, digestOf, MANIFEST_FILE, type Manifest } from './backup-manifest.ts';
import { findPostgresProgram, type PostgresProgram, runPostgresProgram } from './backup-programs.ts';
import type { Output } from './output.ts';

export interface Backup {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Writes a backup into a new folder below `into`: pg_dump's archive, and a manifest of what must be in it,
 * both of one moment of the database, which goes on being written meanwhile. The folder has its name only
 * when it is whole and on disk.
 *
 * @throws VeilleurError `database_empty`, `postgres_program_missing`, `postgres_program_failed`.
 */
export async function backup(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
  { into, now }: { readonly into: string; readonly now: Date },
  output: Output,
): Promise<Backup> {
  const pool = connect(url, { maximum: 2 });
  const folder = join(into, `veilleur-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
  const partial = `${folder}.partial`;
  try {
    const source = await readBackupSource(pool);
    const program = await findPostgresProgram('pg_dump', source.postgresVersion, environment);
    // Readings are personal data: nobody else's business.
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const dumpFile = join(partial, DUMP_FILE);
    const { parts, tables } = await withSnapshot(pool, async (client, snapshot) => ({
      parts: await dump(
        program,
        { url, snapshot, dumpFile, expected: await countDataTables(client) },
        output,
      ),
      tables: await census(client, output),
    }));
    await onDisk(dumpFile);
    const manifest: Manifest = {
      format: 1,
      madeAt: now.toISOString(),
      source: { ...source, migrations: [...source.migrations] },
      dump: { file: DUMP_FILE, ...(await digestOf(dumpFile)), parts, program: `pg_dump ${program.version}` },
      hash: 'sum(hashtextextended(row::text, 0)) mod 2^64',
      tables,
    };
    await writeFile(join(partial, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await onDisk(join(partial, MANIFEST_FILE));
    await rename(partial, folder);
    await onDisk(into);
    return { folder, manifest };
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    throw thrown;
  } finally {
    await pool.end();
  }
}

/** @returns How many tables, partitions and chunks pg_dump took up. */
async function dump(
  program: PostgresProgram,
  {
    url,
    snapshot,
    dumpFile,
    expected,
  }: Readonly<Record<'url' | 'snapshot' | 'dumpFile', string>> & { readonly expected: number },
  output: Output,
): Promise<number> {
  const progress = output.progress('tables and chunks', expected);
  let parts = 0;
  try {
    await runPostgresProgram(
      program,
      ['--format=custom', `--file=${dumpFile}`, `--snapshot=${snapshot}`, '--verbose'],
      {
        url,
        onLine: (line) => {
          if (!line.includes('dumping contents of table')) return;
          parts += 1;
          progress.increment();
        },
      },
    );
    return parts;
  } finally {
    progress.stop();
  }
}

async function onDisk(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
