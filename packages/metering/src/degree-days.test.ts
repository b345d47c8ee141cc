import { describe, expect, it } from 'vitest';

import { degreeDaysOf, heatingDegreeDays } from './degree-days.ts';

const day = (lowest_Cel: number, highest_Cel: number) => ({ lowest_Cel, highest_Cel });

describe('heating degree days', () => {
  it.each([
    [10, 20, 3.0, 3.328],
    [0, 10, 13, 13],
    [18, 25, 0, 0],
    [19, 30, 0, 0],
    // A warm day with a cool morning: nothing by the middle, something by the hours below the base.
    [16, 30, 0, 0.28],
    [18, 18, 0, 0],
  ])('of a day between %f and %f degrees: %f and %f', (lowest, highest, meteo, costic) => {
    expect(heatingDegreeDays(day(lowest, highest), 'meteo')).toBeCloseTo(meteo, 9);
    expect(heatingDegreeDays(day(lowest, highest), 'costic')).toBeCloseTo(costic, 9);
  });

  it('of a period are unknown where one day is', () => {
    expect(degreeDaysOf([day(0, 10), day(10, 20)], 'costic')).toBeCloseTo(16.328, 9);
    expect(degreeDaysOf([day(0, 10), null], 'meteo')).toBeNull();
  });
});
