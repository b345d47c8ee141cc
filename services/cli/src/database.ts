import { resolve } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import { runningUrl } from '@veilleur/local-postgres';
import { settingOf } from '@veilleur/runtime';
import { connect, migrate, type Pool } from '@veilleur/store';
import type { Environment } from './command.ts';

/**
 * Where the database is that a command works on: DATABASE_URL, or what the file of DATABASE_URL_FILE holds, as
 * services read it; else the one that `veilleur start` runs on the data folder.
 *
 * @throws VeilleurError `database_unknown`
 * @throws ConfigError where that file cannot be read
 */
export function databaseUrlOf(environment: Environment): string {
  const dataFolder = resolve(environment.DATA_FOLDER || 'data');
  const url = settingOf('DATABASE_URL', environment) || runningUrl(dataFolder);
  if (url) return url;
  throw new VeilleurError(
    'database_unknown',
    `DATABASE_URL is not set, and no database runs on ${dataFolder}`,
    {
      remedy: 'Set DATABASE_URL, or start Veilleur beside this command (npm start).',
    },
  );
}

/**
 * Works on the database of `databaseUrlOf`, its schema brought up to date.
 *
 * @throws VeilleurError `database_unknown`
 */
export async function withDatabase<T>(
  environment: Environment,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = connect(databaseUrlOf(environment), { maximum: 4 });
  try {
    await migrate(pool);
    return await work(pool);
  } finally {
    await pool.end();
  }
}
