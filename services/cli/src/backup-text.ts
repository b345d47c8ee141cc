import type { Language } from '@veilleur/runtime';
import type { Backup } from './backup.ts';
import type { Restored } from './backup-restore.ts';

const TEXTS = {
  en: {
    made: (folder: string) => `${folder} is whole and on disk`,
    holds: (rows: string, tables: number, size: string) => `  ${rows} rows of ${tables} tables in ${size}`,
    of: (source: string, schema: string) => `  of ${source}, schema ${schema}`,
    keep: '  Keep beside it what is no table: .env and secrets, PROFILES_FOLDER, OPERATORS_FILE, NOTIFICATIONS_FILE.',
    restored: (database: string, madeAt: string) => `${database} is again what it was at ${madeAt}`,
    trial: (madeAt: string) => `The backup of ${madeAt} can be restored. The present database is as it was.`,
    compared: (tables: number) => `  ${tables} tables compared: every row is there`,
    notCompared: '  nothing was compared (--no-verify)',
    start: '  Start Veilleur: what the broker kept since is stored, and consumers go on by themselves.',
  },
  fr: {
    made: (folder: string) => `${folder} est complète et sur le disque`,
    holds: (rows: string, tables: number, size: string) => `  ${rows} lignes de ${tables} tables en ${size}`,
    of: (source: string, schema: string) => `  de ${source}, schéma ${schema}`,
    keep: '  Gardez à côté ce qui n’est pas une table : .env et secrets, PROFILES_FOLDER, OPERATORS_FILE, NOTIFICATIONS_FILE.',
    restored: (database: string, madeAt: string) =>
      `${database} est de nouveau ce qu’elle était le ${madeAt}`,
    trial: (madeAt: string) =>
      `La sauvegarde du ${madeAt} peut être restaurée. La base présente n’a pas changé.`,
    compared: (tables: number) => `  ${tables} tables comparées : aucune ligne ne manque`,
    notCompared: '  rien n’a été comparé (--no-verify)',
    start:
      '  Démarrez Veilleur : ce que le courtier a gardé depuis est enregistré, et les consommateurs reprennent seuls.',
  },
} as const;

export function describeBackup({ folder, manifest }: Backup, language: Language): string {
  const t = TEXTS[language];
  const { source, dump, tables } = manifest;
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
  const timescaledb = source.timescaledbVersion === null ? '' : `, TimescaleDB ${source.timescaledbVersion}`;
  return [
    t.made(folder),
    t.holds(rows.toLocaleString(language), Object.keys(tables).length, sizeText(dump.bytes)),
    t.of(`PostgreSQL ${source.postgresVersion}${timescaledb}`, source.migrations.at(-1)?.name ?? ''),
    t.keep,
  ].join('\n');
}

export function describeRestore({ manifest, verified, inPlace }: Restored, language: Language): string {
  const t = TEXTS[language];
  const compared = verified ? t.compared(Object.keys(manifest.tables).length) : t.notCompared;
  return inPlace
    ? [t.restored(manifest.source.database, manifest.madeAt), compared, t.start].join('\n')
    : [t.trial(manifest.madeAt), compared].join('\n');
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
