export { cityDevEui } from './city/city-device.ts';
export { ALERT_EXPECTATIONS, FAULTS_NOT_JUDGED } from './conscience/alert-expectations.ts';
export { alertTruth } from './conscience/alert-truth.ts';
export type {
  Comparison,
  ComparisonContext,
  ComparisonResult,
  Finding,
  HeldConsumption,
  Holdings,
} from './conscience/comparison.ts';
export { COMPARISONS, judge, type Verdict } from './conscience/conscience.ts';
export { type Expectation, type FoundAlert, judgeAlerts, type KindScore } from './conscience/judge-alerts.ts';
export type { Knowledge } from './conscience/knowledge.ts';
export { type DemoCounts, type DemoOptions, type RunningDemo, runDemo } from './demo.ts';
export { DEMO_EVERY_S, demoPlan } from './demo-plan.ts';
export type { Encode } from './device.ts';
export { createFleet, type Fleet, type FleetSize, type Uplink } from './fleet.ts';
export type { CityInstallation, CityPoint, CityRegister, CitySite } from './points/city-point.ts';
export { cityPoints, citySites, codePrefixOf } from './points/city-points.ts';
export { deviceLines } from './run/device-lines.ts';
export { startGenerator } from './run/generator.ts';
export type { GeneratorProgress, GeneratorResult, Order, Probe } from './run/generator-messages.ts';
export {
  type DeviceScale,
  meterCount,
  type Overrides,
  planRun,
  type RunPlan,
  type Speed,
} from './run/run-plan.ts';
export { SCENARIO_FORMATS, SCENARIO_LEVELS, type Scenario, scenarioJsonSchema } from './run/scenario.ts';
export { loadScenario, shippedScenarios } from './run/scenario-file.ts';
export { createSource, type Source } from './run/source.ts';
