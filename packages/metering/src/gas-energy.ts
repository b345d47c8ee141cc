import type { Interval } from './intervals.ts';
import { apportion, type Rational, scaled } from './micro.ts';
import { cutAtChanges, type Valid } from './validity.ts';

/** What a cubic metre of gas holds in a period, as the operator publishes it: kWh of PCS for one m3. */
export interface GasCoefficient extends Valid {
  /** 11.27 kWh/m3 is 1127/100. */
  readonly kWhPerM3: Rational;
  readonly source: string;
}

/**
 * Gas burns to more heat when its water condenses: PCS (higher heating value) counts that, PCI does not.
 * Bills, networks and their coefficients are in PCS; the French building declarations are in PCI.
 */
export type HeatingValue = 'pcs' | 'pci';

/** PCS for one PCI of natural gas; trade practice, to be overridden by a city's own table. */
export const PCS_PER_PCI: Rational = { numerator: 111, denominator: 100 };

export interface GasEnergy {
  readonly from: number;
  readonly to: number;
  /** Millionths of a kWh; null where the volume is missing or a coefficient is. */
  readonly energy: number | null;
  readonly heatingValue: HeatingValue;
  readonly quality: Interval['quality'];
  /** True where a coefficient changed inside and the volume was parted by time. */
  readonly parted: boolean;
}

/** Volumes (millionths of a m3) become energy, each with the coefficient of its time. */
export function gasEnergy(
  intervals: readonly Interval[],
  coefficients: readonly GasCoefficient[],
  heatingValue: HeatingValue = 'pcs',
  pcsPerPci: Rational = PCS_PER_PCI,
): GasEnergy[] {
  return intervals.map((interval) => {
    const { from, to, value } = interval;
    const parts = cutAtChanges(coefficients, interval);
    const different = new Set(parts.map(({ row }) => (row === undefined ? '' : asText(row.kWhPerM3))));
    const parted = different.size > 1;
    const known = value !== null && !different.has('');
    if (!known) return { from, to, energy: null, heatingValue, quality: 'missing', parted };
    const volumes = apportion(
      value,
      parts.map((part) => part.to - part.from),
    );
    const pcs = parted
      ? parts.reduce((sum, { row }, i) => sum + (row ? scaled(volumes[i] ?? 0, row.kWhPerM3) : 0), 0)
      : scaled(value, parts[0]?.row?.kWhPerM3 ?? { numerator: 0, denominator: 1 });
    const energy = heatingValue === 'pcs' ? pcs : pciOf(pcs, pcsPerPci);
    const quality = parted && interval.quality === 'measured' ? 'estimated' : interval.quality;
    return { from, to, energy, heatingValue, quality, parted };
  });
}

const asText = ({ numerator, denominator }: Rational) => `${numerator}/${denominator}`;

/** Energy by the lower heating value. */
export const pciOf = (pcs: number, pcsPerPci: Rational = PCS_PER_PCI) =>
  scaled(pcs, { numerator: pcsPerPci.denominator, denominator: pcsPerPci.numerator });
