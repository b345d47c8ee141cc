import { setTimeout as delay } from 'node:timers/promises';
import { dirtyAmong, hurryDirtyPoints, type PointChoice, type Pool } from '@veilleur/store';
import type { Interrupts } from './simulate-interrupt.ts';
import type { Screen } from './simulate-screen.ts';
import { behindOf } from './simulate-tail.ts';

const CONSUMER = 'consumption';
const LOOK_EVERY_MS = 500;
const LINE_EVERY_MS = 5000;
/** Consumption that gets no further for so long is made by nobody. */
const STALLED_MS = 60_000;

/**
 * Waits until what was stored has become consumption.
 *
 * @param points that are waited for.
 * @returns How many seconds that took; null: it came to a halt, or somebody did not want to wait.
 */
export async function settleConsumption(
  pool: Pool,
  points: PointChoice,
  screen: Screen,
  interrupts: Interrupts,
): Promise<number | null> {
  const startMs = performance.now();
  let isEnough = false;
  const seconds = await interrupts.during(
    () => {
      isEnough = true;
    },
    async () => {
      let before = '';
      let movedMs = startMs;
      let saidMs = startMs;
      while (!isEnough) {
        const { changes: behind, movedAtMs } = await behindOf(pool, CONSUMER);
        // Points rest, so that a run is not spent on settling them again and again: no longer than until all
        // that marks them is taken.
        if (behind === 0) await hurryDirtyPoints(pool, points);
        const waiting = await dirtyAmong(pool, points);
        const nowMs = performance.now();
        if (behind === 0 && waiting === 0) return (nowMs - startMs) / 1000;
        const now = `${behind} ${waiting} ${behind === 0 ? '' : movedAtMs}`;
        if (now !== before) movedMs = nowMs;
        else if (nowMs - movedMs > STALLED_MS) {
          screen.say(behind === null ? screen.words.noConsumption : screen.words.stalled(waiting));
          return null;
        }
        before = now;
        if (nowMs - saidMs > LINE_EVERY_MS) {
          saidMs = nowMs;
          screen.say(screen.words.settling(waiting, behind ?? 0));
        }
        await delay(LOOK_EVERY_MS);
      }
      return null;
    },
  );
  return seconds;
}
