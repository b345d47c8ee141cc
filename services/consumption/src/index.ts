export { type ConsumptionConfig, type ConsumptionProgramConfig, readConsumptionConfig } from './config.ts';
export { type ConsumptionDependencies, type ConsumptionService, startConsumption } from './consumption.ts';
export { type Imported, type ImportProblem, type ImportTarget, importReadings } from './import-readings.ts';
export type { Job } from './jobs.ts';
export { main } from './main.ts';
export { type OperatorSource, readOperatorsFile } from './operators-file.ts';
export { pullJobs, pullNow } from './pull-jobs.ts';
export type { FailedPoint, PullDetail } from './pull-tally.ts';
export {
  dueForRetention,
  type RetentionConfig,
  readRetentionConfig,
  retain,
} from './retention.ts';
export { type SettledBatch, Settler, type SettlerOptions } from './settler.ts';
