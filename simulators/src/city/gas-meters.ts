import { type DeviceFaults, isIn } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';
import type { Batteries } from './battery.ts';
import type { Family, Physics, Truth } from './family.ts';
import type { Meters } from './meters.ts';

/** The alarms' frame takes the place of a counter frame once a day, if there are others that day. */
const LEAST_REPORTS_A_DAY = 4;
const DAY_S = 86_400;

/** Adeunis PULSE on the pulse output of a Gazpar, input A. */
export class GasMeters implements Family {
  readonly medium = 'gas';
  readonly profileId = 'adeunis/pulse';
  readonly lnsProfileName = 'Adeunis PULSE';
  readonly application = 'gaz';
  readonly deviceClass = 'A';
  readonly confirmed = false;
  readonly id: FamilyId;
  readonly count: number;
  readonly period_s: number;
  readonly faults;
  readonly meters: Meters;
  readonly #batteries: Batteries;

  constructor(settings: {
    readonly id: FamilyId;
    readonly count: number;
    readonly period_s: number;
    readonly meters: Meters;
    readonly faults: Family['faults'];
    readonly batteries: Batteries;
  }) {
    this.id = settings.id;
    this.count = settings.count;
    this.period_s = settings.period_s;
    this.meters = settings.meters;
    this.faults = settings.faults;
    this.#batteries = settings.batteries;
  }

  report(number: number, time_s: number, clock_s: number, report: number): object {
    const faults = this.faults.get(number);
    const status = {
      frame_counter: report % 8,
      low_battery: this.#batteries.isLow(number, time_s, faults?.battery ?? []),
      configuration_done: true,
    };
    // Version 1 of the firmware does not date its frames; from version 2 on it does.
    const time = faults !== undefined && !isDated(faults, time_s) ? undefined : clock_s;
    const perDay = Math.floor(DAY_S / this.period_s);
    if (perDay >= LEAST_REPORTS_A_DAY && report % perDay === perDay - 1) {
      return { ...this.#daily(number, time_s, isTampered(faults, time_s)), status, time };
    }
    const pulses = this.meters.index(number, time_s);
    return { frame: 'counters', status, time, channel_a: { pulses }, channel_b: { pulses: 0 } };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    const faults = this.faults.get(number);
    return [
      { quantity: 'pulse_count', channel: 1, value: this.meters.index(number, time_s) },
      { quantity: 'tamper', channel: 1, value: isTampered(faults, time_s) ? 1 : 0 },
      {
        quantity: 'low_battery',
        channel: 0,
        value: this.#batteries.isLow(number, time_s, faults?.battery ?? []) ? 1 : 0,
      },
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    const units = this.meters.physics(number, time_s);
    return [{ quantity: 'gas_volume', channel: 0, value: units / 1000, units, unit: 'dm3' }];
  }

  /** The alarm bits, and the highest and lowest flow of 24 h. */
  #daily(number: number, time_s: number, tamper: boolean): object {
    let highest = 0;
    let lowest = 0xffff;
    let after = this.meters.index(number, time_s);
    for (let hour = 1; hour <= 24; hour++) {
      const before = this.meters.index(number, time_s - hour * 3600);
      const flow = Math.min(0xffff, Math.max(0, after - before));
      highest = Math.max(highest, flow);
      lowest = Math.min(lowest, flow);
      after = before;
    }
    const flows = { highest_flow_pulses_per_h: highest, lowest_flow_pulses_per_h: lowest };
    return {
      frame: 'daily',
      channel_a: { flow_alarm: false, tamper, leak: false, ...flows },
      channel_b: {
        flow_alarm: false,
        tamper: false,
        leak: false,
        highest_flow_pulses_per_h: 0,
        lowest_flow_pulses_per_h: 0,
      },
    };
  }
}

function isTampered(faults: DeviceFaults | undefined, time_s: number): boolean {
  return faults?.register?.kind === 'tamper' && isIn(faults.register, time_s);
}

function isDated(faults: DeviceFaults, time_s: number): boolean {
  const change = faults.codec[0];
  return change === undefined || isIn(change, time_s);
}
