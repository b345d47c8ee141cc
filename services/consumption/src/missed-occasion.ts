import type { LastRun } from '@veilleur/store';

const MINUTE_MS = 60_000;
/** Whatever the schedule: what has not run for so long is looked at. */
const LONGEST_MS = 32 * 86_400_000;

/**
 * Whether a job is due at a start: it never ran, its process died or was stopped at it, or an hour of its
 * schedule went by while nobody was there.
 *
 * @param matches Whether a minute is one of the schedule's.
 */
export function isMissed(last: LastRun | null, matches: (minute: Date) => boolean, now: Date): boolean {
  if (last === null) return true;
  // Somebody runs it where the lock is held; then the attempt ends at once.
  if (last.endedAt === null || last.detail.code === 'pull_stopped') return true;
  const started = last.startedAt.getTime();
  if (now.getTime() - started > LONGEST_MS) return true;
  const from = Math.floor(started / MINUTE_MS) * MINUTE_MS;
  for (let minute = from + MINUTE_MS; minute <= now.getTime(); minute += MINUTE_MS) {
    if (matches(new Date(minute))) return true;
  }
  return false;
}
