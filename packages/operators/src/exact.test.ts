import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { wholeNumber, wholeNumberOf } from './exact.ts';

describe('a decimal number as an exact whole one', () => {
  test.each([
    ['12,345', 3, 12_345],
    ['12.3', 3, 12_300],
    ['1 234,5', 3, 1_234_500],
    ["1'234", 0, 1_234],
    ['0', 3, 0],
    ['12,3450', 3, 12_345],
    ['12,3456', 3, null],
    ['-1', 0, null],
    ['', 0, null],
    ['1e3', 0, null],
    ['99999999999999999999', 0, null],
  ])('"%s" times ten to the %i is %s', (text, power, value) => expect(wholeNumber(text, power)).toBe(value));

  test('comes back from every text that was written of it, and from JSON', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), fc.constantFrom(',', '.'), (value, mark) => {
        const text = `${Math.floor(value / 1000)}${mark}${String(value % 1000).padStart(3, '0')}`;
        expect(wholeNumber(text, 3)).toBe(value);
        expect(wholeNumberOf(JSON.parse(text.replace(',', '.')) as number, 3)).toBe(value);
      }),
      { seed: 6 },
    );
  });
});
