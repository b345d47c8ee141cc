import { derive, type Key, unit } from '../seeded.ts';
import type { CityClock } from './clock.ts';
import { isOffPeak } from './electricity-flow.ts';
import type { Family, Physics, Truth } from './family.ts';
import type { Meters } from './meters.ts';

const POWER_FACTOR = 0.95;
const NOMINAL_V = 230;
/** What a single-phase Linky puts on its TIC as the highest current, whatever the contract. */
const LINKY_IMAX_A = 90;

/** An Adeunis TIC on a single-phase Linky in historique mode, contract peak (channel 2) and off-peak (1). */
export class ElectricityMeters implements Family {
  readonly id = 'electricity';
  readonly medium = 'electricity';
  readonly profileId = 'adeunis/tic-linky';
  readonly lnsProfileName = 'Adeunis TIC Linky';
  readonly application = 'electricite';
  readonly deviceClass = 'C';
  readonly confirmed = false;
  readonly count: number;
  readonly period_s: number;
  readonly faults;
  readonly meters: Meters;
  readonly #clock: CityClock;
  readonly #contracts: Key;

  constructor(settings: {
    readonly count: number;
    readonly period_s: number;
    readonly meters: Meters;
    readonly faults: Family['faults'];
    readonly clock: CityClock;
    readonly city: Key;
  }) {
    this.count = settings.count;
    this.period_s = settings.period_s;
    this.meters = settings.meters;
    this.faults = settings.faults;
    this.#clock = settings.clock;
    this.#contracts = derive(settings.city, 'contracts');
  }

  report(number: number, time_s: number, _clock_s: number, report: number): object {
    const PAPP_VA = this.#apparentPower_VA(number, time_s);
    const swap = this.faults.get(number)?.register;
    const isSwapped = swap?.kind === 'swapped' && time_s >= swap.from_s;
    return {
      status: { frame_counter: report % 8, configuration_done: true },
      // Twelve digits as a Linky has; maker code 99, so that it is nobody's.
      ADCO: `99${isSwapped ? '2665' : '2664'}${String(number).padStart(6, '0').slice(-6)}`,
      OPTARIF: 'HC..',
      ISOUSC_A: unit(this.#contracts, number) < 0.6 ? 30 : 45,
      IINST_A: Math.round(PAPP_VA / NOMINAL_V),
      IMAX_A: LINKY_IMAX_A,
      PAPP_VA,
      HCHC_Wh: this.meters.index(number, time_s, 0),
      HCHP_Wh: this.meters.index(number, time_s, 1),
      PTEC: isOffPeak(this.#clock.localHour(time_s * 1000)) ? 'HC..' : 'HP..',
    };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    return [
      { quantity: 'active_energy_import', channel: 1, value: this.meters.index(number, time_s, 0) / 1000 },
      { quantity: 'active_energy_import', channel: 2, value: this.meters.index(number, time_s, 1) / 1000 },
      { quantity: 'apparent_power', channel: 0, value: this.#apparentPower_VA(number, time_s) },
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    return ([0, 1] as const).map((register) => {
      const units = this.meters.physics(number, time_s, register);
      return {
        quantity: 'active_energy_import',
        channel: register + 1,
        value: units / 1e6,
        units,
        unit: 'mWh',
      };
    });
  }

  /** The TIC rounds it to 10 VA. */
  #apparentPower_VA(number: number, time_s: number): number {
    const mWh_per_h = this.meters.rate(number, time_s, 0) + this.meters.rate(number, time_s, 1);
    return 10 * Math.round(mWh_per_h / 1000 / POWER_FACTOR / 10);
  }
}

/** A Yobiiq EM4301 on the supply of a public building. */
export class BuildingElectricityMeters implements Family {
  readonly id = 'building_electricity';
  readonly medium = 'electricity';
  readonly profileId = 'yobiiq/em4301';
  readonly lnsProfileName = 'Yobiiq EM4301';
  readonly application = 'electricite';
  readonly deviceClass = 'C';
  readonly confirmed = false;
  readonly count: number;
  readonly period_s: number;
  readonly faults;
  readonly meters: Meters;

  constructor(settings: {
    readonly count: number;
    readonly period_s: number;
    readonly meters: Meters;
    readonly faults: Family['faults'];
  }) {
    this.count = settings.count;
    this.period_s = settings.period_s;
    this.meters = settings.meters;
    this.faults = settings.faults;
  }

  report(number: number, time_s: number, clock_s: number): object {
    return {
      logged_time: clock_s,
      active_energy_import_Wh_t1: this.meters.index(number, time_s),
      voltage_V_L1: NOMINAL_V,
      active_power_W: this.#power_W(number, time_s),
    };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    return [
      { quantity: 'active_energy_import', channel: 1, value: this.meters.index(number, time_s) / 1000 },
      { quantity: 'active_power', channel: 0, value: this.#power_W(number, time_s) },
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    const units = this.meters.physics(number, time_s);
    return [{ quantity: 'active_energy_import', channel: 1, value: units / 1e6, units, unit: 'mWh' }];
  }

  #power_W(number: number, time_s: number): number {
    return Math.round(this.meters.rate(number, time_s) / 1000);
  }
}
