import { describe, expect, it } from 'vitest';
import { isSeldomHeard } from './seldom-heard.ts';

const hours = (...at: readonly number[]) => at.map((hour) => hour * 3_600_000);
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
const DAYS = 24;

describe('a register is heard seldom', () => {
  it('where half of its gaps are longer than twelve hours', () => {
    expect(isSeldomHeard(hours(...every(13, 0, 30 * DAYS)))).toBe(true);
    expect(isSeldomHeard(hours(...every(12, 0, 30 * DAYS)))).toBe(false);
    expect(isSeldomHeard(hours(...every(1, 0, 30 * DAYS)))).toBe(false);
    expect(isSeldomHeard(hours(40, 0, 1, 20, 1))).toBe(true);
  });

  it('by its first three weeks, whatever it tells later', () => {
    const later = every(1, 22 * DAYS, 30 * DAYS);
    expect(isSeldomHeard(hours(...every(15, 0, 21 * DAYS), ...later))).toBe(true);
    expect(isSeldomHeard(hours(...every(6, 0, 21 * DAYS), ...every(60, 22 * DAYS, 300 * DAYS)))).toBe(false);
  });

  it('never where two readings are all that there is', () => {
    expect(isSeldomHeard(hours(0, 48))).toBe(false);
    expect(isSeldomHeard([])).toBe(false);
  });
});
