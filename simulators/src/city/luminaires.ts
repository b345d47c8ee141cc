import type { FamilyId } from '../faults/kinds.ts';
import { between, derive, type Key, smooth } from '../seeded.ts';
import type { Family, Physics, Truth } from './family.ts';
import { DJ_PER_WH, type Lamps } from './lamps.ts';
import type { Weather } from './weather.ts';

/** LED luminaires with the reference controller. */
export class Luminaires implements Family {
  readonly id: FamilyId = 'lighting';
  readonly medium = 'lighting';
  readonly profileId = 'veilleur/reference-luminaire';
  readonly lnsProfileName = 'Veilleur Reference luminaire';
  readonly application = 'eclairage';
  readonly deviceClass = 'C';
  readonly confirmed = false;
  readonly count: number;
  readonly period_s: number;
  readonly faults;
  readonly lamps: Lamps;
  readonly #weather: Weather;
  readonly #ages: Key;
  readonly #supply: Key;
  readonly #drops: Key;

  constructor(settings: {
    readonly count: number;
    readonly period_s: number;
    readonly lamps: Lamps;
    readonly faults: Family['faults'];
    readonly weather: Weather;
    readonly city: Key;
  }) {
    this.count = settings.count;
    this.period_s = settings.period_s;
    this.lamps = settings.lamps;
    this.faults = settings.faults;
    this.#weather = settings.weather;
    this.#ages = derive(settings.city, 'lamp ages');
    this.#supply = derive(settings.city, 'supply voltage');
    this.#drops = derive(settings.city, 'voltage drops');
  }

  report(number: number, time_s: number, clock_s: number): object {
    const now = this.#now(number, time_s);
    return {
      frame: 'report',
      time: clock_s,
      light_command_percent: now.told_percent,
      light_level_percent: now.given_percent,
      active_power_W: now.power_dW / 10,
      active_energy_Wh: now.energy_Wh,
      operating_time_min: now.operating_min,
      switch_on_count: now.starts,
      supply_voltage_V: now.voltage_V,
      supply_current_mA: now.current_mA,
      power_factor: now.powerFactor,
      temperature_Cel: Math.round(this.#weather.at_Cel(time_s) + (12 * now.given_percent) / 100),
      failures: now.failures,
    };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    const now = this.#now(number, time_s);
    const flag = (name: keyof typeof now.failures): Truth => ({
      quantity: name,
      channel: 0,
      value: now.failures[name] ? 1 : 0,
    });
    return [
      { quantity: 'light_command', channel: 0, value: now.told_percent },
      { quantity: 'light_level', channel: 0, value: now.given_percent },
      { quantity: 'active_power', channel: 0, value: now.power_dW / 10 },
      { quantity: 'active_energy_import', channel: 0, value: now.energy_Wh / 1000 },
      { quantity: 'operating_hours', channel: 0, value: now.operating_min / 60 },
      { quantity: 'switch_on_count', channel: 0, value: now.starts },
      { quantity: 'voltage', channel: 0, value: now.voltage_V },
      flag('lamp_failure'),
      flag('lamp_unexpected_on'),
      flag('cycling_failure'),
      flag('dimming_failure'),
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    const units = this.#initial(number).energy_Wh * DJ_PER_WH + this.lamps.deeds(number, time_s).energy_dJ;
    return [
      {
        quantity: 'active_energy_import',
        channel: 0,
        value: units / DJ_PER_WH / 1000,
        units,
        unit: 'dJ',
      },
    ];
  }

  #now(number: number, time_s: number) {
    const { calendar, told_percent, given_percent, misdeed } = this.lamps.stateAt(number, time_s);
    const { energy_dJ, lit_s, starts } = this.lamps.deeds(number, time_s);
    const initial = this.#initial(number);
    const level = calendar.levels_percent.indexOf(given_percent);
    const power_dW = this.lamps.power_dW(number, calendar, level);
    const voltage_V = this.#voltage_V(number, time_s);
    // A driver that is dimmed has a poorer power factor.
    const powerFactor = given_percent === 0 ? undefined : 0.87 + given_percent / 1000;
    // A fault is known from the first moment that it could be seen at, and stays raised by day: an alert
    // that closes at each sunrise is noise.
    const wasTold = (isFault: boolean, isDimmed: boolean) => {
      if (!isFault || misdeed === undefined) return false;
      for (const span of calendar.spans(misdeed.since_s, time_s + 1)) {
        if (!isDimmed || (calendar.levels_percent[span.level] ?? 100) < 100) return true;
      }
      return false;
    };
    return {
      told_percent,
      given_percent,
      power_dW,
      voltage_V,
      powerFactor: powerFactor === undefined ? undefined : Math.round(powerFactor * 100) / 100,
      current_mA: powerFactor === undefined ? 0 : Math.round((100 * power_dW) / voltage_V / powerFactor),
      energy_Wh: initial.energy_Wh + Math.floor(energy_dJ / DJ_PER_WH),
      operating_min: initial.operating_min + Math.floor(lit_s / 60),
      starts: initial.starts + starts,
      failures:
        misdeed === undefined
          ? SOUND
          : {
              lamp_failure: wasTold(misdeed.kind === 'lamp_failure', false),
              lamp_unexpected_on: told_percent === 0 && given_percent > 0,
              cycling_failure: wasTold(misdeed.kind === 'cycling', false),
              dimming_failure: wasTold(misdeed.kind === 'dimming_ignored', true),
            },
    };
  }

  /** Lamps of one transformer see one voltage, less what the line to each of them loses. */
  #voltage_V(number: number, time_s: number): number {
    const drop_V = between(this.#drops, number, 0, 3);
    return Math.round(10 * (228 + 10 * smooth(this.#supply, time_s / 900) - drop_V)) / 10;
  }

  /** Up to three years old at the installation: 4,200 h and 365 evenings a year, dimmed to two thirds. */
  #initial(number: number) {
    const years = between(this.#ages, number, 0, 3);
    return {
      operating_min: Math.floor(years * 4200 * 60),
      energy_Wh: Math.floor(years * 4200 * 60 * 0.67),
      starts: Math.floor(years * 365),
    };
  }
}

const SOUND = {
  lamp_failure: false,
  lamp_unexpected_on: false,
  cycling_failure: false,
  dimming_failure: false,
};
