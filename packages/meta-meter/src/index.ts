export type { Amount, Sum, Unknown } from './amount.ts';
export type { Carbon } from './carbon.ts';
export type { DegreeDays } from './climate.ts';
export type { Cost, CostLine } from './cost.ts';
export type {
  ReportedComparison,
  ReportedMedium,
  ReportedMonth,
  ReportedPoint,
  ReportedProfile,
  SiteReport,
} from './report.ts';
export { type ReportOptions, siteReport } from './site-report.ts';
export type { NoStanding, Standing } from './standing.ts';
export { TERTIARY_LEAST_AREA_M2, type TertiaryView, type TertiaryYear } from './tertiary.ts';
export { type TertiaryReport, tertiaryReport } from './tertiary-report.ts';
