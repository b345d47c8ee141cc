import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
export const DUMP_FILE = 'database.dump';

const MANIFEST = z.object({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  source: z.object({
    postgresVersion: z.string(),
    timescaledbVersion: z.string().nullable(),
    edition: z.enum(['plain', 'timescaledb-apache', 'timescaledb-community']),
    database: z.string(),
    owner: z.string(),
    migrations: z.array(z.object({ name: z.string(), sha256: z.string() })).min(1),
  }),
  dump: z.object({
    file: z.literal(DUMP_FILE),
    bytes: z.number().int(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Tables, partitions and chunks with their rows. */
    parts: z.number().int(),
    program: z.string(),
  }),
  hash: z.literal('sum(hashtextextended(row::text, 0)) mod 2^64'),
  tables: z.record(
    z.string(),
    z.object({ rows: z.number().int(), hash: z.string().regex(/^[0-9a-f]{16}$/) }),
  ),
});

/** What a backup says of itself: where it is from, and what must be in it. */
export type Manifest = z.output<typeof MANIFEST>;

/** @throws VeilleurError `backup_unreadable` where the folder holds no whole backup. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return MANIFEST.parse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new VeilleurError('backup_unreadable', `${folder} is no backup that this version reads: ${what}`, {
      remedy: `Name the folder that veilleur backup made: it holds ${MANIFEST_FILE} and ${DUMP_FILE}.`,
      cause,
    });
  }
}

/** @throws VeilleurError `backup_damaged` where the dump is not the one that was written. */
export async function requireWhole(folder: string, { dump }: Manifest): Promise<void> {
  const file = join(folder, dump.file);
  const found = await digestOf(file).catch((cause: unknown) => {
    throw damaged(`${file} cannot be read: ${messageOf(cause)}`);
  });
  if (found.bytes !== dump.bytes) {
    throw damaged(`${file} has ${found.bytes} bytes, and had ${dump.bytes} when it was written`);
  }
  if (found.sha256 !== dump.sha256) throw damaged(`${file} does not have the checksum of its manifest`);
}

function damaged(message: string): VeilleurError {
  return new VeilleurError('backup_damaged', message, {
    remedy: 'Take another copy of this backup, or an earlier backup.',
  });
}

/** SHA-256 and length of a file. */
export async function digestOf(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}
