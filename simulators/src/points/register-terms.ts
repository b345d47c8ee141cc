import type { Quantity } from '@veilleur/domain';
import type { Family, Physics } from '../city/family.ts';
import type { FamilyId } from '../faults/kinds.ts';
import type { CityPoint } from './city-point.ts';

/** What one of a meter's registers tells, and what that is worth. */
export interface RegisterTerms {
  readonly deviceQuantity: Quantity;
  readonly deviceChannel: number;
  /** Of the point: 0 is the total. */
  readonly channel: number;
  /** Units of the point's quantity for one that the device tells: 1/100 m3 a pulse. */
  readonly perUnit: number;
  /** Fine units of physics in one step of the register. */
  readonly fineUnits: number;
  /** Steps of the register in one unit that the device tells, as a power of ten: 3 where kWh are told and Wh shown. */
  readonly stepDigits: number;
  /** Where a sound register of this kind starts again. */
  readonly digits: number | null;
  readonly modulus: number | null;
}

/** How the meters of a family are written down. */
export interface MeterTerms {
  readonly kind: CityPoint['kind'];
  readonly quantity: Quantity;
  readonly dayStartMinutes: number;
  readonly registers: readonly RegisterTerms[];
}

/** A gas day begins at 06:00 local time. */
const GAS_DAY_MINUTES = 360;

const WATER: readonly RegisterTerms[] = [
  {
    deviceQuantity: 'water_volume',
    deviceChannel: 0,
    channel: 0,
    perUnit: 1,
    fineUnits: 1000,
    stepDigits: 3,
    digits: null,
    modulus: null,
  },
];

/** A PULSE counts with 32 bits. */
const gas = (perUnit: number, fineUnits: number): MeterTerms => ({
  kind: 'pce',
  quantity: 'gas_volume',
  dayStartMinutes: GAS_DAY_MINUTES,
  registers: [
    {
      deviceQuantity: 'pulse_count',
      deviceChannel: 1,
      channel: 0,
      perUnit,
      fineUnits,
      stepDigits: 0,
      digits: null,
      modulus: 2 ** 32,
    },
  ],
});

/** @param digits before the point, kWh: a Linky shows nine digits of Wh. */
const energy = (deviceChannel: number, channel: number, digits: number | null): RegisterTerms => ({
  deviceQuantity: 'active_energy_import',
  deviceChannel,
  channel,
  perUnit: 1,
  fineUnits: 1000,
  stepDigits: 3,
  digits,
  modulus: null,
});

const electric = (kind: CityPoint['kind'], registers: readonly RegisterTerms[]): MeterTerms => ({
  kind,
  quantity: 'active_energy_import',
  dayStartMinutes: 0,
  registers,
});

const TERMS: Readonly<Partial<Record<FamilyId, MeterTerms>>> = {
  water: { kind: 'water_contract', quantity: 'water_volume', dayStartMinutes: 0, registers: WATER },
  building_water: { kind: 'water_contract', quantity: 'water_volume', dayStartMinutes: 0, registers: WATER },
  district: { kind: 'own', quantity: 'water_volume', dayStartMinutes: 0, registers: WATER },
  gas: gas(0.01, 10),
  building_gas: gas(0.1, 100),
  // Off-peak and peak hours are two registers of a Linky; of the total it says nothing.
  electricity: electric('prm', [energy(1, 1, 6), energy(2, 2, 6)]),
  building_electricity: electric('prm', [energy(1, 0, null)]),
  cabinet: electric('cabinet', [energy(1, 0, null)]),
};

/** Undefined for devices that meter nothing that is billed: luminaires. */
export function termsOf(family: FamilyId): MeterTerms | undefined {
  return TERMS[family];
}

/** What really flowed through what a register meters; a counter of pulses tells it of another quantity. */
export function flowOf(
  family: Pick<Family, 'physics'>,
  number: number,
  time_s: number,
  { deviceQuantity, deviceChannel }: RegisterTerms,
): Physics | undefined {
  return family
    .physics(number, time_s)
    .find(({ quantity, channel }) => quantity !== deviceQuantity || channel === deviceChannel);
}
