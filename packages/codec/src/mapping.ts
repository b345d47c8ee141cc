import { CHANNEL_MAX, type Measurement, QUANTITIES, type Quantity } from '@veilleur/domain';

import { implausibility, readDeviceTime } from './device-time.ts';
import { addPath, emptyPathTree, type Path, parsePath, pathsOutside, valueAt } from './path.ts';
import { type Conversion, conversionBetween, scaledBy, UNCHANGED } from './units.ts';

/** One line of a profile's `measurements`, as written. Its quantity and unit have been checked. */
export interface MappingEntry {
  readonly quantity: Quantity;
  /** Dotted path of the value; relative to the sample where `each` is given. */
  readonly field: string;
  /** Dotted path of an array of samples. */
  readonly each?: string | undefined;
  /** Dotted path of the device's time. */
  readonly time?: string | undefined;
  /** The decoder's unit, where it is not the quantity's. */
  readonly unit?: string | undefined;
  /** Factor from the decoder's number to `unit`. */
  readonly scale?: number | undefined;
  readonly channel?: number | { readonly field: string } | undefined;
}

type MappingResult =
  | {
      readonly outcome: 'mapped';
      readonly measurements: Measurement[];
      readonly warnings: string[];
      readonly unmapped: string[];
    }
  | {
      readonly outcome: 'refused';
      readonly code: 'device_time_implausible' | 'decoder_output_invalid';
      readonly reason: string;
    };

/** A mapping, ready to be applied to what a decoder returned. Ours and strangers' decoders share it. */
export interface Mapping {
  apply(data: unknown, receivedAt: Date): MappingResult;
}

interface Rule {
  readonly quantity: Quantity;
  readonly isFlag: boolean;
  readonly field: Path;
  readonly each: Path | undefined;
  readonly time: Path | undefined;
  readonly conversion: Conversion;
  readonly channel: number | Path;
  /** How messages name it: `history[].volume_m3`. */
  readonly label: string;
}

/** Thrown inside `apply` only: the whole frame is condemned. */
class Refusal extends Error {
  readonly code: 'device_time_implausible' | 'decoder_output_invalid';

