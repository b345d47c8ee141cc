import { VeilleurError } from '@veilleur/domain';
import { corruptFolder } from './data-folder.ts';

/** Where a start went wrong. */
export interface StartAttempt {
  readonly pgdata: string;
  readonly port: number;
  readonly logFile: string;
}

type Explain = (line: string, attempt: StartAttempt) => VeilleurError;

/**
 * What the server says in its log when it gives up, and what the person can do. The first match wins;
 * messages are English, for the server runs with lc_messages = C.
 */
const explanations: readonly (readonly [RegExp, Explain])[] = [
  [
    /could not bind .*Permission denied/,
    (_, { port }) =>
      new VeilleurError('port_forbidden', `port ${port} of 127.0.0.1 may not be used by this account`, {
        remedy: 'choose a port above 1023',
      }),
  ],
  [
    /could not bind .*in use/,
    (_, { port }) =>
      new VeilleurError('port_in_use', `port ${port} of 127.0.0.1 is taken`, {
        remedy: 'stop the program that listens there, or choose another port',
        retryable: true,
      }),
  ],
  [
    /database files are incompatible with server/,
    (line, { pgdata }) =>
      new VeilleurError('database_version_mismatch', `${pgdata} is of another PostgreSQL: ${line}`, {
        remedy: 'start with the engine that made it, or dump with that one and restore into a new folder',
      }),
  ],
  [
    /lock file "postmaster.pid" already exists|pre-existing shared memory block/,
    (line, { pgdata }) =>
      new VeilleurError('data_folder_in_use', `a server is running on ${pgdata}: ${line}`, {
        remedy: 'stop the program that started it, or choose another data folder',
        retryable: true,
      }),
  ],
  [
    /Permission denied|has wrong ownership|has invalid permissions/,
    (line, { pgdata }) =>
      new VeilleurError('data_folder_forbidden', `PostgreSQL can't use ${pgdata}: ${line}`, {
        remedy:
          'give the files back to their account (mode 700 for the folder), or choose another data folder',
      }),
  ],
  [
    /No space left on device|Disk quota exceeded/,
    (line) => new VeilleurError('disk_full', line, { remedy: 'make room on the disk', retryable: true }),
  ],
  [
    /Cannot allocate memory|could not map anonymous shared memory|could not create shared memory/,
    (line) =>
      new VeilleurError('memory_short', line, { remedy: 'free memory, or lower the setting shared_buffers' }),
  ],
  [
    /configuration parameter|invalid value for parameter|contains errors|syntax error in file|is outside the valid range/,
    (line) =>
      new VeilleurError('database_setting_invalid', line, {
        remedy: 'correct the setting; one made with alter system stands in postgresql.auto.conf',
      }),
  ],
  [
    /could not (load library|access file)/,
    (line) =>
      new VeilleurError('database_engine_missing', `a library of the engine is missing: ${line}`, {
        remedy: 'install the engine again (infra/timescaledb/install.sh, or npm install)',
      }),
  ],
];

/** The error for a server that ended before it was ready, from what it logged since. */
export function explainFailure(logged: string, attempt: StartAttempt): VeilleurError {
  const complaints = logged
    .split('\n')
    .filter((line) => /\b(FATAL|PANIC|ERROR|WARNING|LOG|DETAIL):|^postgres: /.test(line));
  for (const [pattern, explain] of explanations) {
    const line = complaints.find((complaint) => pattern.test(complaint));
    if (line !== undefined) return explain(withoutPrefix(line), attempt);
  }
  const fatal = complaints.find((line) => /\b(FATAL|PANIC):|^postgres: /.test(line));
  if (fatal !== undefined) {
    return corruptFolder(`PostgreSQL can't start on ${attempt.pgdata}: ${withoutPrefix(fatal)}`);
  }
  return new VeilleurError(
    'database_not_started',
    `PostgreSQL ended without a word; its log is ${attempt.logFile}`,
    {
      remedy: 'look into the log, and into the journal of the system: was it killed for want of memory?',
      retryable: true,
    },
  );
}

/** `2026-11-23 02:52:16 UTC [10321] FATAL:  could not` becomes `could not`. */
function withoutPrefix(line: string): string {
  return line.replace(/^.*?\b(?:FATAL|PANIC|ERROR|WARNING|LOG|DETAIL):\s+/, '').replace(/^postgres: /, '');
}
