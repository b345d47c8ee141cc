export { type DatabaseFacts, databaseFacts } from './query-database.ts';
export {
  assignProfile,
  type DeviceSummary,
  devicesOfProfile,
  type FrameLedger,
  findDevice,
  frameLedger,
  type LatestMeasurement,
  latestMeasurements,
  latestOfEachMedium,
  listDevices,
  type MediumSample,
} from './query-devices.ts';
export {
  type MeasurementPoint,
  measurements,
  measurementsByPeriod,
  PERIODS,
  type Period,
  type PeriodSummary,
} from './query-measurements.ts';
