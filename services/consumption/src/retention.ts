import { readEnvironment } from '@veilleur/runtime';
import {
  type Cutoffs,
  type Forgettable,
  forget,
  forgetHours,
  forgetRuns,
  forgettable,
  keepCompression,
  type Pool,
  pruneChanges,
  RETAINED_KINDS,
  type RetainedKind,
} from '@veilleur/store';
import { z } from 'zod';

/** How long what is kept; null: for good. */
export interface RetentionConfig {
  readonly keepDays: Readonly<Record<RetainedKind, number | null>>;
  readonly keepHoursDays: number | null;
  readonly keepChangesDays: number;
  readonly forgetChangesAfterDays: number;
  /** TimescaleDB's community edition compresses what is older; null: nothing. */
  readonly compressAfterDays: number | null;
}

const days = z.coerce.number().int().min(1);
/** Late frames, estimates of 45 days and the three weeks that shape them need what is so young. */
const readDays = z.coerce.number().int().min(90);

const ENVIRONMENT = z.object({
  KEEP_FRAMES_DAYS: readDays.optional(),
  KEEP_EVENTS_DAYS: readDays.optional(),
  KEEP_MEASUREMENTS_DAYS: readDays.optional(),
  KEEP_QUARANTINE_DAYS: days.optional(),
  KEEP_AUDIT_DAYS: days.optional(),
  COMPRESS_AFTER_DAYS: z.coerce.number().int().min(7).optional(),
  CONSUMPTION_KEEP_HOURS_DAYS: days.optional(),
  TAIL_KEEP_DAYS: days.default(2),
  TAIL_FORGET_AFTER_DAYS: days.default(30),
});

/** Reads what is kept; every variable is described in docs/configuration.md. */
export function readRetentionConfig(
  environment: Readonly<Record<string, string | undefined>>,
): RetentionConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    keepDays: {
      frames: env.KEEP_FRAMES_DAYS ?? null,
      events: env.KEEP_EVENTS_DAYS ?? null,
      measurements: env.KEEP_MEASUREMENTS_DAYS ?? null,
      quarantine: env.KEEP_QUARANTINE_DAYS ?? null,
      audit: env.KEEP_AUDIT_DAYS ?? null,
    },
    keepHoursDays: env.CONSUMPTION_KEEP_HOURS_DAYS ?? null,
    keepChangesDays: env.TAIL_KEEP_DAYS,
    forgetChangesAfterDays: env.TAIL_FORGET_AFTER_DAYS,
    compressAfterDays: env.COMPRESS_AFTER_DAYS ?? null,
  };
}

const DAY_MS = 86_400_000;
const KEEP_RUNS_DAYS = 90;
const daysBefore = (now: Date, count: number) => new Date(now.getTime() - count * DAY_MS);

/** The moments before which each kind may go. */
export function cutoffsOf({ keepDays }: RetentionConfig, now: Date): Cutoffs {
  return Object.fromEntries(
    RETAINED_KINDS.flatMap((kind) => {
      const count = keepDays[kind];
      return count === null ? [] : [[kind, daysBefore(now, count)]];
    }),
  );
}

/** What of each kind would go now. */
export const dueForRetention = (pool: Pool, config: RetentionConfig, now: Date): Promise<Forgettable[]> =>
  forgettable(pool, cutoffsOf(config, now));

/** Takes away what its time is over; what is returned is told of the run. */
export async function retain(
  pool: Pool,
  config: RetentionConfig,
  now: Date,
): Promise<Readonly<Record<string, unknown>>> {
  const { keepHoursDays, keepChangesDays: keepDays, forgetChangesAfterDays: forgetAfterDays } = config;
  const { deleted, restarting } = await pruneChanges(pool, { now, keepDays, forgetAfterDays });
  const hours = keepHoursDays === null ? 0 : await forgetHours(pool, daysBefore(now, keepHoursDays));
  await forgetRuns(pool, daysBefore(now, KEEP_RUNS_DAYS));
  const gone = await forget(pool, cutoffsOf(config, now), now);
  const compression = await keepCompression(pool, config.compressAfterDays);
  return {
    changes: deleted,
    restarting: restarting.length,
    hours,
    ...Object.fromEntries(gone.map(({ kind, parts, rows }) => [kind, parts ?? rows])),
    ...(gone.length === 0
      ? {}
      : { bytes: gone.reduce((sum, { upTo, bytes }) => sum + (upTo ? bytes : 0), 0) }),
    ...(compression === 'none' ? {} : { compression }),
  };
}
