import { QUANTITIES, type Quantity } from '@veilleur/domain';
import type { CityDevice } from '../city/city-device.ts';
import { HOUR_MS } from '../city/clock.ts';
import type { Family } from '../city/family.ts';
import { clockError_s } from '../faults/device-faults.ts';
import type { RunPlan } from '../run/run-plan.ts';
import type { Findings, HeldMeasurement } from './comparison.ts';
import type { Knowledge } from './knowledge.ts';
import type { SendingTimes } from './report-times.ts';
import { codecOf, hoursOf, isLogged, keepsLog } from './told-times.ts';

const PULSE = 'adeunis/pulse';
/** Of fewer none tells alarms. */
const LEAST_REPORTS_A_DAY = 4;

/** Frames of a device that the database must have. */
export interface Heard {
  frames: number;
  /** Of these: a second time, hours later. What they date themselves is there already. */
  repeated: number;
  /** Of these: may be there or not. */
  inDoubt: number;
}

export function heardFrames({ sessions, inDoubt }: Knowledge): ReadonlyMap<number, Heard> {
  const heard = new Map<number, Heard>();
  for (const { device, frames, repeated } of sessions) {
    const known = heard.get(device);
    if (known === undefined) heard.set(device, { frames, repeated, inDoubt: 0 });
    else {
      known.frames += frames;
      known.repeated += repeated;
    }
  }
  for (const { device } of inDoubt) {
    const known = heard.get(device);
    if (known !== undefined) known.inDoubt += 1;
  }
  return heard;
}

/** Frames at most in which a PULSE told its alarms, and no count. */
export function mostAlarmFrames(
  { profileId }: CityDevice,
  { period_s }: Family,
  { fromMs, untilMs }: Pick<RunPlan, 'fromMs' | 'untilMs'>,
): number {
  const perDay = Math.floor(86_400 / period_s);
  if (profileId !== PULSE || perDay < LEAST_REPORTS_A_DAY) return 0;
  return Math.floor((untilMs - fromMs) / (1000 * perDay * period_s)) + 1;
}

interface Told {
  /** When frames that told it were received. */
  readonly reports: Set<number>;
  /** Values that no log tells: one a frame. */
  values: number;
}

/** What one device told, for the question whether all of it is there, and nothing twice. */
export class ToldValues {
  readonly #device: CityDevice;
  readonly #family: Family;
  readonly #keepsLog: boolean;
  readonly #told = new Map<Quantity, Map<number, Told>>();
  /** Of a device that keeps a log. */
  readonly #reports = new Set<number>();
  readonly #hours = new Set<number>();

  constructor(device: CityDevice, family: Family) {
    this.#device = device;
    this.#family = family;
    this.#keepsLog = keepsLog(device);
  }

