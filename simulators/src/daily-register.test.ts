import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from './city-time.ts';
import { DailyRegister, type DailyShape, SLOTS_PER_DAY } from './daily-register.ts';
import { unit } from './seeded.ts';

/** A third of a unit and more a day, none of it in the last two hours: what rounding would trip over. */
const shape: DailyShape = {
  dayTotal: (day) => 1 / 3 + unit(1, day),
  slotWeights: (day) =>
    Float64Array.from({ length: SLOTS_PER_DAY }, (_, slot) => (slot < 132 ? unit(2, day * 144 + slot) : 0)),
};
const installedAtMs = Date.UTC(2026, 0, 1, 9, 25);

describe('a register', () => {
  it('shows its initial index at the installation and before', () => {
    const register = new DailyRegister(shape, installedAtMs, 120);
    expect(register.at(installedAtMs)).toBeCloseTo(120, 9);
    expect(register.at(installedAtMs - 30 * DAY_MS)).toBe(register.at(installedAtMs));
    expect(register.ratePerHour(installedAtMs - HOUR_MS)).toBe(0);
  });

  it('never falls, not even by a rounding at midnight', () => {
    const register = new DailyRegister(shape, installedAtMs, 0);
    let before = register.at(installedAtMs);
    const falls: string[] = [];
    for (let day = 1; day < 400; day++) {
      const midnight = Math.floor(installedAtMs / DAY_MS) * DAY_MS + day * DAY_MS;
      for (const timeMs of [midnight - 2 * HOUR_MS, midnight - 1, midnight, midnight + 1]) {
        const now = register.at(timeMs);
        if (now < before) falls.push(new Date(timeMs).toISOString());
        before = now;
      }
    }
    expect(falls).toEqual([]);
  });

  it('gives the same answer in whatever order it is asked', () => {
    const times = Array.from(
      { length: 300 },
      (_, n) => installedAtMs + Math.floor(unit(3, n) * 300 * DAY_MS),
    );
    const forwards = new DailyRegister(shape, installedAtMs, 7);
    const backwards = new DailyRegister(shape, installedAtMs, 7);
    const ascending = times.toSorted((a, b) => a - b).map((timeMs) => [timeMs, forwards.at(timeMs)]);
    const descending = times.toSorted((a, b) => b - a).map((timeMs) => [timeMs, backwards.at(timeMs)]);
    expect(ascending).toEqual(descending.toReversed());
  });

  it('turns at the rate that its index grows by', () => {
    const register = new DailyRegister(shape, installedAtMs, 0);
    const from = Date.UTC(2026, 4, 5, 14, 30);
    expect(register.ratePerHour(from)).toBeCloseTo(
      (register.at(from + 10 * 60_000) - register.at(from)) * 6,
      6,
    );
  });

  it('spreads a day without weights evenly', () => {
    const flat = { dayTotal: () => 24, slotWeights: () => new Float64Array(SLOTS_PER_DAY) };
    const register = new DailyRegister(flat, Date.UTC(2026, 0, 1), 0);
    expect(register.at(Date.UTC(2026, 0, 1, 6))).toBeCloseTo(6, 9);
  });
});
