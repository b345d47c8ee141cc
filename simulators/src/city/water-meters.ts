import { type DeviceFaults, isIn } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';
import type { Batteries } from './battery.ts';
import type { Family, Physics, Truth } from './family.ts';
import type { Meters } from './meters.ts';

/** The Extended frame holds the log of 16 full hours: one volume and 15 increments. */
const LOGGED_HOURS = 15;
/** The Enhanced frame holds 24 readings, of which the last is the midnight that opens its date. */
const ENHANCED_HOURS = 23;
const DAY_S = 86_400;
/** A day without a still hour; and half an hour of a flow that no household draws. */
const LEAK_SEEN_AFTER_S = DAY_S;
const BURST_SEEN_AFTER_S = 1800;

/** Axioma Qalcosonic W1: hourly log in each frame, alarms in the status byte. */
export class WaterMeters implements Family {
  readonly medium = 'water';
  readonly profileId = 'axioma/qalcosonic-w1';
  readonly lnsProfileName = 'Axioma Qalcosonic W1';
  readonly application = 'eau';
  readonly deviceClass = 'A';
  readonly confirmed: boolean;
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
    this.confirmed = settings.id === 'district';
    this.#batteries = settings.batteries;
  }

  report(number: number, time_s: number, clock_s: number): object {
    const faults = this.faults.get(number);
    const status = this.#status(number, time_s, faults);
    const error_s = clock_s - time_s;
    const isEnhanced = faults?.codec.some((fault) => isIn(fault, time_s)) === true;
    const hours = isEnhanced ? ENHANCED_HOURS : LOGGED_HOURS;
    const last_s = isEnhanced ? clock_s - (clock_s % DAY_S) : clock_s - (clock_s % 3600);
    const first_s = last_s - hours * 3600;
    const deltas_L = new Array<number>(hours);
    const logVolume_L = this.meters.index(number, first_s - error_s);
    let before_L = logVolume_L;
    for (let hour = 0; hour < hours; hour++) {
      const after_L = this.meters.index(number, first_s - error_s + (hour + 1) * 3600);
      deltas_L[hour] = after_L - before_L;
      before_L = after_L;
    }
    if (isEnhanced) {
      return { layout: 'enhanced', time: clock_s, status, log_volume_L: logVolume_L, deltas_L };
    }
    return {
      layout: 'extended',
      time: clock_s,
      status,
      present_volume_m3: this.meters.index(number, time_s) / 1000,
      log_time: first_s,
      log_volume_L: logVolume_L,
      deltas_L,
    };
  }

  truth(number: number, time_s: number): readonly Truth[] {
    const status = this.#status(number, time_s, this.faults.get(number));
    const code = status & 0xe0;
    return [
      { quantity: 'water_volume', channel: 0, value: this.meters.index(number, time_s) / 1000 },
      { quantity: 'leak', channel: 0, value: code === LEAK ? 1 : 0 },
      { quantity: 'burst', channel: 0, value: code === BURST ? 1 : 0 },
      { quantity: 'backflow', channel: 0, value: code === BACKFLOW ? 1 : 0 },
      { quantity: 'low_battery', channel: 0, value: (status & LOW_BATTERY) === 0 ? 0 : 1 },
    ];
  }

  physics(number: number, time_s: number): readonly Physics[] {
    const units = this.meters.physics(number, time_s);
    return [{ quantity: 'water_volume', channel: 0, value: units / 1e6, units, unit: 'mL' }];
  }

  #status(number: number, time_s: number, faults: DeviceFaults | undefined): number {
    const battery = this.#batteries.isLow(number, time_s, faults?.battery ?? []) ? LOW_BATTERY : 0;
    if (faults === undefined) return battery;
    const running = faults.flow.filter((fault) => isIn(fault, time_s) && fault.kind !== 'leak_network');
    const seen = (kind: 'burst' | 'leak', after_s: number) =>
      running.some(
        (fault) => (fault.kind === 'leak_burst') === (kind === 'burst') && time_s - fault.from_s >= after_s,
      );
    if (seen('burst', BURST_SEEN_AFTER_S)) return battery | BURST;
    if (faults.register?.kind === 'backflow' && isIn(faults.register, time_s)) return battery | BACKFLOW;
    return seen('leak', LEAK_SEEN_AFTER_S) ? battery | LEAK : battery;
  }
}

const LOW_BATTERY = 0x04;
const LEAK = 0x20;
const BACKFLOW = 0x60;
const BURST = 0xa0;
