import type { Quantity } from '@veilleur/domain';

/** Local days such as `2026-02-01`. `to` is the day after the last; null: until further notice. */
export interface ValidDays {
  readonly from: string;
  readonly to: string | null;
}

export const TARIFF_KINDS = ['flat', 'peak_off_peak', 'tempo'] as const;

/** Money in millionths of a euro. */
export interface TariffTerms {
  readonly kind: (typeof TARIFF_KINDS)[number];
  /** What `prices` are for one of: kWh (of gas: PCS) or m3. */
  readonly unit: 'kWh' | 'm3';
  /** By class: base; peak, off_peak; blue_peak ... red_off_peak. */
  readonly prices: Readonly<Record<string, number>>;
  readonly fixed: readonly {
    readonly name: string;
    readonly amount: number;
    readonly per: 'month' | 'year';
  }[];
}

/** One version of a tariff: its prices from one day on. */
export interface TariffVersion extends ValidDays {
  readonly code: string;
  readonly terms: TariffTerms;
  readonly source: string | null;
}

export interface Contract extends ValidDays {
  readonly point: string;
  readonly tariff: string;
  /** Minutes of the local clock; an end before its beginning lies behind midnight. */
  readonly offPeak: readonly { readonly fromMinute: number; readonly toMinute: number }[];
}

export const FACTOR_UNITS = ['kWh', 'kWh_pcs', 'kWh_pci', 'm3'] as const;

export interface EmissionFactorRow extends ValidDays {
  readonly quantity: Quantity;
  readonly per: (typeof FACTOR_UNITS)[number];
  /** CO2 equivalent. */
  readonly grams: number;
  readonly source: string;
}

/** Of a point, of a site and its parts, or of everywhere. */
export interface GasCoefficientRow extends ValidDays {
  readonly point: string | null;
  readonly site: string | null;
  /** Millionths of a kWh (PCS) for one m3. */
  readonly energy: number;
  readonly source: string;
}

export type TempoColourName = 'blue' | 'white' | 'red';

export interface TempoDay {
  readonly day: string;
  readonly colour: TempoColourName;
}

/** The reference year of the décret tertiaire. What is null is taken from meters and stations. */
export interface TertiaryReference {
  readonly year: number;
  /** Final energy, kWh PCI. */
  readonly energy_kWh_pci: number | null;
  readonly degreeDays: number | null;
}

export interface SiteReference {
  readonly site: string;
  readonly station: string | null;
  readonly base_Cel: number;
  /** Quantities that heat, and what of each a day does not depend on the weather, in its unit. */
  readonly heating: Readonly<Partial<Record<Quantity, { readonly basePerDay: number }>>>;
  readonly tertiary: TertiaryReference | null;
}

/**
 * What a city says that its consumption is valued by. Whatever it says of a tariff, a point, a quantity, an
 * area, a Tempo day or a site replaces all that was said of that before; of others it says nothing.
 */
export interface Reference {
  readonly tariffs: readonly TariffVersion[];
  readonly contracts: readonly Contract[];
  readonly emissionFactors: readonly EmissionFactorRow[];
  readonly gasCoefficients: readonly GasCoefficientRow[];
  readonly tempoDays: readonly TempoDay[];
  readonly sites: readonly SiteReference[];
}

/** What is wrong with one entry of a reference, for whoever knows where it was written. */
export interface ReferenceProblem {
  /** Such as `contracts`, 2, `point`. */
  readonly path: readonly [keyof Reference, number, string];
  readonly message: string;
}
