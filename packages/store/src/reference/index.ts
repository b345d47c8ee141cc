export { checkReference } from './check-reference.ts';
export { readReference } from './read-reference.ts';
export {
  type Contract,
  type EmissionFactorRow,
  FACTOR_UNITS,
  type GasCoefficientRow,
  type Reference,
  type ReferenceProblem,
  type SiteReference,
  TARIFF_KINDS,
  type TariffTerms,
  type TariffVersion,
  type TempoDay,
  type TertiaryReference,
  type ValidDays,
} from './reference.ts';
export { type SimilarSite, type SimilarSitesQuery, similarSites } from './similar-sites.ts';
export {
  bucketsOfMeters,
  firstYearOfMeters,
  type HourOfMeters,
  hoursOfMeters,
  type MeterBucket,
  metersOfSite,
  type PublishedEnergy,
  publishedGasEnergy,
  type SiteMeter,
} from './site-meters.ts';
export {
  type StationDay,
  stations,
  temperaturesOf,
  type WrittenTemperatures,
  writeTemperatures,
} from './temperatures.ts';
export { type ReferenceChange, writeReference } from './write-reference.ts';
