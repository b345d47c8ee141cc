import { VeilleurError } from '@veilleur/domain';
import type { DataRecord } from './data-folder.ts';
import { describeEngine, type Engine, majorOf } from './engine.ts';

/**
 * The engine for a data folder: the one that made its data, or the best for new data.
 * @throws `database_engine_missing` when there is none for it
 */
export function chooseEngine(
  record: DataRecord | null,
  engines: readonly Engine[],
  wanted: Engine | undefined,
): Engine {
  const candidates = wanted === undefined ? engines : [wanted];
  if (record === null) {
    const best = candidates[0];
    if (best !== undefined) return best;
    throw new VeilleurError(
      'database_engine_missing',
      'this machine has no PostgreSQL that Veilleur can start',
      {
        remedy:
          'run infra/timescaledb/install.sh, or npm install with optional dependencies, or set DATABASE_URL',
      },
    );
  }
  const fitting = candidates.filter((engine) => canOpen(engine, record));
  const chosen = fitting.find((engine) => engine.kind === record.kind) ?? fitting[0];
  if (chosen !== undefined) return chosen;
  const offered = candidates.map(describeEngine).join(', ') || 'none';
  throw new VeilleurError(
    'database_engine_missing',
    `the data was made by ${describeEngine(record)}; this machine offers: ${offered}`,
    { remedy: remedyFor(record) },
  );
}

/**
 * Data moves between the engines of one major version, as from `relocated` to `debian` when the machine
 * is upgraded to Debian 13. Data made with TimescaleDB needs it ever after; data made without stays
 * without, for its tables are of the other layout.
 */
function canOpen(engine: Engine, record: DataRecord): boolean {
  return (
    majorOf(engine.postgresVersion) === majorOf(record.postgresVersion) &&
    (engine.timescaledbVersion === null) === (record.timescaledbVersion === null)
  );
}

function remedyFor(record: DataRecord): string {
  switch (record.kind) {
    case 'debian':
    case 'relocated':
      return 'run infra/timescaledb/install.sh (VEILLEUR_CACHE must be what it was then), or choose another data folder';
    case 'embedded':
      return 'run npm install with optional dependencies, or choose another data folder';
  }
}
