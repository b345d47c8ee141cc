import { messageOf } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { FORGOTTEN_MEASUREMENTS } from '../retention/horizon.ts';

/** What came of one occasion of a scheduled job. */
export type JobOutcome =
  | { readonly kind: 'done'; readonly detail: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'failed';
      readonly error: string;
      /** What it had done until then, where it tells. */
      readonly detail?: Readonly<Record<string, unknown>>;
    }
  /** Another process is at it. */
  | { readonly kind: 'busy' };

type EndedJob = Exclude<JobOutcome, { readonly kind: 'busy' }>;

/** A job that failed half-way: what it did stays, and is told beside the reason. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(message: string, detail: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, { cause });
    this.detail = detail;
  }
}

/**
 * Runs a job unless it runs already, anywhere, and records the run. The lock belongs to a connection, so a
 * process that dies gives it back.
 */
export async function runJob(
  pool: Pool,
  job: string,
  work: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<JobOutcome> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const key = [`veilleur.job.${job}`];
    const { rows } = await client.query<{ free: boolean }>(
      'select pg_try_advisory_lock(hashtext($1)) as free',
      key,
    );
    if (!rows[0]?.free) return { kind: 'busy' };
    try {
      // Whoever left this one open has died: the lock was free.
      await client.query(
        `update job_run set ended_at = clock_timestamp(), outcome = 'failed', detail = '{"error": "cut off"}'
         where job = $1 and ended_at is null`,
        [job],
      );
      const { rows: runs } = await client.query<{ id: number }>(
        'insert into job_run (job, started_at) values ($1, clock_timestamp()) returning id',
        [job],
      );
      const outcome = await work().then(
        (detail): EndedJob => ({ kind: 'done', detail }),
        (thrown: unknown): EndedJob => ({
          kind: 'failed',
          error: messageOf(thrown),
          ...(thrown instanceof JobFailure ? { detail: thrown.detail } : {}),
        }),
      );
      const { kind, detail = {}, ...reason } = outcome;
      await client.query(
        'update job_run set ended_at = clock_timestamp(), outcome = $2, detail = $3 where id = $1',
        [runs[0]?.id, kind, { ...reason, ...detail }],
      );
      return outcome;
    } finally {
      await client.query('select pg_advisory_unlock(hashtext($1))', key);
    }
  } catch (thrown) {
    broken = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
    throw thrown;
  } finally {
    client.release(broken);
  }
}

/**
 * Marks the registers whose devices are silent for so long that an estimate is due, from their last
 * reading on.
 *
 * @param graceMs After a reading, the next frame has so long to come.
 * @param stopAfterMs Nothing is estimated any more for a device that is silent for longer.
 */
export async function markDueEstimates(
  pool: Pool,
  {
    now,
    graceMs,
    stopAfterMs,
  }: { readonly now: Date; readonly graceMs: number; readonly stopAfterMs: number },
): Promise<number> {
  const { rowCount } = await pool.query(
    `insert into consumption_dirty as d (point_id, from_time, to_time, since)
     select r.point_id, min(r.last_reading), timestamptz 'infinity', clock_timestamp()
     from consumption_register r
     where r.last_reading < $1 and r.last_reading > $2 and r.settled_until < $3
       and exists (select from installation i where i.point_id = r.point_id and i.superseded_at is null and i.to_time is null)
     group by r.point_id order by r.point_id
     on conflict (point_id) do update set from_time = least(d.from_time, excluded.from_time), to_time = 'infinity',
       version = d.version + 1`,
    [
      new Date(now.getTime() - graceMs),
      new Date(now.getTime() - stopAfterMs),
      // Hour by hour: what was said a moment ago is not said again.
      new Date(now.getTime() - graceMs - 3_600_000),
    ],
  );
  return rowCount ?? 0;
}

/**
 * The safety net: points with readings that are newer than what is settled, and no mark. There should be
 * none; a tail that was cut off from its changes (retention, a restored dump) leaves some.
 */
export async function markUnsettled(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `insert into consumption_dirty as d (point_id, from_time, to_time, since)
     select i.point_id, min(coalesce(r.last_reading, '-infinity')), timestamptz 'infinity', clock_timestamp()
     from installation i
     left join consumption_register r
       on (r.point_id, r.quantity_id, r.channel) = (i.point_id, i.quantity_id, i.channel)
     cross join lateral (
       select m.time from measurement m
       where m.device_id = i.device_id and m.quantity_id = i.device_quantity_id and m.channel = i.device_channel
         and m.time >= i.from_time and m.time < coalesce(i.to_time, 'infinity')
       order by m.time desc limit 1
     ) newest
     where i.superseded_at is null and (r.last_reading is null or newest.time > r.last_reading)
       and not exists (select from consumption_dirty m where m.point_id = i.point_id)
     group by i.point_id order by i.point_id
     on conflict (point_id) do nothing`,
  );
  return rowCount ?? 0;
}

/** Hours are personal data: they are kept for so long, then days and months remain. */
export async function forgetHours(pool: Pool, before: Date): Promise<number> {
  const hours = await pool.query('delete from consumption_hour where from_time < $1', [before]);
  const known = await pool.query(
    `delete from consumption_revision where bucket = 'hour' and from_time < $1`,
    [before],
  );
  return (hours.rowCount ?? 0) + (known.rowCount ?? 0);
}

export interface LastRun {
  readonly job: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** `cut_off`: its process died, and no other has taken the job up yet. */
  readonly outcome: 'done' | 'failed' | 'running' | 'cut_off';
  readonly detail: Readonly<Record<string, unknown>>;
  /** When a run of this job last ended well; null: none of those that are remembered. */
  readonly lastDoneAt: Date | null;
}

/** The last run of each job, as `runJob` recorded it. A run without end goes on where somebody holds its lock. */
export async function lastRuns(pool: Pool): Promise<LastRun[]> {
  const { rows } = await pool.query<LastRun>(
    `select r.job, r.started_at as "startedAt", r.ended_at as "endedAt", r.detail,
       coalesce(r.outcome, case when exists (
         select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1
           and l.database = (select oid from pg_database where datname = current_database())
           and l.classid = ((key >> 32) & 4294967295)::oid and l.objid = (key & 4294967295)::oid
       ) then 'running' else 'cut_off' end) as outcome,
       (select max(d.ended_at) from job_run d where d.job = r.job and d.outcome = 'done') as "lastDoneAt"
     from (select distinct on (job) * from job_run order by job, started_at desc, id desc) r
     cross join lateral (select hashtext('veilleur.job.' || r.job)::bigint as key) k
     order by r.job`,
  );
  return rows;
}

/** But for what says which measurements are gone: that holds for good. */
export async function forgetRuns(pool: Pool, before: Date): Promise<void> {
  await pool.query('delete from job_run where started_at < $1 and job <> $2', [
    before,
    FORGOTTEN_MEASUREMENTS,
  ]);
}
