import type { Rational } from './micro.ts';

/** Times are milliseconds since 1970; amounts are millionths of the quantity's unit (micro.ts). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type Source = 'lorawan' | 'operator';

/**
 * What the source says of its number. `measured` is a device's own; an operator's is `provisional` for
 * some days, then `final`; `estimated` is an index that nobody read ("relevé estimé").
 */
export type ReadingQuality = 'measured' | 'provisional' | 'final' | 'estimated';

/** What a register showed at a moment. */
export interface Reading {
  readonly time: number;
  /** What the DEVICE shows: pulses of a counter, m3 of a meter. Its installation says what that is worth. */
  readonly value: number;
  readonly source: Source;
  readonly quality: ReadingQuality;
  /** Whose register; without it, the installation of that time. */
  readonly device?: string;
  /** When it became known, and its place in its source: of two at one time the later one wins. */
  readonly knownAt?: number;
  readonly seq?: number;
}

/** What went through between two moments, as a load curve says it, in the quantity's unit. */
export interface IntervalReading extends Span {
  readonly amount: number;
  readonly source: Source;
  readonly quality: ReadingQuality;
  readonly knownAt?: number;
  readonly seq?: number;
}

/**
 * A span of time for which a device stood at the point. A meter swap is one that ends and one that
 * begins; so is a new pulse counter at the same meter.
 */
export interface Installation {
  /** What shows the numbers: a LoRaWAN device, or the meter that an operator reads. */
  readonly device: string;
  /** The meter that measures. */
  readonly meter: string;
  readonly from: number;
  /** Null while it stands. */
  readonly to: number | null;
  /** Units of the quantity for one unit shown, such as 1/100 m3 a pulse. */
  readonly factor: Rational;
  /** Where the register starts again: after so many digits before the point, or at a count such as 2^24. */
  readonly rollover?: { readonly digits: number } | { readonly modulus: number };
  /** What the device showed when it came and when it went. */
  readonly startIndex?: number;
  readonly endIndex?: number;
  /**
   * What the METER showed when the device came, in the quantity's unit. With it (and `startIndex`)
   * counters that follow each other at one meter make one register.
   */
  readonly meterIndex?: number;
}

/** All that is known of one register of one metering point: a set, its order means nothing. */
export interface Series {
  readonly readings: readonly Reading[];
  readonly intervals?: readonly IntervalReading[];
  /** Without any, each device counts in the quantity's unit for all time. */
  readonly installations?: readonly Installation[];
}

export type FindingKind =
  /** The register passed its last digit. */
  | 'rollover'
  /** It went back for good: a reset, or a swap that nobody announced. What ran through meanwhile is unknown. */
  | 'reset'
  /** It went back a little: jitter, or water that flowed back. */
  | 'backwards'
  /** It stood still for longer than its past explains. */
  | 'stuck'
  /** No reading where there should be some. */
  | 'gap'
  /** Two sources tell different amounts; `detail` says which won. */
  | 'overlap'
  /** A reading that those around it contradict: left out. */
  | 'outlier'
  /** More than the plausible rate, and later readings agree: kept. */
  | 'jump'
  /** The same told twice, by different sources or in different qualities. */
  | 'duplicate'
  /** A reading of a device that did not stand here at that time: left out. */
  | 'not_installed';

/** Something that a person may want to look at. The raw readings stay as they are. */
export interface Finding {
  readonly kind: FindingKind;
  readonly at: number;
  readonly detail: Readonly<Record<string, number | string | null>>;
}
