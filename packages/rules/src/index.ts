export * from './backtest/index.ts';
export { type CompiledRule, type CompileOptions, compileRule } from './compiled-rule.ts';
export { DeviceWatches, type Fact, type RuleChange, TAKEN_LATE_MS, type Told } from './device-watches.ts';
export { type AlertChange, changesBetween, type Episode, isSameEpisode } from './episode.ts';
export { History } from './history.ts';
export { duration, parseDuration } from './language/duration.ts';
export type { Problem } from './language/problems.ts';
export {
  type BoundedRule,
  type DeviceRule,
  isBounded,
  isDeviceRule,
  type Rule,
  type RuleOf,
  rule as ruleSchema,
  SEVERITIES,
  type Select,
  type Severity,
  WEEKDAYS,
  type When,
} from './language/rule.ts';
export { loadRules, type RulesFile } from './language/rules-file.ts';
export { rulesJsonSchema } from './language/rules-schema.ts';
export * from './notify/index.ts';
export { type DeviceAttributes, isSelected } from './select.ts';
export type { Place } from './signals/signal.ts';
export * from './sites/index.ts';
export { type Put, Tape } from './tape.ts';
export { TEMPLATES, templateNamed } from './templates/index.ts';
export type { Parameter } from './templates/parameter.ts';
export type { Template } from './templates/template.ts';
export { Watch } from './watch.ts';
export type { IsHoliday } from './when.ts';
