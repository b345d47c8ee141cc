export { readQuantityIds } from '../quantity-ids.ts';
export { advancedTo, lastChange, nextGeneration, noteAdvanced } from './alert-partition.ts';
export { type ChangedFacts, type MeasuredFact, readChangedFacts } from './changed-facts.ts';
export { type ClearReason, clearOfRemovedRules } from './clear-alerts.ts';
export { type AttributesOfDevice, attributesOfDevices, nextDevices } from './device-attributes.ts';
export {
  lastTold,
  type PastsOfDevices,
  type PastsWanted,
  pastsOfDevices,
  type WantedPast,
} from './device-pasts.ts';
export { type AlertOfDigest, alertsOfDigest, isInOutbox, writeDigest } from './digests.ts';
export { type GatewayHearing, hearGateways, lastReceivers, newestHearing } from './gateways.ts';
export {
  alertsRevision,
  everyDevice,
  type GroupAlert,
  groupAlerts,
  type MemberAlert,
  memberAlerts,
} from './group-alerts.ts';
export { type HeldAlert, heldAlerts } from './held-alerts.ts';
export * from './outbox.ts';
export * from './person-acts.ts';
export * from './planning.ts';
export * from './query-alerts.ts';
export * from './query-facts.ts';
export { type RaisedAlert, raisedAlerts } from './raised-alerts.ts';
export {
  givesWay,
  type PutRules,
  putRules,
  RULES_CHANNEL,
  type RuleInForce,
  type RuleOrigin,
  rulesInForce,
  rulesRevision,
  type StoredRule,
} from './rules.ts';
export * from './site-watches.ts';
export {
  ALERT_CHANNEL,
  type AlertWrite,
  type EngineStepKind,
  type FoundEpisode,
  type NewAlertStep,
  writeAlerts,
} from './write-alerts.ts';
