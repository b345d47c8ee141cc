import { describe, expect, it } from 'vitest';
import { Tape } from '../tape.ts';
import { increase, leastRate } from './steps.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Readings by minute of a day. */
function tapeOf(readings: Readonly<Record<number, number>>): Tape {
  const tape = new Tape();
  for (const [minute, value] of Object.entries(readings)) tape.put(Number(minute) * MINUTE_MS, value);
  return tape;
}

describe('the least rate of an index', () => {
  const hourly = tapeOf({ 0: 100, 60: 105, 120: 107, 180: 110 });

  it('is that of its quietest hour', () => {
    expect(leastRate(hourly, 0, 3 * HOUR_MS, HOUR_MS)).toBe(2);
    expect(leastRate(hourly, 2 * HOUR_MS, 3 * HOUR_MS, HOUR_MS)).toBe(3);
  });

  it('is zero where it stood still for an hour, and nowhere else', () => {
    expect(leastRate(tapeOf({ 0: 1, 60: 2, 120: 2, 180: 3 }), 0, 3 * HOUR_MS, HOUR_MS)).toBe(0);
  });

  it('is not that of a few minutes between two readings, in which a whole litre did not pass', () => {
    const drip = tapeOf({ 0: 100, 60: 103, 62: 103, 120: 106, 122: 106, 180: 109 });
    expect(leastRate(drip, 0, 3 * HOUR_MS, HOUR_MS)).toBeGreaterThan(2.9);
    const everyMinute = new Tape();
    for (let minute = 0; minute <= 600; minute += 1)
      everyMinute.put(minute * MINUTE_MS, Math.floor((minute * 3.4) / 60));
    expect(leastRate(everyMinute, 0, 10 * HOUR_MS, HOUR_MS)).toBeGreaterThan(2);
  });

  it('takes reports that come a little early for hourly ones', () => {
    const early = tapeOf({ 0: 1, 59: 3, 118: 3, 177: 5 });
    expect(leastRate(early, 0, 177 * MINUTE_MS, HOUR_MS)).toBe(0);
  });

  it('is unknown across a gap, before the first reading, after the last, and where the index fell', () => {
    expect(leastRate(tapeOf({ 0: 1, 60: 2, 200: 4 }), 0, 200 * MINUTE_MS, HOUR_MS)).toBeNull();
    expect(leastRate(hourly, -1, 3 * HOUR_MS, HOUR_MS)).toBeNull();
    expect(leastRate(hourly, 0, 5 * HOUR_MS, HOUR_MS)).toBeNull();
    expect(leastRate(tapeOf({ 0: 5, 60: 2, 120: 3 }), 0, 2 * HOUR_MS, HOUR_MS)).toBeNull();
  });
});

describe('the growth of an index', () => {
  it('lies on a straight line between readings that are close enough', () => {
    const tape = tapeOf({ 0: 10, 60: 20, 240: 50 });
    expect(increase(tape, 30 * MINUTE_MS, HOUR_MS, HOUR_MS)).toBe(5);
    expect(increase(tape, HOUR_MS, 2 * HOUR_MS, HOUR_MS)).toBeNull();
    expect(increase(tape, HOUR_MS, 4 * HOUR_MS, HOUR_MS)).toBe(30);
  });
});
