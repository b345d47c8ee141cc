import { describe, expect, it } from 'vitest';
import { frenchHolidays, isFrenchHoliday } from './holidays.ts';
import { dayOfDate } from './local-time.ts';

const datesOf = (year: number, alsaceMoselle: boolean) =>
  [...frenchHolidays(year, { alsaceMoselle })]
    .sort((a, b) => a - b)
    .map((day) => new Date(day * 86_400_000).toISOString().slice(5, 10));

describe('public holidays', () => {
  it('of France in 2026 are eleven', () => {
    expect(datesOf(2026, false)).toEqual([
      '01-01',
      '04-06',
      '05-01',
      '05-08',
      '05-14',
      '05-25',
      '07-14',
      '08-15',
      '11-01',
      '11-11',
      '12-25',
    ]);
  });

  it('of Alsace and Moselle are two more', () => {
    const more = datesOf(2026, true).filter((date) => !datesOf(2026, false).includes(date));
    expect(more).toEqual(['04-03', '12-26']);
  });

  it('fall on one day where Ascension meets a fixed one', () => {
    expect(datesOf(2008, false)).toHaveLength(10);
  });

  it.each([
    [1954, '04-18'],
    [1981, '04-19'],
    [2000, '04-23'],
    [2008, '03-23'],
    [2024, '03-31'],
    [2025, '04-20'],
    [2026, '04-05'],
    [2038, '04-25'],
  ])('follow Easter, which in %d is %s', (year, sunday) => {
    const easter = dayOfDate(`${year}-${sunday}`);
    const days = frenchHolidays(year, { alsaceMoselle: true });
    expect([easter - 2, easter + 1, easter + 39, easter + 50].every((day) => days.has(day))).toBe(true);
  });

  it('are told of any local day', () => {
    const isHoliday = isFrenchHoliday({ alsaceMoselle: false });
    expect(
      ['2026-05-01', '2026-05-02', '2027-03-29', '2026-12-26'].map((date) => isHoliday(dayOfDate(date))),
    ).toEqual([true, false, true, false]);
  });
});
