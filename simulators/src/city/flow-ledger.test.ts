import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash } from '../seeded.ts';
import type { Flow } from './flow.ts';
import { FlowLedger } from './flow-ledger.ts';

const FIRST_DAY = 20_454;
const drawn = (customer: number, day: number, step: number) =>
  hash(hash(hash(9, customer), day), step) % 1000;

function flowOf(stepsPerDay: 24 | 48, registers: 1 | 2, customers = 3): Flow {
  return {
    customers,
    stepsPerDay,
    registers,
    fill(customer, day, into, at) {
      for (let step = 0; step < stepsPerDay; step++) into[at + step] = drawn(customer, day, step);
    },
    registerOf: (_, step) => (step < 12 ? 0 : 1),
  };
}

/** The same by adding up every step from the first day on. */
function addedUp(
  customer: number,
  time_s: number,
  steps: 24 | 48,
  counts: (step: number) => boolean,
): number {
  let sum = 0;
  const step_s = 86_400 / steps;
  for (let n = 0; ; n++) {
    const start_s = FIRST_DAY * 86_400 + n * step_s;
    if (start_s >= time_s) return sum;
    if (!counts(n % steps)) continue;
    const whole = drawn(customer, FIRST_DAY + Math.floor(n / steps), n % steps);
    sum += whole * Math.min(1, (time_s - start_s) / step_s);
  }
}

const moment_s = fc
  .integer({ min: -90_000, max: 40 * 86_400 })
  .map((after_s) => FIRST_DAY * 86_400 + after_s);

describe('a ledger', () => {
  it('has at any moment, in any order, what adding up has', () => {
    const ledger = new FlowLedger(flowOf(24, 1), FIRST_DAY);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), moment_s, (customer, time_s) => {
        expect(ledger.at(customer, time_s)).toBeCloseTo(
          addedUp(customer, time_s, 24, () => true),
          6,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('exactly so at the end of each step, and for each of two registers', () => {
    const ledger = new FlowLedger(flowOf(48, 2), FIRST_DAY);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 48 * 40 }), (customer, steps) => {
        const time_s = FIRST_DAY * 86_400 + steps * 1800;
        expect(ledger.at(customer, time_s, 0)).toBe(addedUp(customer, time_s, 48, (step) => step < 12));
        expect(ledger.at(customer, time_s, 1)).toBe(addedUp(customer, time_s, 48, (step) => step >= 12));
      }),
      { numRuns: 300 },
    );
  });

  it('also when there are more customers than it keeps days of', () => {
    const many = 2 ** 17 + 5;
    const ledger = new FlowLedger(flowOf(24, 1, many), FIRST_DAY);
    const time_s = (FIRST_DAY + 3) * 86_400 + 4321;
    for (const customer of [0, 1, many - 5, many - 1, 0, many - 5]) {
      expect(ledger.at(customer, time_s)).toBeCloseTo(
        addedUp(customer, time_s, 24, () => true),
        6,
      );
    }
  });

  it('adds a day up for its district', () => {
    const ledger = new FlowLedger(flowOf(24, 1), FIRST_DAY);
    const sums = new Float64Array(25);
    for (const customer of [0, 1, 2]) ledger.addDay(customer, FIRST_DAY + 5, sums);
    const start_s = (FIRST_DAY + 5) * 86_400;
    for (let hour = 0; hour <= 24; hour++) {
      const flowed = [0, 1, 2].map((c) => ledger.at(c, start_s + hour * 3600) - ledger.at(c, start_s));
      expect(sums[hour]).toBe(flowed.reduce((sum, each) => sum + each, 0));
    }
  });
});
