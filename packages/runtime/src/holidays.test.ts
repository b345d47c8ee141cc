import { expect, it } from 'vitest';
import { holidaysOf } from './holidays.ts';

it('are those of France, or of Alsace-Moselle, and of nobody who is misspelt', () => {
  expect(holidaysOf({})).toBe('france');
  expect(holidaysOf({ HOLIDAYS: '' })).toBe('france');
  expect(holidaysOf({ HOLIDAYS: 'alsace-moselle' })).toBe('alsace-moselle');
  expect(() => holidaysOf({ HOLIDAYS: 'alsace' })).toThrow(/HOLIDAYS: /);
});
