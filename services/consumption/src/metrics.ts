import { Counter, Gauge, Histogram, type Registry } from '@veilleur/runtime';
import { dirtyFigures, type Pool, tailLags } from '@veilleur/store';
import type { JobResult } from './jobs.ts';
import type { SettledBatch } from './settler.ts';

/** The name of the tail's consumer, and of its metrics' label. */
export const CONSUMER = 'consumption';

/** What the service tells of itself. The gauges ask the database when somebody looks. */
export function createConsumptionMetrics(registry: Registry, pool: Pool) {
  const registers = [registry];
  const settled = new Counter({
    name: 'veilleur_consumption_settled_points_total',
    help: 'Points settled, each as often as it was',
    registers,
  });
  const rows = new Counter({
    name: 'veilleur_consumption_rows_total',
    help: 'Hours, days and months of consumption by what became of them (added, changed, removed)',
    labelNames: ['outcome'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'veilleur_consumption_batch_seconds',
    help: 'How long the transaction of a batch of points took',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const jobs = new Counter({
    name: 'veilleur_consumption_jobs_total',
    help: 'Occasions of scheduled jobs by outcome (done, failed, busy)',
    labelNames: ['job', 'outcome'] as const,
    registers,
  });
  const dirty = new Gauge({
    name: 'veilleur_consumption_dirty_points',
    help: 'Points that wait to be settled',
    registers,
  });
  const oldest = new Gauge({
    name: 'veilleur_consumption_dirty_oldest_seconds',
    help: 'How long the point that waits longest has waited',
    registers,
    // Of the two gauges one asks: they are of one moment.
    collect: async () => {
      const figures = await dirtyFigures(pool).catch(() => null);
      if (figures === null) return;
      dirty.set(figures.points);
      oldest.set(Math.max(0, figures.oldestS ?? 0));
    },
  });
  const behind = new Gauge({
    name: 'veilleur_consumption_tail_behind_seconds',
    help: 'How long ago the oldest change was committed that the tail has not taken, by partition',
    labelNames: ['partition'] as const,
    registers,
    collect: async () => {
      const lags = await tailLags(pool).catch(() => []);
      for (const { consumer, partition, behindS } of lags) {
        if (consumer === CONSUMER) behind.set({ partition }, behindS ?? 0);
      }
    },
  });
  return {
    settled: ({ points, added, changed, removed, seconds: took }: SettledBatch) => {
      settled.inc(points);
      rows.inc({ outcome: 'added' }, added);
      rows.inc({ outcome: 'changed' }, changed);
      rows.inc({ outcome: 'removed' }, removed);
      seconds.observe(took);
    },
    job: ({ job, outcome }: JobResult) => jobs.inc({ job, outcome: outcome.kind }),
  };
}
