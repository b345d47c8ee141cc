import { QUANTITIES } from '@veilleur/domain';
import { expect, test } from 'vitest';

import { conversionBetween, scaledBy, UNCHANGED, unitsConvertibleTo } from './units.ts';

test.each([
  ['W.h', 'kW.h', 1, 1000],
  ['kW.h', 'W.h', 1000, 1],
  ['MJ', 'kW.h', 5, 18],
  ['L', 'm3', 1, 1000],
  ['mA', 'A', 1, 1000],
  ['bar', 'hPa', 1000, 1],
  ['1', '%', 100, 1],
  ['min', 'h', 1, 60],
])('%s to %s is %d/%d', (from, to, numerator, denominator) => {
  expect(conversionBetween(from, to)).toEqual({ numerator, denominator });
});

test.each([
  ['L', 'kW.h'],
  ['furlong', 'm3'],
  ['constructor', 'm3'],
])('%s to %s does not exist', (from, to) => {
  expect(conversionBetween(from, to)).toBeUndefined();
});

test('the unit of every quantity is known, so that a profile may state it', () => {
  for (const [name, { unit }] of Object.entries(QUANTITIES)) {
    expect(conversionBetween(unit, unit), name).toEqual(UNCHANGED);
    expect(unitsConvertibleTo(unit)).toContain(unit);
  }
});

test('a scale that is no short decimal stays what it is', () => {
  expect(scaledBy(0.001, UNCHANGED)).toEqual({ numerator: 1, denominator: 1000 });
  expect(scaledBy(Math.PI, UNCHANGED)).toEqual({ numerator: Math.PI, denominator: 1 });
  expect(scaledBy(-2, UNCHANGED)).toEqual({ numerator: -2, denominator: 1 });
});
