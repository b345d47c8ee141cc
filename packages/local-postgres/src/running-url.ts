import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolderAt, pgdataOf, readPassword, readRecord } from './data-folder.ts';
import { urlOf } from './database.ts';
import { superuser } from './initialise.ts';
import { processesIn } from './process-table.ts';

/**
 * The address of the server that another program of ours runs on a data folder; null where none runs.
 * Holds the password: never to be logged.
 */
export function runningUrl(dataFolder: string, database = 'veilleur'): string | null {
  const files = dataFolderAt(dataFolder);
  const record = readRecord(files);
  if (record === null) return null;
  const pgdata = pgdataOf(files, record);
  if (processesIn(pgdata).length === 0) return null;
  const port = portOf(pgdata);
  return port === null ? null : urlOf({ port, user: superuser, password: readPassword(files) }, database);
}

/** The fourth line of postmaster.pid. */
function portOf(pgdata: string): number | null {
  try {
    const port = Number(readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n')[3]);
    return port > 0 ? port : null;
  } catch {
    return null;
  }
}
