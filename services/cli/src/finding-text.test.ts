import { expect, it } from 'vitest';
import { describeFinding } from './finding-text.ts';

const at = new Date('2026-03-21T12:00:00Z');
const until = Date.parse('2026-03-23T04:00:00Z');
const told = (kind: string, detail: Record<string, unknown>, language: 'en' | 'fr' = 'en') =>
  describeFinding({ kind, at, detail }, 'm³', language);

it('says what was found in a sentence, with units where an amount has one', () => {
  expect(told('gap', { until, amount: 1_234_500 })).toBe(
    'no reading until 2026-03-23T04:00:00.000Z; 1.2345 m³ ran through',
  );
  expect(told('gap', { until, amount: 1_234_500 }, 'fr')).toBe(
    'aucun relevé jusqu’à 2026-03-23T04:00:00.000Z ; il est passé 1,2345 m³',
  );
  expect(told('overlap', { kept: 2_000_000, left: 1_500_000 })).toBe(
    'two sources differ: 2 m³ is believed, 1.5 m³ is left out',
  );
});

it('tells what a device shows without a unit: it may count pulses', () => {
  const device = '02564c0fde20012c';
  expect(
    told('rollover', { device, before: 99_999_998_000_000, after: 19_000_000, increment: 21_000_000 }),
  ).toBe('the register of 02564c0fde20012c passed its last digit: 99,999,998, then 19');
  expect(told('overlap', { device, kept: 2_000_000, left: 3_000_000 })).toBe(
    'two sources differ: 2 is believed, 3 is left out',
  );
});

it('shows as it is stored what it does not know', () => {
  expect(told('meteor', { size: 3 })).toBe('meteor {"size":3}');
  expect(told('gap', {})).toBe('no reading until ?; ? m³ ran through');
});
