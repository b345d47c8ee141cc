import type { ReadingQuality, Source } from './series.ts';

/** Which source is believed first: the lower number. What is not named is believed last. */
export type Precedence = Readonly<Partial<Record<`${Source}/${ReadingQuality}`, number>>>;

/** The operator's final reading is what is billed; a device's own number beats one that may be revised. */
export const DEFAULT_PRECEDENCE: Precedence = {
  'operator/final': 0,
  'operator/measured': 1,
  'lorawan/final': 2,
  'lorawan/measured': 2,
  'operator/provisional': 3,
  'lorawan/provisional': 4,
  'operator/estimated': 5,
  'lorawan/estimated': 5,
};

export interface ConsumptionOptions {
  /** IANA zone of the point: hours, days and similar days are its own. */
  readonly zone: string;
  /**
   * The most that can run through, millionths of the unit an hour. Null: nothing is known, so nothing is
   * too much. Absent: learned from the series; keep what was learned with the point and hand it back, or a
   * window of readings is judged otherwise than the whole.
   */
  readonly maximumRate?: number | null;
  /** How often a reading is due, ms; null: nothing is a gap. Absent: learned. */
  readonly stepMs?: number | null;
  /** A reading this near to the edge of a bucket stands for the edge. */
  readonly edgeToleranceMs?: number;
  readonly precedence?: Precedence;
  /** What a bucket inside a gap shows: an estimate that reconciles to the next index, or nothing. */
  readonly gaps?: 'estimate' | 'missing';
  /** The same for what no later reading closes: after the last one, across a reset, before a first index. */
  readonly openEnd?: 'estimate' | 'missing';
  /** Nothing is estimated after this moment: it is not yet known. */
  readonly until?: number;
  /** Sources that differ by no more than this agree: a litre, a watt-hour. */
  readonly sumTolerance?: number;
  /** Days that count as Sundays, as ISO dates. */
  readonly holidays?: readonly string[];
}

export type Settings = Required<Omit<ConsumptionOptions, 'maximumRate' | 'stepMs' | 'until'>> & {
  readonly until: number;
};

export function settingsOf(options: ConsumptionOptions): Settings {
  return {
    zone: options.zone,
    edgeToleranceMs: options.edgeToleranceMs ?? 60_000,
    precedence: options.precedence ?? DEFAULT_PRECEDENCE,
    gaps: options.gaps ?? 'estimate',
    openEnd: options.openEnd ?? 'estimate',
    until: options.until ?? Number.POSITIVE_INFINITY,
    sumTolerance: options.sumTolerance ?? 1_000,
    holidays: options.holidays ?? [],
  };
}

export function rankOf(told: { source: Source; quality: ReadingQuality }, precedence: Precedence): number {
  return precedence[`${told.source}/${told.quality}`] ?? Number.MAX_SAFE_INTEGER;
}
