import { elapsedIn, isIn, type Span } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';
import { between, derive, type Key } from '../seeded.ts';
import type { Family, Physics, Truth } from './family.ts';
import { DJ_PER_WH, type Lamps } from './lamps.ts';

/** What a cabinet's meter has counted, by where it went; tenths of a joule since the installation. */
export interface CabinetEnergy {
  readonly lamps_dJ: number;
  readonly losses_dJ: number;
  readonly own_dJ: number;
}

/** A Yobiiq EM4301 in each lighting cabinet. It counts what its lamps draw, the losses and itself. */
export class Cabinets implements Family {
  readonly id: FamilyId = 'cabinet';
  readonly medium = 'electricity';
  readonly profileId = 'yobiiq/em4301';
  readonly lnsProfileName = 'Yobiiq EM4301';
  readonly application = 'eclairage';
  readonly deviceClass = 'C';
  readonly confirmed = true;
  readonly count: number;
  readonly period_s: number;
  readonly faults;
  readonly #lamps: Lamps;
  readonly #settings: CabinetSettings;
  readonly #initials: Key;
  readonly #plans = new Map<number, CabinetPlan>();

  constructor(settings: CabinetSettings) {
    this.count = Math.ceil(settings.luminaires / settings.lampsPerCabinet);
    this.period_s = settings.period_s;
    this.faults = settings.faults;
    this.#lamps = settings.lamps;
    this.#settings = settings;
    this.#initials = derive(settings.city, 'cabinet indexes');
  }

  energy(cabinet: number, time_s: number): CabinetEnergy {
    const { installed_s, losses_permille, cabinet_W, outagesOf } = this.#settings;
    const calendar = this.#lamps.calendarOf(cabinet);
    const { atLevel_dW, apart } = this.#planOf(cabinet);
    const outages = outagesOf(cabinet);
    let lamps_dJ = 0;
    for (let level = 0; level < atLevel_dW.length; level++) {
      let seconds = calendar.secondsAt(level, time_s) - calendar.secondsAt(level, installed_s);
      for (const { from_s, until_s } of outages) {
        if (from_s >= time_s) break;
        seconds -= calendar.secondsAt(level, Math.min(until_s, time_s)) - calendar.secondsAt(level, from_s);
      }
      lamps_dJ += seconds * (atLevel_dW[level] ?? 0);
    }
    for (const lamp of apart) lamps_dJ += this.#lamps.deeds(lamp, time_s).energy_dJ;
    let powered_s = time_s - installed_s;
    for (const outage of outages) powered_s -= elapsedIn(outage, time_s);
    return {
      lamps_dJ,
      losses_dJ: Math.floor((lamps_dJ * losses_permille) / 1000),
      own_dJ: powered_s * cabinet_W * 10,
    };
  }

  report(number: number, time_s: number, clock_s: number): object {
    return {
      logged_time: clock_s,
      active_energy_import_Wh_t1: this.#index_Wh(number, time_s),
      voltage_V_L1: 230,
      active_power_W: this.#power_W(number, time_s),
    };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    return [
      { quantity: 'active_energy_import', channel: 1, value: this.#index_Wh(number, time_s) / 1000 },
      { quantity: 'active_power', channel: 0, value: this.#power_W(number, time_s) },
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    const { lamps_dJ, losses_dJ, own_dJ } = this.energy(number, time_s);
    const units = this.#initial_Wh(number) * DJ_PER_WH + lamps_dJ + losses_dJ + own_dJ;
    return [
      { quantity: 'active_energy_import', channel: 1, value: units / DJ_PER_WH / 1000, units, unit: 'dJ' },
    ];
  }

  #index_Wh(number: number, time_s: number): number {
    const { lamps_dJ, losses_dJ, own_dJ } = this.energy(number, time_s);
    return this.#initial_Wh(number) + Math.floor((lamps_dJ + losses_dJ + own_dJ) / DJ_PER_WH);
  }

  #initial_Wh(number: number): number {
    return Math.floor(between(this.#initials, number, 1e6, 6e7));
  }

  #power_W(cabinet: number, time_s: number): number {
    const { losses_permille, cabinet_W, outagesOf } = this.#settings;
    if (outagesOf(cabinet).some((outage) => isIn(outage, time_s))) return 0;
    const calendar = this.#lamps.calendarOf(cabinet);
    const { atLevel_dW, apart } = this.#planOf(cabinet);
    let power_dW = atLevel_dW[calendar.levelAt(time_s)] ?? 0;
    for (const lamp of apart) {
      const { given_percent } = this.#lamps.stateAt(lamp, time_s);
      power_dW += this.#lamps.power_dW(lamp, calendar, calendar.levels_percent.indexOf(given_percent));
    }
    return Math.round((power_dW * (1 + losses_permille / 1000)) / 10 + cabinet_W);
  }

  /** The lamps that do as they are told, added up once; those with a story of their own are told apart. */
  #planOf(cabinet: number): CabinetPlan {
    let plan = this.#plans.get(cabinet);
    if (plan === undefined) {
      const { luminaires, lampsPerCabinet } = this.#settings;
      const calendar = this.#lamps.calendarOf(cabinet);
      const atLevel_dW = calendar.levels_percent.map(() => 0);
      const apart: number[] = [];
      const end = Math.min(luminaires, (cabinet + 1) * lampsPerCabinet);
      for (let lamp = cabinet * lampsPerCabinet; lamp < end; lamp++) {
        if (this.#lamps.hasOwnFaults(lamp)) apart.push(lamp);
        else {
          for (const level of atLevel_dW.keys()) {
            atLevel_dW[level] = (atLevel_dW[level] ?? 0) + this.#lamps.power_dW(lamp, calendar, level);
          }
        }
      }
      plan = { atLevel_dW, apart };
      this.#plans.set(cabinet, plan);
    }
    return plan;
  }
}

interface CabinetPlan {
  readonly atLevel_dW: readonly number[];
  readonly apart: readonly number[];
}

export interface CabinetSettings {
  readonly luminaires: number;
  readonly lampsPerCabinet: number;
  readonly period_s: number;
  readonly lamps: Lamps;
  readonly faults: Family['faults'];
  readonly outagesOf: (cabinet: number) => readonly Span[];
  readonly losses_permille: number;
  readonly cabinet_W: number;
  readonly installed_s: number;
  readonly city: Key;
}
