import { describe, expect, it } from 'vitest';
import { paceOf } from './pace.ts';

const STARTED = 1_000_000;
const FROM = 5_000_000;
const steady = { kind: 'steady' } as const;

/** How many messages may go in each of the first seconds. */
function messagesBySecond(load: Parameters<typeof paceOf>[0]['load'], seconds: number): number[] {
  const pace = paceOf({ speed: 'max', fromMs: FROM, load }, STARTED);
  const counts = new Array<number>(seconds).fill(0);
  for (let n = 0; ; n++) {
    const second = Math.floor((pace(n, 0) - STARTED) / 1000);
    if (second >= seconds) return counts;
    counts[second] = (counts[second] ?? 0) + 1;
  }
}

describe('when a message may be published', () => {
  it('as fast as possible: at once', () => {
    expect(paceOf({ speed: 'max', fromMs: FROM, load: steady }, STARTED)(5, FROM + 60_000)).toBe(0);
  });

  it('in real time: at its own time, so that what is past comes at once', () => {
    expect(paceOf({ speed: 1, fromMs: FROM, load: steady }, STARTED)(5, FROM + 60_000)).toBe(FROM + 60_000);
  });

  it('sixty times faster: an hour a minute from the start on', () => {
    const pace = paceOf({ speed: 60, fromMs: FROM, load: steady }, STARTED);
    expect(pace(0, FROM + 3_600_000)).toBe(STARTED + 60_000);
  });

  it('steadily: so many a second', () => {
    expect(messagesBySecond({ kind: 'steady', perSecond: 50 }, 4)).toEqual([50, 50, 50, 50]);
  });

  it('in a ramp: more with each second, and as many as at its end from then on', () => {
    const counts = messagesBySecond({ kind: 'ramp', from: 100, to: 500, over_s: 4 }, 6);
    for (const [second, expected] of [150, 250, 350, 450, 500, 500].entries()) {
      expect(Math.abs((counts[second] ?? 0) - expected), `second ${second}`).toBeLessThanOrEqual(1);
    }
  });

  it('in spikes: calm, then a peak, again and again', () => {
    const load = { kind: 'spike', base: 10, peak: 200, every_s: 3, lasts_s: 1 } as const;
    expect(messagesBySecond(load, 6)).toEqual([10, 10, 200, 10, 10, 200]);
  });
});
