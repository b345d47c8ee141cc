import type { Quality, Quantity } from '@veilleur/domain';
import type { Site } from '@veilleur/store';
import type { Amount, Sum } from './amount.ts';
import type { Carbon } from './carbon.ts';
import type { DegreeDays } from './climate.ts';
import type { Cost } from './cost.ts';
import type { NoStanding, Standing } from './standing.ts';

/** One metering point's part of a medium. Times are instants, days are local, numbers are in the unit. */
export interface ReportedPoint {
  readonly code: string;
  readonly name: string | null;
  readonly kind: string;
  readonly operator: string | null;
  readonly site: string;
  readonly use: Amount;
  /** Null for what has no energy, such as water. Electricity's PCS and PCI are the same. */
  readonly energy: { readonly pcs_kWh: Amount; readonly pci_kWh: Amount } | null;
  /** What the operator himself published for the energy of gas, PCS; null where he told nothing. */
  readonly published: { readonly pcs_kWh: number; readonly hours: number } | null;
  /** Null for what nobody pays for, such as energy that is injected. */
  readonly cost: Cost | null;
  readonly carbon: Carbon | null;
}

export interface ReportedMonth {
  /** First local day; a month is cut at the ends of the report. */
  readonly from: string;
  /** The day after the last. */
  readonly to: string;
  /** Null where a point does not tell. */
  readonly value: number | null;
  /** Of the points and the time that are known; null: nothing is. */
  readonly known: number | null;
  /** How much of `known` rests on estimates. */
  readonly estimated: number;
  readonly quality: Quality;
  /** The same days a year before; null where they are not known wholly. */
  readonly yearBefore: number | null;
}

/** The months that are known in both years. */
export interface ReportedComparison {
  readonly months: number;
  readonly now: number;
  readonly before: number;
  /** -0.1 is a tenth less. */
  readonly relative: number | null;
  /** Where the medium heats. */
  readonly weather: {
    readonly station: string;
    readonly base_Cel: number;
    readonly now: DegreeDays;
    readonly before: DegreeDays;
    /** What the year before would have used under this year's weather, and how far from it this year is. */
    readonly meteo: { readonly expected: number | null; readonly relative: number | null };
    readonly costic: { readonly expected: number | null; readonly relative: number | null };
  } | null;
}

export interface ReportedProfile {
  /** What never sleeps, in the unit an hour; null under three whole days. */
  readonly baseLoad: number | null;
  /** The part of the use that falls between 02:00 and 05:00, 0 to 1. */
  readonly nightShare: number | null;
  /** The lowest hour of any night. */
  readonly nightMinimum: number | null;
  /** Days of which every hour is known. */
  readonly wholeDays: number;
}

export interface ReportedMedium {
  readonly quantity: Quantity;
  readonly unit: string;
  readonly use: Sum;
  readonly energy: { readonly pcs_kWh: Sum; readonly pci_kWh: Sum } | null;
  readonly cost: Sum | null;
  readonly carbon: Sum | null;
  readonly months: readonly ReportedMonth[];
  readonly comparison: ReportedComparison | null;
  /** Null where no meter tells hours. */
  readonly profile: ReportedProfile | null;
  readonly similar: Standing | { readonly none: NoStanding };
  readonly points: readonly ReportedPoint[];
}

export interface SiteReport {
  readonly site: Site;
  readonly timeZone: string;
  /** Local days; `to` is the day after the last. */
  readonly from: string;
  readonly to: string;
  readonly media: readonly ReportedMedium[];
  readonly total: {
    readonly energy: { readonly pcs_kWh: Sum; readonly pci_kWh: Sum } | null;
    readonly cost_EUR: Sum | null;
    readonly carbon_kgCO2e: Sum | null;
  };
  /** The station that degree days are from; null: none is told for this site. */
  readonly station: string | null;
}
