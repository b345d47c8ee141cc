import type { OperatorQuantity } from '../reading.ts';

/** A register of an index row: `EAS F1` is the supplier's first, `EAS T` the total, `EAI T` what was injected. */
export interface EnedisRegister {
  readonly register: string;
  readonly channel: number;
  readonly quantity: Extract<OperatorQuantity, 'active_energy_import' | 'active_energy_export'>;
}

/** Above the tariff registers of OBIS (value group E, 0 to 63), for one device may have both grids. */
const DISTRIBUTOR_CHANNEL = 100;

/** Reads a column's heading; null for a column that is no register. */
export function registerOf(heading: string): EnedisRegister | null {
  const match = /^(EAS|EAI)\s?(?:(T)|([FD])\s?(\d{1,2}))$/.exec(heading);
  if (match === null) return null;
  const [, direction, total, grid, number] = match;
  return {
    register: heading,
    channel: total === 'T' ? 0 : Number(number) + (grid === 'D' ? DISTRIBUTOR_CHANNEL : 0),
    quantity: direction === 'EAI' ? 'active_energy_export' : 'active_energy_import',
  };
}
