export { type AlertingDependencies, type AlertingService, startAlerting } from './alerting.ts';
export { type AlertingConfig, type AlertingProgramConfig, readAlertingConfig } from './config.ts';
export { type LeaderOptions, lead } from './leader.ts';
export { main } from './main.ts';
export * from './notify/index.ts';
export { PartitionEngine } from './partition-engine.ts';
export type { PartitionOptions } from './partition-options.ts';
export { compileRules, type RuleSet } from './rule-set.ts';
export { loadRulesFile, readRulesFile } from './rules-source.ts';
