import type { Quantity } from '@veilleur/domain';
import { gasEnergy, MICRO, pciOf } from '@veilleur/metering';
import type { Amount } from './amount.ts';
import type { HeldCoefficient } from './coefficients.ts';
import { intervalOf, type Leaf, Line } from './line.ts';

/** How a quantity has energy: its unit is kWh, its volume burns, or it has none. */
export function carries(quantity: Quantity): 'energy' | 'gas' | 'none' {
  switch (quantity) {
    case 'active_energy_import':
    case 'heat_energy':
    case 'cooling_energy':
      return 'energy';
    case 'gas_volume':
      return 'gas';
    default:
      return 'none';
  }
}

/** A line of gas in kWh of PCS, each part with the coefficient of its time. */
export function gasLine(volume: Line, coefficients: readonly HeldCoefficient[]): Line {
  let next = 0;
  const leaves = volume.leaves.map((leaf): Leaf => {
    if (leaf.value === null) return leaf;
    while (next < coefficients.length && (coefficients[next] as HeldCoefficient).to <= leaf.from) next += 1;
    const own: HeldCoefficient[] = [];
    for (
      let i = next;
      i < coefficients.length && (coefficients[i] as HeldCoefficient).from < leaf.to;
      i += 1
    ) {
      own.push(coefficients[i] as HeldCoefficient);
    }
    const [made] = gasEnergy([intervalOf(leaf, leaf.value, leaf.quality, 0)], own);
    const energy = made?.energy ?? null;
    // No gas has no energy, whatever a cubic metre of it would have held.
    if (energy === null && leaf.value === 0) return leaf;
    if (energy === null) {
      return { ...leaf, value: null, quality: 'missing', doubt: null, reason: 'no_coefficient' };
    }
    const carried = own.some((one) => one.carried) && energy !== 0;
    const guessed = carried || (made?.parted === true && made.quality === 'estimated');
    return {
      ...leaf,
      value: energy,
      quality: carried ? 'estimated' : (made?.quality ?? leaf.quality),
      doubt: guessed ? null : doubtOf(leaf.doubt, leaf.value, energy),
    };
  });
  return new Line(leaves);
}

/** As much of the energy as of the volume. */
function doubtOf(doubt: number | null, volume: number, energy: number): number | null {
  return doubt === null || volume === 0 ? doubt : Math.round((doubt * energy) / volume);
}

/** Energy by the lower heating value, of an amount in kWh of PCS. */
export function pciOfAmount<A extends Pick<Amount, 'value' | 'known' | 'estimated'>>(pcs: A): A {
  const pci = (kWh: number) => pciOf(Math.round(kWh * MICRO)) / MICRO;
  return {
    ...pcs,
    value: pcs.value === null ? null : pci(pcs.value),
    known: pcs.known === null ? null : pci(pcs.known),
    estimated: pci(pcs.estimated),
  };
}
