import { setTimeout as delay } from 'node:timers/promises';
import { countStored } from './compare.ts';
import type { ConservationWatch } from './conservation.ts';
import type { World } from './world.ts';

const POLL_MS = 250;
/** Nothing moved for so long: what is missing now is lost, or stuck, which is no better. */
const GIVE_UP_AFTER_MS = 60_000;
const QUIET_POLLS = 4;

/**
 * Waits until the database holds as many things as were sent and the bridges have nothing more to do:
 * redeliveries of what was stored already may still be on their way. Comes back, too, when nothing has
 * moved for a minute; the comparison then tells what is missing.
 *
 * @returns When it last moved, by `performance.now()`.
 */
export async function settle(world: World, watch: ConservationWatch, expected: number): Promise<number> {
  await world.databaseBack();
  let before = '';
  let movedAtMs = performance.now();
  let quietPolls = 0;
  while (quietPolls < QUIET_POLLS && performance.now() - movedAtMs < GIVE_UP_AFTER_MS) {
    await delay(POLL_MS);
    const stored = await countStored(world.pool).catch(() => -1);
    const pages = await watch.read();
    const now = JSON.stringify([stored, pages]);
    const idle = pages.every((page) => page?.connected === true && page.inFlight === 0);
    quietPolls = now === before && idle && stored >= expected ? quietPolls + 1 : 0;
    if (now !== before) movedAtMs = performance.now();
    before = now;
  }
  return movedAtMs;
}
