import { ALERTS } from './compare-alerts.ts';
import { CONSUMPTION } from './compare-consumption.ts';
import { EVENTS } from './compare-events.ts';
import { FRAMES } from './compare-frames.ts';
import { REGISTERS, STATES } from './compare-values.ts';
import {
  type Comparison,
  type ComparisonContext,
  type ComparisonResult,
  type Finding,
  worstFirst,
} from './comparison.ts';

/** What is compared, in this order. */
export const COMPARISONS: readonly Comparison[] = [FRAMES, EVENTS, REGISTERS, STATES, CONSUMPTION, ALERTS];

/** All that a run lets be compared: without metering points nobody meters consumption. */
function comparisonsOf({ plan, holdings }: ComparisonContext): readonly Comparison[] {
  return COMPARISONS.filter(
    (one) =>
      (one !== CONSUMPTION || plan.meteringPoints) && (one !== ALERTS || holdings.alerts !== undefined),
  );
}

export interface NamedResult extends ComparisonResult {
  readonly name: string;
  readonly seconds: number;
}

export interface Verdict {
  readonly isWell: boolean;
  readonly comparisons: readonly NamedResult[];
  /** That could have been, and were not asked for. */
  readonly notCompared: readonly string[];
  /** Of all comparisons, the worst first. */
  readonly findings: readonly Finding[];
  readonly differences: number;
}

/** Holds what was simulated against what the database holds. Streaming: memory is that of the devices. */
export async function judge(
  context: ComparisonContext,
  comparisons: readonly Comparison[] = comparisonsOf(context),
): Promise<Verdict> {
  const results: NamedResult[] = [];
  for (const comparison of comparisons) {
    const startMs = performance.now();
    const result = await comparison.run({
      ...context,
      say: (line) => context.say(`${comparison.name}: ${line}`),
    });
    results.push({ name: comparison.name, ...result, seconds: (performance.now() - startMs) / 1000 });
  }
  const differences = results.reduce((sum, result) => sum + result.differences, 0);
  return {
    isWell: differences === 0,
    comparisons: results,
    notCompared: COMPARISONS.filter((one) => !comparisons.includes(one)).map(({ name }) => name),
    findings: worstFirst(results.flatMap(({ findings }) => findings)),
    differences,
  };
}
