import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Engine, EngineKind } from './engine.ts';
import { makePublicFolder } from './readable-engine.ts';
import { canReach, type ServerAccount } from './server-account.ts';

/**
 * What engine.json keeps: which engine made the data, and where the data is.
 * `pgdata` is relative to the data folder when it lies in it, so that the folder can be moved.
 */
export interface DataRecord {
  readonly kind: EngineKind;
  readonly postgresVersion: string;
  readonly timescaledbVersion: string | null;
  readonly createdAt: string;
  readonly pgdata: string;
  /** `initialising` until the data is whole: what a killed first start left is begun anew. */
  readonly state: 'initialising' | 'ready';
}

/** The files of one data folder. */
export interface DataFolder {
  readonly folder: string;
  readonly recordFile: string;
  readonly passwordFile: string;
  readonly logFile: string;
  /** Who started the server that runs now; see leftover-server.ts. */
  readonly runningFile: string;
}

/**
 * Makes the folder when it isn't there.
 * @throws `data_folder_forbidden` when it can't be made or written
 */
export function openDataFolder(path: string): DataFolder {
  const files = dataFolderAt(path);
  try {
    mkdirSync(files.folder, { recursive: true });
    accessSync(files.folder, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new VeilleurError(
      'data_folder_forbidden',
      `the data folder ${files.folder} can't be written: ${messageOf(thrown)}`,
      { remedy: 'give this account the right to write there, or choose another data folder', cause: thrown },
    );
  }
  return files;
}

/** The paths only; nothing is made. */
export function dataFolderAt(path: string): DataFolder {
  const folder = resolve(path);
  return {
    folder,
    recordFile: join(folder, 'engine.json'),
    passwordFile: join(folder, 'password'),
    logFile: join(folder, 'postgres.log'),
    runningFile: join(folder, 'running.json'),
  };
}

/**
 * Where new data goes: into the data folder, or, when the server's account can't get there (a folder
 * below /root, a `mktemp -d`), to /var/lib/veilleur under a name that the wanted path determines.
 */
export function placeNewData(files: DataFolder, account: ServerAccount): string {
  if (canReach(account, files.folder)) return 'pgdata';
  const digest = createHash('sha256').update(files.folder).digest('hex').slice(0, 8);
  const serverFolder = join('/var/lib/veilleur', `${basename(files.folder)}-${digest}`);
  makePublicFolder('/var/lib/veilleur');
  makePublicFolder(serverFolder);
  return join(serverFolder, 'pgdata');
}

/** The absolute path of the data. */
export function pgdataOf(files: DataFolder, record: DataRecord): string {
  return isAbsolute(record.pgdata) ? record.pgdata : join(files.folder, record.pgdata);
}

/** Null for a folder that no engine has used yet. */
export function readRecord(files: DataFolder): DataRecord | null {
  if (!existsSync(files.recordFile)) {
    if (!existsSync(join(files.folder, 'pgdata'))) return null;
    throw corruptFolder(`${files.recordFile} is missing, but there is data beside it`);
  }
  try {
    return parseRecord(readFileSync(files.recordFile, 'utf8'));
  } catch (thrown) {
    throw corruptFolder(`${files.recordFile} can't be read: ${messageOf(thrown)}`);
  }
}

export function writeRecord(files: DataFolder, record: DataRecord): void {
  const partial = `${files.recordFile}.partial`;
  writeFileSync(partial, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(partial, files.recordFile);
}

/** The record of data that the engine is about to make. */
export function newRecord(engine: Engine, pgdata: string): DataRecord {
  const { kind, postgresVersion, timescaledbVersion } = engine;
  const createdAt = new Date().toISOString();
  return { kind, postgresVersion, timescaledbVersion, createdAt, pgdata, state: 'initialising' };
}

/** A new password of 192 bits that only this account can read from its file. */
export function makePassword(files: DataFolder): string {
  const password = randomBytes(24).toString('base64url');
  writeFileSync(files.passwordFile, `${password}\n`, { mode: 0o600 });
  return password;
}

/** @throws `database_password_missing` */
export function readPassword(files: DataFolder): string {
  try {
    return readFileSync(files.passwordFile, 'utf8').trim();
  } catch (thrown) {
    throw new VeilleurError(
      'database_password_missing',
      `${files.passwordFile} can't be read: ${messageOf(thrown)}`,
      {
        remedy:
          'bring the file back from a backup of the data folder: the database opens with no other password',
        cause: thrown,
      },
    );
  }
}

export function corruptFolder(message: string, cause?: unknown): VeilleurError {
  return new VeilleurError('database_folder_corrupt', message, {
    remedy: 'restore the data folder from a backup, or move it away to begin with an empty database',
    cause,
  });
}

function parseRecord(text: string): DataRecord {
  const value: Partial<DataRecord> = JSON.parse(text);
  const kinds: readonly unknown[] = ['debian', 'relocated', 'embedded'] satisfies EngineKind[];
  const known =
    kinds.includes(value.kind) &&
    typeof value.postgresVersion === 'string' &&
    (value.timescaledbVersion === null || typeof value.timescaledbVersion === 'string') &&
    typeof value.pgdata === 'string' &&
    (value.state === 'initialising' || value.state === 'ready');
  if (!known) throw new Error('a field is missing or has an unknown value');
  return value as DataRecord;
}