  note(held: HeldMeasurement): void {
    const { quantity, channel, timeMs, reportedAtMs } = held;
    let channels = this.#told.get(quantity);
    if (channels === undefined) {
      channels = new Map();
      this.#told.set(quantity, channels);
    }
    let told = channels.get(channel);
    if (told === undefined) {
      told = { reports: new Set(), values: 0 };
      channels.set(channel, told);
    }
    told.reports.add(reportedAtMs);
    if (this.#keepsLog) this.#reports.add(reportedAtMs);
    if (isLogged(this.#device, held)) this.#hours.add(timeMs);
    else told.values += 1;
  }

  /**
   * Each register and flag that the models name was told by as many frames as were heard, once by each.
   *
   * @param quantities that were asked for.
   */
  compare(
    heard: Heard = NEVER,
    quantities: readonly Quantity[],
    plan: Pick<RunPlan, 'fromMs' | 'untilMs'>,
    knowledge: Pick<Knowledge, 'offsetMs'>,
    findings: Findings,
  ): void {
    const { number, devEui } = this.#device;
    for (const { quantity, channel } of this.#family.truth(number, plan.fromMs / 1000)) {
      if (!quantities.includes(quantity)) continue;
      const { values, reports } = this.#of(quantity, channel);
      const what = channel === 0 ? quantity : `${quantity}/${channel}`;
      const least = this.#least(quantity, heard, quantities, plan, knowledge);
      if (reports.size < least) {
        findings.add({
          kind: QUANTITIES[quantity].kind === 'index' ? 'index_missing' : 'state_missing',
          devEui,
          what: `frames that told ${what}`,
          expected: least === heard.frames ? `${least}` : `${least} to ${heard.frames}`,
          found: `${reports.size}`,
          weight: 3,
        });
      }
      if (values > heard.frames) {
        findings.add({
          kind: 'measurement_doubled',
          devEui,
          what,
          expected: `one of each of ${heard.frames} frames`,
          found: `${values}`,
          weight: 3,
        });
      }
    }
  }

  /** Of how many frames a value is there at least. */
  #least(
    quantity: Quantity,
    { frames, repeated, inDoubt }: Heard,
    quantities: readonly Quantity[],
    plan: Pick<RunPlan, 'fromMs' | 'untilMs'>,
    { offsetMs }: Pick<Knowledge, 'offsetMs'>,
  ): number {
    const all = frames - repeated - inDoubt - this.#clockRepeats(plan);
    if (quantity === 'water_volume') {
      // An Enhanced frame tells no present volume. One on the hour is an hour of the next frame's log, which
      // may have come first.
      if (codecOf(this.#device, this.#family).length > 0) return 0;
      return this.#isOnTheHour(offsetMs) ? 0 : all - this.#clockOnTheHour(plan);
    }
    if (this.#device.profileId !== PULSE) return all;
    // A frame tells the count, or once a day alarms.
    if (quantity === 'tamper') return all - this.#of('pulse_count', 1).reports.size;
    if (quantity !== 'pulse_count') return all;
    if (quantities.includes('tamper')) return all - this.#of('tamper', 1).reports.size;
    return all - mostAlarmFrames(this.#device, this.#family, plan);
  }

  /** Frames that carry the date of another one before, after a clock was put back. */
  #clockRepeats(plan: Pick<RunPlan, 'untilMs'>): number {
    return this.#clockErrors(plan).reduce(
      (sum, { error_s }) => sum + Math.floor(Math.max(0, error_s) / this.#family.period_s),
      0,
    );
  }

  /** Frames at most whose clock, while it drifts, says a full hour. */
  #clockOnTheHour(plan: Pick<RunPlan, 'untilMs'>): number {
    return this.#clockErrors(plan).reduce((sum, { error_s, aDay_s }) => {
      const hours = Math.ceil(Math.abs(error_s) / 3600) + 1;
      const framesASecond = Math.ceil(86_400 / (Math.abs(aDay_s) * this.#family.period_s)) + 1;
      return sum + hours * framesASecond;
    }, 0);
  }

  #clockErrors({ untilMs }: Pick<RunPlan, 'untilMs'>) {
    const clock = this.#family.faults.get(this.#device.number)?.clock ?? [];
    return clock.map((fault) => ({
      error_s: clockError_s([fault], Math.min(fault.until_s - 1, Math.floor(untilMs / 1000))),
      aDay_s: fault.size,
    }));
  }

  #isOnTheHour(offsetMs: Knowledge['offsetMs']): boolean {
    const offset_s = Math.floor((offsetMs[this.#device.index] ?? Number.NaN) / 1000);
    return offset_s % greatestCommon(this.#family.period_s, 3600) === 0;
  }

  /** Full hours of the heard frames' logs that are not among the values. */
  missingHours(sendings: SendingTimes): Set<number> {
    const missing = new Set<number>();
    for (const receivedAtMs of this.#reports) {
      const sentAtMs = sendings.at(receivedAtMs);
      if (sentAtMs === null) continue;
      const [firstMs, lastMs] = hoursOf(this.#device, this.#family, sentAtMs);
      for (let ms = firstMs; ms <= lastMs; ms += HOUR_MS) if (!this.#hours.has(ms)) missing.add(ms);
    }
    return missing;
  }

  #of(quantity: Quantity, channel: number): Told {
    return this.#told.get(quantity)?.get(channel) ?? NOTHING;
  }
}

const NEVER: Heard = { frames: 0, repeated: 0, inDoubt: 0 };
const NOTHING: Told = { reports: new Set(), values: 0 };

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}
