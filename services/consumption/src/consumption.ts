import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import { createTail, markChangedPoints, type Pool } from '@veilleur/store';
import type { ConsumptionConfig } from './config.ts';
import { type Job, jobsOf, schedule } from './jobs.ts';
import { CONSUMER, createConsumptionMetrics } from './metrics.ts';
import { Settler } from './settler.ts';

export interface ConsumptionDependencies {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly log: Logger;
  /** What is known only so long after a reading depends on the hour: a test gives its own. */
  readonly clock?: () => Date;
  /** Besides the usual jobs: pulls. */
  readonly jobs?: readonly Job[];
}

export interface ConsumptionService extends Running {
  /** Does a scheduled job now. */
  runJob: ReturnType<typeof schedule>['run'];
}

const POLL_MS = 1000;
const RETRY_UP_TO_MS = 10_000;

/**
 * Measurements become consumption. The tail only marks points as to be settled; settlers do the work,
 * the points that wait longest first; jobs by the clock see to what no frame brings about. Start it as
 * often as you like: partitions, points and jobs each have one at work at a time.
 */
export async function startConsumption(
  config: ConsumptionConfig,
  { pool, registry, log, clock = () => new Date(), jobs = [] }: ConsumptionDependencies,
): Promise<ConsumptionService> {
  const metrics = createConsumptionMetrics(registry, pool);
  const settler = new Settler({ ...config, pool, log, clock, onSettled: metrics.settled });
  await using started = new AsyncDisposableStack();
  const ending = new AbortController();
  const loops = Array.from({ length: config.settlers }, () => keepSettling(settler, log, ending.signal));
  started.defer(async () => {
    ending.abort();
    await Promise.all(loops);
  });
  for (let partition = 0; partition < config.partitions; partition += 1) {
    const tail = await createTail({
      pool,
      consumer: CONSUMER,
      partition,
      partitions: config.partitions,
      startAt: 'beginning',
      handle: async (client, changes) => {
        await markChangedPoints(client, changes);
      },
      log,
    });
    started.defer(() => tail.stop());
  }
  const scheduled = schedule([...jobsOf(pool, config), ...jobs], {
    pool,
    timeZone: config.timeZone,
    log,
    clock,
    onRun: metrics.job,
  });
  started.defer(() => scheduled.stop());
  const running = started.move();
  return { runJob: scheduled.run, stop: () => running.disposeAsync() };
}

async function keepSettling(settler: Settler, log: Logger, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let restMs = 0;
    try {
      if ((await settler.settleSome()) === 0) restMs = POLL_MS;
      failures = 0;
    } catch (thrown) {
      failures += 1;
      restMs = Math.min(100 * 2 ** failures, RETRY_UP_TO_MS);
      log.warn({ event: 'consumption.batch.fail', retryMs: restMs, error: messageOf(thrown) });
    }
    if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
  }
}
