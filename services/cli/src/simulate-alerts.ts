import { setTimeout as delay } from 'node:timers/promises';
import type { GeneratorProgress } from '@veilleur/simulators';
import type { Pool } from '@veilleur/store';
import { behindOf } from './simulate-tail.ts';

const CONSUMER = 'alerting';
const LOOK_EVERY_MS = 250;
/** Rules that get no further for so long will not. */
const STALLED_MS = 60_000;

/**
 * What time it is for rules that watch a simulated city: the time of what is stored. Silence is evidence by
 * this clock; by the present's, a city of last spring would be silent for months.
 */
export class SimulatedClock {
  #nowMs: number;
  /** Published and not yet stored: how many messages there were, and what time it was. */
  readonly #ahead: { readonly fresh: number; readonly atMs: number }[] = [];

  constructor(fromMs: number) {
    this.#nowMs = fromMs;
  }

  readonly now = (): Date => new Date(this.#nowMs);

  follow({ fresh, atMs }: Pick<GeneratorProgress, 'fresh' | 'atMs'>, stored: number): void {
    if (this.#ahead.at(-1)?.fresh !== fresh) this.#ahead.push({ fresh, atMs });
    while (this.#ahead[0] !== undefined && this.#ahead[0].fresh <= stored) {
      this.#nowMs = Math.max(this.#nowMs, this.#ahead.shift()?.atMs ?? 0);
    }
  }

  endAt(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }
}

/** Rules that watch a simulated city beside the bridge. */
export interface RuleWatch {
  readonly clock: SimulatedClock;
  /** Up to when all timers have run, ms. */
  readonly evaluatedTo: () => number;
}

/**
 * Waits until rules have seen all that is stored, and all silence until the end.
 *
 * @returns Whether they have: false where they came to a halt.
 */
export async function settleAlerts(pool: Pool, { clock, evaluatedTo }: RuleWatch, untilMs: number) {
  clock.endAt(untilMs);
  let before = '';
  let movedMs = performance.now();
  for (;;) {
    const { changes } = await behindOf(pool, CONSUMER);
    if (changes === 0 && evaluatedTo() >= untilMs) return true;
    const now = `${changes} ${evaluatedTo()}`;
    if (now !== before) movedMs = performance.now();
    else if (performance.now() - movedMs > STALLED_MS) return false;
    before = now;
    await delay(LOOK_EVERY_MS);
  }
}
