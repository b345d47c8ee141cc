import { messageOf } from '@veilleur/domain';
import type { Logger, Running } from '@veilleur/runtime';
import {
  type JobOutcome,
  lastRuns,
  markDueEstimates,
  markUnsettled,
  type Pool,
  runJob,
} from '@veilleur/store';
import cron from 'node-cron';
import type { ConsumptionConfig } from './config.ts';
import { isMissed } from './missed-occasion.ts';
import { ESTIMATE_UP_TO_MS } from './plan.ts';
import { retain } from './retention.ts';

export interface Job {
  readonly name: string;
  /** As cron writes it, in the city's time. */
  readonly schedule: string;
  /** `signal`: the program stops, and does not wait for hours. */
  readonly work: (now: Date, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
  /** Done at the start where an occasion was missed, or the last run was cut off. */
  readonly catchesUp?: boolean;
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
      work: (now) => retain(pool, config.retention, now),
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
  const running = new Set<Promise<unknown>>();
  const ending = new AbortController();
  const run = async ({ name, work }: Job): Promise<JobOutcome> => {
    const outcome = await runJob(pool, name, () => work(clock(), ending.signal)).catch(
      (thrown: unknown): JobOutcome => ({ kind: 'failed', error: String(thrown) }),
    );
    onRun({ job: name, outcome });
    if (outcome.kind === 'failed')
      log.error({ event: 'consumption.job.fail', job: name, error: outcome.error, ...outcome.detail });
    else log.info({ event: `consumption.job.${outcome.kind}`, job: name, ...outcome });
    return outcome;
  };
  const start = (job: Job) => {
    const done = run(job);
    running.add(done);
    return done.finally(() => running.delete(done));
  };
  const tasks = jobs.map((job) => {
    const options = { timezone: timeZone, noOverlap: true, name: job.name };
    return { job, task: cron.schedule(job.schedule, () => start(job), options) };
  });
  const catchUp = async () => {
    const late = tasks.filter(({ job }) => job.catchesUp);
    if (late.length === 0) return;
    const last = new Map((await lastRuns(pool)).map((one) => [one.job, one]));
    for (const { job, task } of late) {
      const isDue = isMissed(last.get(job.name) ?? null, (at) => task.match(at), clock());
      if (isDue && !ending.signal.aborted) void start(job);
    }
  };
  const catchingUp = catchUp().catch((thrown: unknown) => {
    log.error({ event: 'consumption.job.fail', job: 'catch up', error: messageOf(thrown) });
  });
  return {
    run: (name) => {
      const job = jobs.find((one) => one.name === name);
      if (job === undefined) throw new Error(`there is no job ${name}`);
      return start(job);
    },
    stop: async () => {
      ending.abort();
      for (const { task } of tasks) await task.destroy();
      await catchingUp;
      await Promise.all(running);
    },
  };
}
