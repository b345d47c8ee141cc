export { Backtest, longerLead } from './backtest.ts';
export type { Lead } from './backtest-device.ts';
export { type AlertDifference, compareAlerts } from './compare-alerts.ts';
export type { BacktestSpan, FoundAlert } from './found-alert.ts';
export { type NeededFacts, neededFacts } from './needed-facts.ts';
export {
  type AlertFigures,
  type SubjectFigures,
  subjectsOf,
  summarizeAlerts,
  type TimelineCell,
  timelineOf,
} from './summarize-alerts.ts';
