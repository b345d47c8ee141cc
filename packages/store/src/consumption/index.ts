export { withTransaction } from '../with-transaction.ts';
export {
  clearDirtyPoints,
  type DirtyPoint,
  dirtyAmong,
  hurryDirtyPoints,
  type PointChoice,
  putOffDirtyPoint,
  takeDirtyPoints,
} from './dirty-points.ts';
export {
  type HeldConsumption,
  heldConsumption,
  pointsAmong,
} from './held-consumption.ts';
export {
  correctInstallation,
  type InstallationCorrection,
  type InstallationRecord,
  type InstallationTerms,
  install,
  installationsOf,
  swapDevice,
  withdrawInstallation,
} from './installations.ts';
export {
  forgetHours,
  forgetRuns,
  JobFailure,
  type JobOutcome,
  type LastRun,
  lastRuns,
  markDueEstimates,
  markUnsettled,
  runJob,
} from './jobs.ts';
export { type DirtyFigures, dirtyFigures, markChangedPoints, markPoints } from './mark-dirty.ts';
export { pointsOfOperator } from './operator-points.ts';
export {
  beginImport,
  type ImportPortion,
  type ImportRun,
  type NewOperatorFact,
  type NewOperatorReading,
  OperatorReadingWriter,
  operatorFacts,
  unknownPoints,
} from './operator-readings.ts';
export {
  addPoint,
  findPoint,
  listPoints,
  type MeteringPoint,
  type NewPoint,
  POINT_KINDS,
  type PointKind,
  type PointStory,
  pointId,
  pointStory,
} from './points.ts';
export {
  BALANCE_BUCKETS,
  type BalanceBucket,
  type BalanceQuery,
  balanceOfPoint,
  type PointBalance,
  type SomeParts,
} from './query-balance.ts';
export {
  type ConsumptionBucket,
  type ConsumptionQuery,
  consumptionOfPoint,
  consumptionOfSite,
  type SiteConsumption,
} from './query-consumption.ts';
export { type PointRecord, recordPoints, recordSites } from './record-points.ts';
export {
  type DeviceReadings,
  type OperatorReadingRow,
  type ReadingSpan,
  type RegisterReadings,
  readingsOf,
  type Surroundings,
  surroundingsOf,
} from './register-readings.ts';
export {
  type Register,
  registersOf,
  type SettledRegister,
  type StandingDevice,
  writeRegisters,
} from './registers.ts';
export { findSite, listSites, type NewSite, putSite, SITE_KINDS, type Site, type SiteKind } from './sites.ts';
export {
  BUCKETS,
  type BucketName,
  ConsumptionWriter,
  type SettledBucket,
  type SettledSpan,
  settledBuckets,
  type WrittenConsumption,
  writeFindings,
} from './write-consumption.ts';
