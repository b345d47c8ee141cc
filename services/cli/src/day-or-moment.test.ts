import { expect, it } from 'vitest';
import { dayOrMoment, endOf, instantOf } from './day-or-moment.ts';

const PARIS = 'Europe/Paris';

it('a day begins and ends on the clocks of the zone, also where it has 23 hours', () => {
  expect(instantOf('2026-03-29', PARIS).toISOString()).toBe('2026-03-28T23:00:00.000Z');
  expect(endOf('2026-03-29', PARIS).toISOString()).toBe('2026-03-29T21:59:59.999Z');
  expect(endOf('2026-03-03', PARIS).toISOString()).toBe('2026-03-03T22:59:59.999Z');
});

it('a time with its offset is that time', () => {
  expect(instantOf('2026-03-03T10:00:00+02:00', PARIS).toISOString()).toBe('2026-03-03T08:00:00.000Z');
  expect(endOf('2026-03-03T10:00:00Z', PARIS).toISOString()).toBe('2026-03-03T10:00:00.000Z');
});

it('anything else is refused', () => {
  for (const text of ['2026-02-30', 'yesterday', '2026-03-03T10:00', '03/03/2026']) {
    expect(() => dayOrMoment(text)).toThrow('expected a day');
  }
});
