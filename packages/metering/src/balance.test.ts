import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Balance, balance } from './balance.ts';
import { type BucketUnit, boundaries } from './boundaries.ts';
import { consumption } from './consumption.ts';
import type { Reading } from './series.ts';
import { at, PARIS, reading } from './story.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OPTIONS = { zone: PARIS, maximumRate: null, stepMs: HOUR } as const;

/** Water that runs in bursts: all of a minute's at one second of it, so that no straight line is right. */
class Pipe {
  readonly #start: number;
  readonly #sums = [0];
  readonly #seconds: number[] = [];

  constructor(start: number, minutes: number, rarity: number, below: (n: number) => number) {
    this.#start = start;
    for (let i = 0; i < minutes; i += 1) {
      const amount = below(rarity) === 0 ? below(200_000) : 0;
      this.#sums.push((this.#sums.at(-1) ?? 0) + amount);
      this.#seconds.push(below(60));
    }
  }

  index(time: number): number {
    const minute = Math.floor((time - this.#start) / MINUTE);
    const second = ((time - this.#start) % MINUTE) / 1000;
    const done = second >= (this.#seconds[minute] ?? 0) ? minute + 1 : minute;
    return this.#sums[done] ?? 0;
  }
}

/** Marsaglia's xorshift. */
function seeded(seed: number) {
  let state = seed | 1;
  return (n: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

interface Street {
  readonly seed: number;
  readonly parts: number;
  readonly unit: BucketUnit;
  /** Water runs in one minute of so many. */
  readonly rarity: number;
  /** Lost readings in a hundred. */
  readonly lost: number;
  /** How far from its full hours a meter may be read, in seconds. */
  readonly off_s: number;
  /** What leaks before the parts, millionths a minute. */
  readonly leak: number;
}

const street = (leak: fc.Arbitrary<number>): fc.Arbitrary<Street> =>
  fc.record({
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
    parts: fc.integer({ min: 1, max: 4 }),
    unit: fc.constantFrom<BucketUnit>('hour', 'day'),
    rarity: fc.constantFrom(4, 60, 300),
    lost: fc.constantFrom(0, 0, 5, 40),
    off_s: fc.constantFrom(0, 5, 59, 130, 3599),
    leak,
  });

/** Three days of a street, over the spring change of the clocks, as its meters tell them. */
function balanceOf({ seed, parts, unit, rarity, lost, off_s, leak }: Street) {
  const below = seeded(seed);
  const [start, minutes] = [at('2026-03-27 20:00'), 4 * 24 * 60];
  const pipes = Array.from({ length: parts }, () => new Pipe(start, minutes, rarity, below));
  const edges = boundaries(PARIS, unit, at('2026-03-28 00:00'), at('2026-03-30 23:59'));
  const leaked = (time: number) => Math.floor((time - start) / MINUTE) * leak;
  const told = (index: (time: number) => number) => {
    const offset = below(off_s + 1) * 1000;
    const readings: Reading[] = [];
    for (let hour = 1; hour < 24 * 4 - 2; hour += 1) {
      const jitter = below(2) === 0 ? below(Math.min(off_s, 59) + 1) * 1000 : 0;
      const time = start + hour * HOUR + offset - jitter;
      if (below(100) >= lost) {
        readings.push({ time, value: index(time), source: 'lorawan', quality: 'measured' });
      }
    }
    return consumption({ readings }, OPTIONS).over(edges);
  };
  const parent = told((time) => leaked(time) + pipes.reduce((sum, pipe) => sum + pipe.index(time), 0));
  const below_it = pipes.map((pipe) => told((time) => pipe.index(time)));
  return balance(parent, below_it).map((one) => ({ ...one, leaked: leaked(one.to) - leaked(one.from) }));
}

const told = ({ difference, uncertainty }: Balance) => difference !== null && uncertainty !== null;

describe('whatever runs through a street, and whenever its meters are read', () => {
  it('nothing is lost where nothing leaks', () => {
    const seen = { judged: 0, apart: 0 };
    fc.assert(
      fc.property(street(fc.constant(0)), (one) => {
        for (const bucket of balanceOf(one).filter(told)) {
          expect(bucket.verdict).toBe('within_uncertainty');
          seen.judged += 1;
          if (bucket.difference !== 0) seen.apart += 1;
        }
      }),
      { seed: 20_261_123, numRuns: 200 },
    );
    // It would hold as well if meters never differed, or if nothing were ever said.
    expect(seen.apart).toBeGreaterThan(1000);
    expect(seen.judged).toBeGreaterThan(2000);
  });

  it('a leak of more than twice the uncertainty is named, and its size is told within it', () => {
    const seen = { loss: 0, hidden: 0 };
    fc.assert(
      fc.property(street(fc.integer({ min: 1_000, max: 400_000 })), (one) => {
        for (const bucket of balanceOf(one).filter(told)) {
          const { difference, uncertainty, leaked, verdict } = bucket;
          expect(Math.abs((difference ?? 0) - leaked)).toBeLessThanOrEqual(uncertainty ?? 0);
          expect(verdict).not.toBe('surplus');
          if (leaked > 2 * (uncertainty ?? 0)) expect(verdict).toBe('loss');
          seen[verdict === 'loss' ? 'loss' : 'hidden'] += 1;
        }
      }),
      { seed: 20_261_124, numRuns: 200 },
    );
    expect(seen.loss).toBeGreaterThan(500);
    expect(seen.hidden).toBeGreaterThan(500);
  });
});

describe('a balance that says nothing', () => {
  const edges = boundaries(PARIS, 'day', at('2026-02-01 00:00'), at('2026-02-01 23:00'));
  const over = (...readings: Reading[]) => consumption({ readings }, { ...OPTIONS, stepMs: DAY }).over(edges);
  const sharp = over(reading('2026-02-01 00:00', 0), reading('2026-02-02 00:00', 10));

  it('says so where the meter above is silent, and where a part is', () => {
    expect(balance(over(), [sharp])[0]).toMatchObject({ verdict: 'unknown', why: 'parent_missing' });
    expect(balance(sharp, [sharp, over()])[0]).toMatchObject({
      verdict: 'unknown',
      why: 'parts_missing',
      missingParts: [1],
    });
  });

  it('has no bound where an operator guessed an index', () => {
    const guessed = over(
      reading('2026-02-01 00:00', 0, { source: 'operator' }),
      reading('2026-02-02 00:00', 4, { source: 'operator', quality: 'estimated' }),
    );
    expect(balance(sharp, [guessed])[0]).toMatchObject({ difference: 6_000_000, why: 'no_bound' });
  });

  it('has none either where a reading near the edge stands for it and the next is yet to come', () => {
    const [first, near, next] = [
      reading('2026-02-01 00:00', 0),
      { ...reading('2026-02-02 00:00', 9.9), time: at('2026-02-02 00:00') - 30_000 },
      { ...reading('2026-02-02 00:00', 10.3), time: at('2026-02-02 01:00') - 30_000 },
    ];
    expect(balance(sharp, [over(first, near)])[0]).toMatchObject({ difference: 100_000, why: 'no_bound' });
    expect(balance(sharp, [over(first, near, next)])[0]).toMatchObject({
      difference: 100_000,
      uncertainty: 400_000,
      verdict: 'within_uncertainty',
    });
  });

  it('never takes water that flowed back for certainty', () => {
    const back = over(reading('2026-02-01 00:00', 100), reading('2026-02-02 12:00', 99.9997));
    expect(back[0]?.value).toBe(-200);
    expect(back[0]?.evidence.uncertainty).toBe(200);
  });
});
