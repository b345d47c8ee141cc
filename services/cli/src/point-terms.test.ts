import { describe, expect, it } from 'vitest';
import { index, pulseWeight, quantity, timeOfDay } from './point-terms.ts';

describe('the worth of a pulse', () => {
  it.each([
    ['1/100', 1, 100],
    ['0.01', 1, 100],
    ['0,25', 1, 4],
    ['10', 10, 1],
    ['2/3', 2, 3],
    ['.5', 1, 2],
  ])('%s is a ratio of whole numbers', (text, numerator, denominator) => {
    expect(pulseWeight(text)).toEqual({ numerator, denominator });
  });

  it.each(['', '0', '-1', '1/0', '0/5', 'ten', '1e-2', '1/2/3'])('refuses "%s"', (text) => {
    expect(() => pulseWeight(text)).toThrow('worth of a pulse');
  });
});

it('reads an index exactly, and refuses what is none', () => {
  expect(index('1042.517')).toBe(1_042_517_000);
  expect(index('0,000001')).toBe(1);
  expect(() => index('-3')).toThrow();
  expect(() => index('1.1234567')).toThrow();
});

it('takes indexes for quantities of a point, and times of day', () => {
  expect(quantity('gas_volume')).toBe('gas_volume');
  expect(() => quantity('temperature')).toThrow('expected one of');
  expect(timeOfDay('06:00')).toBe(360);
  expect(() => timeOfDay('24:00')).toThrow();
});
