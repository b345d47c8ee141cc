export { type Census, censusTables, countDataTables, countTable, withSnapshot } from './census.ts';
export {
  createRestoring,
  dropRestoring,
  finishRestore,
  prepareExtension,
  putInPlace,
  type RestoreTarget,
  readRestoreTarget,
} from './restore-target.ts';
export { type BackupSource, readBackupSource } from './source.ts';
