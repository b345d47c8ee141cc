export * from './alerts/index.ts';
export * from './backup/index.ts';
export type {
  BatchEntry,
  BatchOutcome,
  Decoding,
  DeviceEventEntry,
  EntryOutcome,
  EventTime,
  FrameEntry,
  QuarantineEntry,
} from './batch.ts';
export { connect, isTransient, type Pool, requireDurableCommits } from './connect.ts';
export * from './consumption/index.ts';
export { drawDataModel } from './data-model/draw.ts';
export * from './keys/index.ts';
export { accountForFrames, type EvidenceSource, type FrameAccount } from './ledger/account.ts';
export { isInGap } from './ledger/explain-gaps.ts';
export {
  type CountedUplinks,
  type DeviceLedger,
  type Gap,
  LEDGER_STATES,
  type LedgerState,
  type LostSpan,
  type Why,
} from './ledger/ledger.ts';
export { type Edition, type MigrationReport, migrate, migrationFiles } from './migrate.ts';
export * from './queries.ts';
export {
  type ChangedValue,
  type DeviceRedecode,
  type Redecoded,
  type RedecodeOptions,
  redecodeDevice,
} from './redecode.ts';
export type { StoredFrame } from './redecode-rows.ts';
export * from './reference/index.ts';
export * from './retention/index.ts';
export { StaleProfileError } from './stale-profile-error.ts';
export * from './tail/index.ts';
export { type ProfileIdentity, Writer } from './writer.ts';