  constructor(code: Refusal['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A LoRaWAN payload has at most 242 bytes: whoever reads more than this out of it is not reading it. */
const MAX_MEASUREMENTS = 2000;

export function compileMapping(entries: readonly MappingEntry[]): Mapping {
  const rules = entries.map(compileRule);
  const read = emptyPathTree();
  for (const rule of rules) {
    const base = rule.each ?? [];
    addPath(read, [...base, ...rule.field]);
    if (rule.time !== undefined) addPath(read, [...base, ...rule.time]);
    if (typeof rule.channel !== 'number') addPath(read, [...base, ...rule.channel]);
  }
  return {
    apply(data, receivedAt) {
      const collected = new Collector(receivedAt);
      try {
        for (const rule of rules) {
          if (rule.each === undefined) collected.sample(rule, data);
          else collected.samples(rule, valueAt(data, rule.each));
        }
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        return { outcome: 'refused', code: thrown.code, reason: thrown.message };
      }
      return {
        outcome: 'mapped',
        measurements: collected.measurements,
        warnings: collected.warnings,
        unmapped: pathsOutside(read, data),
      };
    },
  };
}

function compileRule(entry: MappingEntry): Rule {
  const { kind, unit } = QUANTITIES[entry.quantity];
  const conversion = entry.unit === undefined ? UNCHANGED : conversionBetween(entry.unit, unit);
  if (conversion === undefined) throw new Error(`no conversion from ${entry.unit} to ${unit}`);
  return {
    quantity: entry.quantity,
    isFlag: kind === 'flag',
    field: parsePath(entry.field),
    each: entry.each === undefined ? undefined : parsePath(entry.each),
    time: entry.time === undefined ? undefined : parsePath(entry.time),
    conversion: entry.scale === undefined ? conversion : scaledBy(entry.scale, conversion),
    channel: typeof entry.channel === 'object' ? parsePath(entry.channel.field) : (entry.channel ?? 0),
    label: entry.each === undefined ? entry.field : `${entry.each}[].${entry.field}`,
  };
}

/** For messages: the value where it is short, else its type. `String()` throws on some objects. */
function shown(raw: unknown): string {
  if (typeof raw === 'string') return raw.slice(0, 60);
  return typeof raw === 'number' || typeof raw === 'boolean' ? `${raw}` : typeof raw;
}

/** Gathers one frame's measurements. */
class Collector {
  readonly measurements: Measurement[] = [];
  readonly warnings: string[] = [];
  readonly #receivedAt: Date;
  /**
   * Epoch milliseconds to the place of the newest measurement of that moment, and from each place to
   * the one before it of the same moment. Keys of text, one a measurement, took a quarter of a decode.
   */
  readonly #newestAt = new Map<number, number>();
  readonly #olderThan: (number | undefined)[] = [];

  constructor(receivedAt: Date) {
    this.#receivedAt = receivedAt;
  }

  samples(rule: Rule, samples: unknown): void {
    if (samples === undefined || samples === null) return;
    if (!Array.isArray(samples)) {
      this.warnings.push(`${rule.each?.join('.')} is not an array of samples`);
      return;
    }
    let undated = 0;
    for (const sample of samples) if (!this.sample(rule, sample)) undated++;
    if (undated > 0) {
      this.warnings.push(`${rule.label}: ${undated} samples carry no time, so they are not measurements`);
    }
  }

  /** False for a sample of a history that can't be dated. */
  sample(rule: Rule, sample: unknown): boolean {
    const raw = valueAt(sample, rule.field);
    if (raw === undefined || raw === null) return true;
    const time = this.#timeOf(rule, sample);
    if (time === undefined) return false;
    const value = this.#numberOf(rule, raw);
    const channel = this.#channelOf(rule, sample);
    if (value !== undefined && channel !== undefined) this.#add(rule.quantity, channel, time, value);
    return true;
  }

  /**
   * A reading on its own without a device time was made just before it was sent, so the reception
   * dates it. A sample of a history was not, so nothing dates it.
   */
  #timeOf(rule: Rule, sample: unknown): Date | undefined {
    const raw = rule.time === undefined ? undefined : valueAt(sample, rule.time);
    if (raw === undefined || raw === null) {
      return rule.each === undefined || rule.time === undefined ? this.#receivedAt : undefined;
    }
    const time = readDeviceTime(raw);
    if (time === undefined) {
      const reason = `${rule.time?.join('.')} is ${shown(raw)}, which is no time`;
      throw new Refusal('device_time_implausible', reason);
    }
    const reason = implausibility(time, this.#receivedAt);
    if (reason !== undefined) throw new Refusal('device_time_implausible', reason);
    return time;
  }

  #numberOf(rule: Rule, raw: unknown): number | undefined {
    if (rule.isFlag) {
      if (raw === true || raw === 1) return 1;
      if (raw === false || raw === 0) return 0;
      this.warnings.push(`${rule.label} is ${shown(raw)}, which is not a flag`);
      return undefined;
    }
    // Public decoders often end with toFixed(), which makes text of a number.
    const number = typeof raw === 'string' && /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      this.warnings.push(`${rule.label} is ${shown(raw)}, which is not a number`);
      return undefined;
    }
    const value = (number * rule.conversion.numerator) / rule.conversion.denominator;
    if (!Number.isFinite(value)) {
      this.warnings.push(`${rule.label} is too large to convert`);
      return undefined;
    }
    return value;
  }

  #channelOf(rule: Rule, sample: unknown): number | undefined {
    if (typeof rule.channel === 'number') return rule.channel;
    const channel = valueAt(sample, rule.channel);
    if (typeof channel !== 'number' || !Number.isInteger(channel) || channel < 0) {
      this.warnings.push(`${rule.label}: channel is ${shown(channel)}, which is not a whole number`);
      return undefined;
    }
    if (channel <= CHANNEL_MAX) return channel;
    this.warnings.push(`${rule.label}: channel is ${channel}, and the highest is ${CHANNEL_MAX}`);
    return undefined;
  }

  /**
   * (Device, quantity, channel, time) exists once. Within a frame the later entry of the mapping
   * wins, and says so where the values differ; an exact repetition is dropped without a word.
   */
  #add(quantity: Quantity, channel: number, time: Date, value: number): void {
    const moment = time.getTime();
    const measurement: Measurement = { quantity, channel, time, value, quality: 'measured' };
    const newest = this.#newestAt.get(moment);
    for (let place = newest; place !== undefined; place = this.#olderThan[place]) {
      const before = this.measurements[place];
      if (before?.quantity !== quantity || before.channel !== channel) continue;
      if (before.value !== value) {
        this.warnings.push(
          `${quantity} of channel ${channel} at ${time.toISOString()} is given twice, ${before.value} and ${value}: the last is kept`,
        );
        this.measurements[place] = measurement;
      }
      return;
    }
    if (this.measurements.length === MAX_MEASUREMENTS) {
      throw new Refusal('decoder_output_invalid', `more than ${MAX_MEASUREMENTS} measurements in one frame`);
    }
    this.#newestAt.set(moment, this.measurements.length);
    this.#olderThan.push(newest);
    this.measurements.push(measurement);
  }
}
