import { codePrefixOf, createSource, type RunPlan, type Source } from '@veilleur/simulators';
import { recordCity } from '@veilleur/stack';
import type { Pool } from '@veilleur/store';
import { settleConsumption } from './simulate-consumption.ts';
import type { Interrupts } from './simulate-interrupt.ts';
import { correctCity, pointsToCorrect } from './simulate-points.ts';
import type { PointsReport } from './simulate-report.ts';
import type { Screen } from './simulate-screen.ts';

const DEFAULT_TIME_ZONE = 'Europe/Paris';

/** What makes a city's consumption: its points before the run, what is learned of them after it. */
export class Metering {
  readonly #pool: Pool;
  readonly #plan: RunPlan;
  readonly #source: Source;
  report: PointsReport;

  private constructor(pool: Pool, plan: RunPlan, source: Source, report: PointsReport) {
    this.#pool = pool;
    this.#plan = plan;
    this.#source = source;
    this.report = report;
  }

  static async begin(pool: Pool, plan: RunPlan, screen: Screen): Promise<Metering> {
    const startMs = performance.now();
    const source = await createSource(plan);
    const added = await recordCity(pool, source.city, {
      timeZone: plan.city.timeZone ?? DEFAULT_TIME_ZONE,
      until: new Date(plan.untilMs),
      now: new Date(),
    });
    const addedSeconds = (performance.now() - startMs) / 1000;
    if (added > 0) screen.say(screen.words.points(added, addedSeconds));
    return new Metering(pool, plan, source, { added, addedSeconds, corrected: 0, settledSeconds: null });
  }

  async end(screen: Screen, interrupts: Interrupts): Promise<void> {
    // What was believed until now is to be known, or nobody could ask for it afterwards.
    const codes = pointsToCorrect(this.#plan, this.#source);
    if (codes.length > 0) await settleConsumption(this.#pool, { codes }, screen, interrupts);
    const corrected = await correctCity(this.#pool, this.#plan, this.#source, new Date());
    if (corrected > 0) screen.say(screen.words.corrected(corrected));
    const ours = { codePrefix: `${codePrefixOf(this.#source.city)}-` };
    const settledSeconds = await settleConsumption(this.#pool, ours, screen, interrupts);
    this.report = { ...this.report, corrected, settledSeconds };
  }
}
