export { type DatabaseFacts, databaseFacts } from './query-database.ts';
export {
  assignProfile,
  type DeviceRegistration,
  type DeviceSummary,
  devicesOfProfile,
  type FirstFrameFacts,
  type FrameLedger,
  findDevice,
  firstFrameFacts,
  frameLedger,
  type LatestMeasurement,
  latestMeasurements,
  latestOfEachMedium,
  listDevices,
  type MediumSample,
  registerDevice,
} from './query-devices.ts';
export {
  type HeldFrame,
  type HeldMeasurement,
  type HeldQuarantine,
  type HoldingsSpan,
  heldEvents,
  heldFrames,
  heldInQuarantine,
  heldMeasurements,
  holdsFrames,
  presentOf,
  type SessionHoldings,
  type StoredSince,
  sessionHoldings,
  storedAt,
  storedSince,
  tailEnd,
} from './query-holdings.ts';
export {
  busiestRate,
  gapsOf,
  heardTimes,
  type LedgerSpan,
  type LedgerTotals,
  ledgerOfDevices,
  refusedCounters,
} from './query-ledger.ts';
export { areStored, type RecordedUplink, storedCounts } from './query-lns-record.ts';
export {
  type MeasurementPoint,
  measurements,
  measurementsByPeriod,
  PERIODS,
  type Period,
  type PeriodSummary,
} from './query-measurements.ts';
export { countHeard, type DeviceNow, devicesNow, type HeardCounts } from './query-overview.ts';
export {
  clockSkew,
  type ServerSettings,
  type StoredSizes,
  serverSettings,
  storedSizes,
} from './query-server.ts';
