import type { Amount, Sum } from './amount.ts';
import { sumOf } from './amount.ts';
import type { DegreeDays } from './climate.ts';

/** The décret tertiaire: so much less final energy than in the reference year. */
export const TERTIARY_GOALS = [
  { year: 2030, reduction: 0.4 },
  { year: 2040, reduction: 0.5 },
  { year: 2050, reduction: 0.6 },
] as const;

/** Buildings below this are not concerned. */
export const TERTIARY_LEAST_AREA_M2 = 1000;

/** Energy of one point and medium in a year, kWh PCI. */
export interface YearOfPoint {
  readonly of: string;
  readonly energy: Amount;
  /** Null: it does not heat. */
  readonly heating: {
    /** What of `energy` does not depend on the weather, kWh PCI; null where that is not known. */
    readonly base: number | null;
  } | null;
}

export interface YearFacts {
  readonly year: number;
  readonly points: readonly YearOfPoint[];
  /** Null: no station is told for the site. */
  readonly degreeDays: DegreeDays | null;
}

export interface TertiaryYear {
  readonly year: number;
  readonly energy_kWh_pci: Sum;
  readonly perM2_kWh_pci: number | null;
  readonly degreeDays: DegreeDays | null;
  /** What the year would have used in the weather of the reference year. */
  readonly adjusted_kWh_pci: { readonly meteo: number | null; readonly costic: number | null };
  /** Against the reference: -0.4 is the goal of 2030. */
  readonly relative: number | null;
  readonly adjustedRelative: { readonly meteo: number | null; readonly costic: number | null };
}

export interface TertiaryReferenceYear {
  readonly year: number;
  /** `declared` by the city; `metered` by its points. */
  readonly basis: 'declared' | 'metered';
  readonly energy_kWh_pci: number | null;
  readonly degreeDays: { readonly meteo: number | null; readonly costic: number | null };
}

export interface TertiaryView {
  readonly area_m2: number | null;
  readonly reference: TertiaryReferenceYear | null;
  readonly goals: readonly {
    readonly year: number;
    readonly reduction: number;
    readonly energy_kWh_pci: number | null;
  }[];
  readonly years: readonly TertiaryYear[];
}

/** The energy of a building year by year, against its reference year. */
export function tertiaryView(
  facts: readonly YearFacts[],
  declared: {
    readonly year: number;
    readonly energy_kWh_pci: number | null;
    readonly degreeDays: number | null;
  } | null,
  area_m2: number | null,
): TertiaryView {
  const reference = declared === null ? null : referenceOf(facts, declared);
  const energy = reference?.energy_kWh_pci ?? null;
  return {
    area_m2,
    reference,
    goals: TERTIARY_GOALS.map(({ year, reduction }) => ({
      year,
      reduction,
      energy_kWh_pci: energy === null ? null : rounded(energy * (1 - reduction)),
    })),
    years: facts.map((one) => yearOf(one, reference, area_m2)),
  };
}

function referenceOf(
  facts: readonly YearFacts[],
  declared: NonNullable<Parameters<typeof tertiaryView>[1]>,
): TertiaryReferenceYear {
  const metered = facts.find(({ year }) => year === declared.year);
  const days = metered?.degreeDays ?? null;
  return {
    year: declared.year,
    basis: declared.energy_kWh_pci === null ? 'metered' : 'declared',
    energy_kWh_pci: declared.energy_kWh_pci ?? (metered === undefined ? null : energyOf(metered).value),
    degreeDays: {
      meteo: declared.degreeDays ?? days?.meteo ?? null,
      costic: declared.degreeDays ?? days?.costic ?? null,
    },
  };
}

const energyOf = ({ points }: YearFacts): Sum =>
  points.length === 0
    ? { value: null, known: null, estimated: 0, incomplete: [] }
    : sumOf(points.map(({ of, energy }) => ({ ...energy, of })));

function yearOf(
  facts: YearFacts,
  reference: TertiaryReferenceYear | null,
  area_m2: number | null,
): TertiaryYear {
  const energy = energyOf(facts);
  const adjusted = (method: 'meteo' | 'costic') =>
    adjustedTo(
      facts,
      energy.value,
      reference?.degreeDays[method] ?? null,
      facts.degreeDays?.[method] ?? null,
    );
  const [meteo, costic] = [adjusted('meteo'), adjusted('costic')];
  const against = (value: number | null) =>
    value === null || !reference?.energy_kWh_pci ? null : rounded(value / reference.energy_kWh_pci - 1);
  return {
    year: facts.year,
    energy_kWh_pci: energy,
    perM2_kWh_pci: energy.value === null || area_m2 === null ? null : rounded(energy.value / area_m2),
    degreeDays: facts.degreeDays,
    adjusted_kWh_pci: { meteo, costic },
    relative: against(energy.value),
    adjustedRelative: { meteo: against(meteo), costic: against(costic) },
  };
}

/** Only what heats follows the degree days. */
function adjustedTo(
  { points }: YearFacts,
  energy: number | null,
  referenceDays: number | null,
  ownDays: number | null,
): number | null {
  if (energy === null || referenceDays === null || ownDays === null || ownDays <= 0) return null;
  let heated = 0;
  for (const { heating, energy: own } of points) {
    if (heating === null) continue;
    if (heating.base === null || own.value === null) return null;
    heated += Math.max(0, own.value - heating.base);
  }
  return rounded(energy - heated + (heated * referenceDays) / ownDays);
}

const rounded = (value: number) => Math.round(value * 1e6) / 1e6;
