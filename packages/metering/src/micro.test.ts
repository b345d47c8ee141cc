import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { apportion, registerValue, scaled } from './micro.ts';

describe('exact amounts', () => {
  it('keeps a register in millionths of its unit', () => {
    expect(registerValue(7842.497)).toBe(7_842_497_000);
    expect(registerValue(0.1) + registerValue(0.2)).toBe(registerValue(0.3));
  });

  it('refuses a register that an integer cannot hold', () => {
    expect(() => registerValue(1e10)).toThrow(
      expect.objectContaining({ code: 'register_value_unsafe' }) as Error,
    );
  });

  it.each([
    [159_000_000, 1, 100, 1_590_000],
    [1_000_000, 1, 3, 333_333],
    [2_000_000, 1, 3, 666_667],
    [-2_000_000, 1, 3, -666_667],
    [4_294_967_295_000_000, 10, 7, 6_135_667_564_285_714],
  ])('scales %i by %i/%i', (value, numerator, denominator, expected) => {
    expect(scaled(value, { numerator, denominator })).toBe(expected);
  });

  it('agrees with exact rational arithmetic', () => {
    const whole = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.maxSafeInteger(), whole, whole, (value, numerator, denominator) => {
        const twice = 2n * BigInt(value) * BigInt(numerator) + BigInt(denominator);
        const divisor = 2n * BigInt(denominator);
        const floor = twice / divisor - (twice % divisor < 0n ? 1n : 0n);
        expect(scaled(value, { numerator, denominator })).toBe(Number(floor));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it('splits by largest remainder', () => {
    expect(apportion(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(apportion(100, [0, 3, 1])).toEqual([0, 75, 25]);
    expect(apportion(-10, [1, 1, 1])).toEqual([-4, -3, -3]);
    expect(apportion(7, [0, 0])).toEqual([4, 3]);
    expect(apportion(5, [])).toEqual([]);
  });

  it('never loses or makes a unit, and stays within one of the exact share', () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(
        fc.integer({ min: -1e15, max: 1e15 }),
        fc.array(weight, { minLength: 1, maxLength: 60 }),
        (total, weights) => {
          const parts = apportion(total, weights);
          expect(parts.reduce((a, b) => a + b, 0)).toBe(total);
          for (const part of parts) expect(Number.isSafeInteger(part) && part * total >= 0).toBe(true);
          const sum = weights.reduce((a, b) => a + b, 0);
          if (sum > 0 && Math.abs(total) < 1e12) {
            for (const [i, part] of parts.entries()) {
              expect(Math.abs(part - (total * (weights[i] ?? 0)) / sum)).toBeLessThanOrEqual(1.01);
            }
          }
        },
      ),
      { seed: 6, numRuns: 500 },
    );
  });
});
