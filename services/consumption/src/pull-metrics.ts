import { Counter, Gauge, type Registry } from '@veilleur/runtime';
import { lastRuns, type Pool } from '@veilleur/store';

/** What pulls tell of themselves, each under the name of its source. */
export function createPullMetrics(registry: Registry, pool: Pool) {
  const registers = [registry];
  const labelNames = ['source'] as const;
  const readings = new Counter({
    name: 'veilleur_pull_readings_total',
    help: 'Readings that operators gave, known ones included',
    labelNames,
    registers,
  });
  const changed = new Counter({
    name: 'veilleur_pull_changed_readings_total',
    help: 'Readings that operators gave and that were new or revised',
    labelNames,
    registers,
  });
  const problems = new Counter({
    name: 'veilleur_pull_problems_total',
    help: 'Points and lines that a pull could not take, or that deserve a look',
    labelNames,
    registers,
  });
  new Gauge({
    name: 'veilleur_pull_last_done_timestamp_seconds',
    help: 'When a pull of the source last ended well, by whichever process',
    labelNames,
    registers,
    async collect() {
      const runs = await lastRuns(pool).catch(() => []);
      for (const { job, lastDoneAt } of runs) {
        if (job.startsWith('pull:') && lastDoneAt !== null)
          this.set({ source: job.slice('pull:'.length) }, lastDoneAt.getTime() / 1000);
      }
    },
  });
  return {
    stored: (source: string, stored: { readonly readings: number; readonly changed: number }) => {
      readings.inc({ source }, stored.readings);
      changed.inc({ source }, stored.changed);
    },
    problems: (source: string, count: number) => problems.inc({ source }, count),
  };
}
