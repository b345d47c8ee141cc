import type { GeneratorProgress, Knowledge, RunPlan, Verdict } from '@veilleur/simulators';
import type { Latency } from './simulate-progress.ts';

/** What a simulation came to; the JSON of `--json` and `--report`. */
export interface SimulationReport {
  readonly scenario: string;
  readonly seed: number;
  readonly from: Date;
  readonly until: Date;
  readonly devices: number;
  readonly format: string;
  readonly level: RunPlan['level'];
  /** What devices and gateways did, at the gateway level. */
  readonly network: GeneratorProgress['network'];
  /** Ended by Ctrl-C: what was under way then may be stored or not. */
  readonly isInterrupted: boolean;
  readonly mode: 'run' | 'dry' | 'verify';
  /** That the generator ran. */
  readonly seconds: number;
  /** Until the last new frame was seen to be stored. */
  readonly storedSeconds: number;
  readonly emissions: number;
  readonly lost: Knowledge['lost'];
  readonly published: GeneratorProgress['counts'];
  /** Published frames and events that the database could not have had before. */
  readonly fresh: number;
  readonly duplicates: number;
  /** Published once more so late that the database takes them for other frames. */
  readonly repeated: number;
  /** New frames and events; null: there is no database to ask. */
  readonly stored: number | null;
  readonly latency: Latency | null;
  /** Null: without metering points, nobody meters consumption. */
  readonly points: PointsReport | null;
  readonly generator: { readonly cpuSeconds: number; readonly memoryMB: number };
  readonly sha256: string | null;
  readonly compareShare: number;
  /** Null: nothing was compared. */
  readonly verdict: Verdict | null;
  readonly missed: readonly Missed[];
}

/** The city's metering points, and how long their consumption took. */
export interface PointsReport {
  /** That were not known before. */
  readonly added: number;
  readonly addedSeconds: number;
  /** Installations that were recorded anew after the run. */
  readonly corrected: number;
  /** From the last stored frame until all was settled; null: it was not. */
  readonly settledSeconds: number | null;
}

/** What the scenario expects and did not get. */
export interface Missed {
  readonly expectation: Exclude<keyof RunPlan['expect'], 'recall' | 'precision'>;
  readonly expected: number;
  readonly found: number;
}

export const lostFrames = ({ lost }: Pick<SimulationReport, 'lost'>): number =>
  Object.values(lost).reduce((sum, count) => sum + count, 0);

export function missedExpectations(
  report: Omit<SimulationReport, 'missed'>,
  expect: RunPlan['expect'],
): Missed[] {
  const missed: Missed[] = [];
  const { lostShare, p99_ms, perSecond } = expect;
  const lost = lostFrames(report) / Math.max(1, report.emissions);
  if (lostShare !== undefined && lost > lostShare) {
    missed.push({ expectation: 'lostShare', expected: lostShare, found: lost });
  }
  if (p99_ms !== undefined && report.latency !== null && report.latency.p99_ms > p99_ms) {
    missed.push({ expectation: 'p99_ms', expected: p99_ms, found: report.latency.p99_ms });
  }
  const rate = (report.stored ?? report.published.published) / Math.max(0.001, report.storedSeconds);
  if (perSecond !== undefined && rate < perSecond) {
    missed.push({ expectation: 'perSecond', expected: perSecond, found: rate });
  }
  return missed;
}
