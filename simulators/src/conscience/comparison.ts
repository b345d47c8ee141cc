import type { DevEui, Quantity } from '@veilleur/domain';
import type { RunPlan } from '../run/run-plan.ts';
import type { Source } from '../run/source.ts';
import type { FrameDigest } from './frame-digest.ts';
import type { FoundAlert } from './judge-alerts.ts';
import type { Knowledge } from './knowledge.ts';

export interface HeldSession extends FrameDigest {
  readonly devEui: DevEui;
  readonly sessionKey: string;
  readonly decoded: number;
}

export interface HeldFrame {
  readonly sessionKey: string;
  readonly fCnt: number;
  readonly receivedAt: Date;
  readonly hash: number;
  readonly decoding: string;
  readonly decodingReason: string | null;
}

export interface HeldMeasurement {
  readonly devEui: DevEui;
  readonly quantity: Quantity;
  readonly channel: number;
  readonly timeMs: number;
  readonly value: number;
  /** When the server received the frame that told it. */
  readonly reportedAtMs: number;
}

/** One bucket of a point's consumption. */
export interface HeldConsumption {
  readonly code: string;
  readonly quantity: string;
  readonly channel: number;
  readonly bucket: 'hour' | 'day' | 'month';
  readonly fromMs: number;
  /** Millionths of the quantity's unit; null where it is missing. */
  readonly value: number | null;
  readonly quality: string;
}

/** What the database holds of the run's span and devices. */
export interface Holdings {
  sessions(): AsyncIterable<HeldSession>;
  /** In the order of time. */
  framesOf(devEui: DevEui): Promise<readonly HeldFrame[]>;
  /** Device by device, each device's in the order of time. */
  measurementsOf(devEuis: readonly DevEui[], quantities: readonly Quantity[]): AsyncIterable<HeldMeasurement>;
  /** The same of all that the devices ever told: consumption knows of no run. */
  readingsOf(devEuis: readonly DevEui[], quantities: readonly Quantity[]): AsyncIterable<HeldMeasurement>;
  /** Which of these codes are metering points. */
  pointsOf(codes: readonly string[]): Promise<ReadonlySet<string>>;
  /** Point by point, all that is held of each. */
  consumptionOf(codes: readonly string[]): AsyncIterable<HeldConsumption>;
  /** Points whose code begins so, and whose consumption is still to be made. */
  unsettledPoints(codePrefix: string): Promise<number>;
  /** What rules raised of these devices, and did not withdraw; absent: nobody watched them as time passed. */
  readonly alerts?: () => Promise<readonly FoundAlert[]>;
  /** How many of each kind. */
  events(): Promise<ReadonlyMap<string, number>>;
  quarantine(): Promise<
    readonly {
      readonly code: string;
      readonly reason: string;
      readonly devEui: DevEui | null;
      readonly messages: number;
    }[]
  >;
}

export interface ComparisonContext {
  readonly plan: RunPlan;
  readonly source: Source;
  readonly knowledge: Knowledge;
  readonly holdings: Holdings;
  /** How much of the devices is compared value by value, 0 to 1; which ones follows from the seed. */
  readonly deviceShare: number;
  /** Told what takes long, a line each. */
  readonly say: (line: string) => void;
}

export const FINDING_KINDS = [
  'frame_missing',
  'frame_not_sent',
  'frame_doubled',
  'frame_altered',
  'frame_misdated',
  'frame_undecoded',
  'index_wrong',
  'index_missing',
  'sum_wrong',
  'state_wrong',
  'state_missing',
  'point_missing',
  'consumption_unsettled',
  'consumption_missing',
  'consumption_unfounded',
  'consumption_wrong',
  'consumption_unreconciled',
  'quality_wrong',
  'measurement_unfounded',
  'measurement_doubled',
  'event_count',
  'quarantined',
  'expectation_missed',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One thing that is not as it was simulated. */
export interface Finding {
  readonly kind: FindingKind;
  readonly devEui: DevEui | null;
  readonly fCnt: number | null;
  /** Of the frame's reception, or of the measurement. */
  readonly at: Date | null;
  /** What it is about: a quantity and channel, a session, a kind of event. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  /** How bad: the worst are shown first. */
  readonly weight: number;
}

export interface ComparisonResult {
  /** How many things were compared. */
  readonly compared: number;
  /** How many of them differ; `findings` may name fewer. */
  readonly differences: number;
  readonly findings: readonly Finding[];
  /** Figures by name, for the report. */
  readonly figures: Readonly<Record<string, number>>;
}

/**
 * One thing that what was simulated is held against. Whoever brings another part of the pipeline adds
 * another one to `COMPARISONS`.
 */
export interface Comparison {
  readonly name: string;
  run(context: ComparisonContext): Promise<ComparisonResult>;
}

/** Findings of one comparison that are named at most; all are counted. */
export const MOST_FINDINGS = 1000;

/** Counts all, keeps the worst. */
export class Findings {
  #kept: Finding[] = [];
  #differences = 0;
  compared = 0;
  readonly figures: Record<string, number> = {};

  get differences(): number {
    return this.#differences;
  }

  add(finding: Partial<Finding> & Pick<Finding, 'kind' | 'what' | 'expected' | 'found'>): void {
    this.#differences += 1;
    this.#kept.push({ devEui: null, fCnt: null, at: null, weight: 1, ...finding });
    if (this.#kept.length > 2 * MOST_FINDINGS) this.#prune();
  }

  count(figure: string, by = 1): void {
    this.figures[figure] = (this.figures[figure] ?? 0) + by;
  }

  result(): ComparisonResult {
    this.#prune();
    return {
      compared: this.compared,
      differences: this.#differences,
      findings: this.#kept,
      figures: this.figures,
    };
  }

  #prune(): void {
    this.#kept = worstFirst(this.#kept).slice(0, MOST_FINDINGS);
  }
}

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      b.weight - a.weight ||
      FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind) ||
      (a.devEui ?? '').localeCompare(b.devEui ?? '') ||
      (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0),
  );
}
