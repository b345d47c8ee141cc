import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import type { Engine } from './engine.ts';

/** PostgreSQL's settings by name, as in `{ work_mem: '16MB' }`. */
export type Settings = Readonly<Record<string, string>>;

/**
 * For a small machine that does other things too. Durability (fsync, synchronous_commit) keeps
 * PostgreSQL's own defaults: on.
 */
const everywhere: Settings = {
  max_connections: '60',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // One statement over a year of partitions locks each of them and each of their indexes.
  max_locks_per_transaction: '256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  password_encryption: 'scram-sha-256',
  // TCP alone: a socket's folder would have to be found, writable and short.
  unix_socket_directories: '',
};

const withTimescaledb: Settings = {
  shared_preload_libraries: 'timescaledb',
  'timescaledb.telemetry_level': 'off',
  // A scheduler for each database that has the extension: test suites make many.
  'timescaledb.max_background_workers': '16',
  max_worker_processes: '32',
};

/** Included by the end of postgresql.conf, so that `alter system` still has the last word. */
const fileName = 'veilleur.conf';

/** What initdb's postgresql.conf gets appended, once. */
export const includeLine = `\n# Settings of Veilleur, written anew at each start. Your own: alter system set ...\ninclude_if_exists '${fileName}'\n`;

/** Later ones win over earlier ones: ours, then the caller's. */
export function settingsFor(engine: Engine, wanted: Settings): Settings {
  return { ...everywhere, ...(engine.timescaledbVersion === null ? {} : withTimescaledb), ...wanted };
}

/** The lines of a configuration file of PostgreSQL. */
function renderSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || /[\r\n]/.test(value)) {
        throw new VeilleurError('database_setting_invalid', `${name} is not a setting of PostgreSQL`, {
          remedy: 'correct its name or value',
        });
      }
      return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`;
    })
    .join('');
}

/** The file belongs to the caller; the server only reads it, and it holds no secret. */
export function writeSettings(pgdata: string, settings: Settings): void {
  writeFileSync(join(pgdata, fileName), renderSettings(settings), { mode: 0o644 });
}
