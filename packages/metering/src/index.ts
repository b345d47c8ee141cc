export { type Balance, balance } from './balance.ts';
export { type Bucket, type BucketUnit, boundaries, GAS_DAY } from './boundaries.ts';
export { type Comparison, compare, type Period } from './comparison.ts';
export { type Consumption, consumption } from './consumption.ts';
export {
  type DayTemperatures,
  type DegreeDayMethod,
  degreeDaysOf,
  heatingDegreeDays,
  USUAL_BASE_CEL,
} from './degree-days.ts';
export { dirtyRanges, LOOK_BACK_MS } from './dirty-ranges.ts';
export { type EmissionFactor, type Emissions, emissions } from './emissions.ts';
export {
  type GasCoefficient,
  type GasEnergy,
  gasEnergy,
  type HeatingValue,
  PCS_PER_PCI,
  pciOf,
} from './gas-energy.ts';
export { frenchHolidays, type HolidayLaw, isFrenchHoliday } from './holidays.ts';
export type { Evidence, Interval } from './intervals.ts';
export type { Known, Method, Piece } from './known.ts';
export { type LoadProfile, loadProfile, type Night, QUIET_NIGHT } from './load-profile.ts';
export { dayOfDate, localDay, localTime, startOfDay } from './local-time.ts';
export { apportion, MICRO, ONE, type Rational, registerValue, scaled } from './micro.ts';
export { type ConsumptionOptions, DEFAULT_PRECEDENCE, type Precedence } from './options.ts';
export type {
  Finding,
  FindingKind,
  Installation,
  IntervalReading,
  Reading,
  ReadingQuality,
  Series,
  Source,
  Span,
} from './series.ts';
export {
  type FixedPart,
  prorated,
  type Tariff,
  type TariffLine,
  type Valuation,
  valuation,
} from './tariff.ts';
export type { Slot, TariffClasses, TempoColour } from './tariff-classes.ts';
export type { Valid } from './validity.ts';
