import type { World } from '@veilleur/operators';
import type { Registry } from '@veilleur/runtime';
import { type JobOutcome, type Pool, runJob } from '@veilleur/store';
import type { Job } from './jobs.ts';
import type { OperatorSource } from './operators-file.ts';
import { createPullMetrics } from './pull-metrics.ts';
import { type PullDependencies, pullSource } from './pull-source.ts';

/** The name of a source's job, and of its lock. */
const pullJobName = ({ name }: Pick<OperatorSource, 'name'>): string => `pull:${name}`;

/** The sources as jobs by the clock. */
export function pullJobs(
  sources: readonly OperatorSource[],
  {
    pool,
    registry,
    clock = () => new Date(),
    world,
  }: {
    readonly pool: Pool;
    readonly registry: Registry;
    readonly clock?: () => Date;
    readonly world?: World;
  },
): Job[] {
  if (sources.length === 0) return [];
  const metrics = createPullMetrics(registry, pool);
  return sources.map((source) => ({
    name: pullJobName(source),
    schedule: source.schedule,
    catchesUp: true,
    work: async (now, signal) => {
      const detail = await pullSource(source, {
        pool,
        now,
        clock,
        signal,
        ...(world === undefined ? {} : { world }),
        onStored: (stored) => metrics.stored(source.name, stored),
      });
      metrics.problems(source.name, detail.problems);
      return detail;
    },
  }));
}

/** Pulls a source now, unless somebody is at it; recorded as its hour's run would be. */
export function pullNow(source: OperatorSource, dependencies: PullDependencies): Promise<JobOutcome> {
  return runJob(dependencies.pool, pullJobName(source), () => pullSource(source, dependencies));
}
