export { describeEngine, type Engine, type EngineKind, findEngines } from './engine.ts';
export {
  type LocalPostgres,
  type LocalPostgresOptions,
  removeLocalPostgres,
  startLocalPostgres,
} from './local-postgres.ts';
export { runningUrl } from './running-url.ts';
export type { Settings } from './settings.ts';
