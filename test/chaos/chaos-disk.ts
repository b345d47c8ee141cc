import { execFile } from 'node:child_process';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from '@veilleur/store';

/** Where the database lies, and how that place gets full. */
export interface ChaosDisk {
  /** `tmpfs`: a file system of its own, filled to the last byte. `injected`: the server is made to say so. */
  readonly kind: 'tmpfs' | 'injected';
  readonly folder: string;
  fill(pool: Pool): Promise<void>;
  empty(pool: Pool): Promise<void>;
  remove(): Promise<void>;
}

const run = promisify(execFile);

/** A small file system where the right to mount one exists, else a folder of the machine's. */
export async function makeChaosDisk(folder: string, megabytes: number): Promise<ChaosDisk> {
  await mkdir(folder, { mode: 0o755 });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  } catch {
    return injected(folder);
  }
  const ballast = join(folder, 'ballast');
  return {
    kind: 'tmpfs',
    folder,
    fill: async (pool) => {
      const { bavail, bsize } = await statfs(folder);
      // The server goes on writing meanwhile: what is left of the last pages is taken page by page.
      await run('fallocate', ['-l', String(bavail * bsize), ballast]).catch(() =>
        run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k']).catch(() => undefined),
      );
      await expectRefusal(pool);
    },
    empty: () => rm(ballast, { force: true }),
    remove: async () => {
      await run('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws When 40 MB can be written all the same: a full disk that nobody notices would prove nothing. */
async function expectRefusal(pool: Pool): Promise<void> {
  const written = await pool
    .query('create table chaos_ballast as select repeat(md5(i::text), 60) from generate_series(1, 20000) i')
    .then(
      () => true,
      () => false,
    );
  if (written) throw new Error('the disk is not full');
}

/** Without the right to mount: every new frame meets SQLSTATE 53100, the server's own words for a full disk. */
function injected(folder: string): ChaosDisk {
  return {
    kind: 'injected',
    folder,
    fill: async (pool) => {
      await pool.query(`
        create or replace function chaos_disk_full() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
        create or replace trigger chaos_disk_full before insert on frame
          for each row execute function chaos_disk_full()`);
    },
    empty: async (pool) => {
      await pool.query('drop trigger if exists chaos_disk_full on frame');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
