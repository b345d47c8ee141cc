import type { Logger, Running } from '@veilleur/runtime';
import {
  forgetHours,
  forgetRuns,
  type JobOutcome,
  markDueEstimates,
  markUnsettled,
  type Pool,
  pruneChanges,
  runJob,
} from '@veilleur/store';
import cron from 'node-cron';
import type { ConsumptionConfig } from './config.ts';
import { ESTIMATE_UP_TO_MS } from './settlement.ts';

const DAY_MS = 86_400_000;
const KEEP_RUNS_MS = 90 * DAY_MS;

export interface Job {
  readonly name: string;
  /** As cron writes it, in the city's time. */
  readonly schedule: string;
  readonly work: (now: Date) => Promise<Readonly<Record<string, unknown>>>;
}

export interface JobResult {
  readonly job: string;
  readonly outcome: JobOutcome;
}

/** What is done by the clock. Each is harmless when it is done twice, or late. */
export function jobsOf(pool: Pool, config: ConsumptionConfig): Job[] {
  return [
    {
      name: 'estimates',
      schedule: '7 * * * *',
      work: async (now) => ({
        marked: await markDueEstimates(pool, {
          now,
          graceMs: config.graceMs,
          stopAfterMs: ESTIMATE_UP_TO_MS,
        }),
      }),
    },
    { name: 'sweep', schedule: '23 3 * * *', work: async () => ({ marked: await markUnsettled(pool) }) },
    {
      name: 'retention',
      schedule: '41 3 * * *',
      work: async (now) => {
        const { keepHoursDays, keepChangesDays: keepDays, forgetChangesAfterDays: forgetAfterDays } = config;
        const { deleted, restarting } = await pruneChanges(pool, { now, keepDays, forgetAfterDays });
        const hours =
          keepHoursDays === null
            ? 0
            : await forgetHours(pool, new Date(now.getTime() - keepHoursDays * DAY_MS));
        await forgetRuns(pool, new Date(now.getTime() - KEEP_RUNS_MS));
        return { changes: deleted, restarting: restarting.length, hours };
      },
    },
  ];
}

export interface Scheduled extends Running {
  /** Does a job now, as its hour would. */
  readonly run: (name: string) => Promise<JobOutcome>;
}

/** Does jobs at their hours. Two processes may both try: one does it, the other lets it be. */
export function schedule(
  jobs: readonly Job[],
  {
    pool,
    timeZone,
    log,
    clock,
    onRun,
  }: {
    readonly pool: Pool;
    readonly timeZone: string;
    readonly log: Pick<Logger, 'info' | 'error'>;
    readonly clock: () => Date;
    readonly onRun: (result: JobResult) => void;
  },
): Scheduled {
  const running = new Set<Promise<JobOutcome>>();
  const run = async ({ name, work }: Job): Promise<JobOutcome> => {
    const outcome = await runJob(pool, name, () => work(clock())).catch(
      (thrown: unknown): JobOutcome => ({ kind: 'failed', error: String(thrown) }),
    );
    onRun({ job: name, outcome });
    if (outcome.kind === 'failed')
      log.error({ event: 'consumption.job.fail', job: name, error: outcome.error });
    else log.info({ event: `consumption.job.${outcome.kind}`, job: name, ...outcome });
    return outcome;
  };
  const start = (job: Job) => {
    const done = run(job);
    running.add(done);
    return done.finally(() => running.delete(done));
  };
  const tasks = jobs.map((job) =>
    cron.schedule(job.schedule, () => start(job), { timezone: timeZone, noOverlap: true, name: job.name }),
  );
  return {
    run: (name) => {
      const job = jobs.find((one) => one.name === name);
      if (job === undefined) throw new Error(`there is no job ${name}`);
      return start(job);
    },
    stop: async () => {
      for (const task of tasks) await task.destroy();
      await Promise.all(running);
    },
  };
}
