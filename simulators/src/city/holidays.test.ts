import { describe, expect, it } from 'vitest';
import { utcDay } from './clock.ts';
import { easterSunday, isSchoolHoliday, publicHolidays } from './holidays.ts';

const day = (text: string) => utcDay(Date.parse(text));

describe('Easter', () => {
  it.each([
    '1818-03-22', // as early as it can be
    '1943-04-25', // as late as it can be
    '2000-04-23',
    '2019-04-21',
    '2024-03-31',
    '2025-04-20',
    '2026-04-05',
    '2027-03-28',
    '2038-04-25',
  ])('is on %s', (date) => {
    expect(easterSunday(Number(date.slice(0, 4)))).toBe(day(date));
  });
});

describe('public holidays', () => {
  it('are eleven, and thirteen where local law is kept', () => {
    expect(publicHolidays(2026, false).size).toBe(11);
    expect(publicHolidays(2026, true).size).toBe(13);
    for (const date of ['2026-04-06', '2026-05-14', '2026-05-25', '2026-07-14']) {
      expect(publicHolidays(2026, false).has(day(date)), date).toBe(true);
    }
    expect(publicHolidays(2026, false).has(day('2026-04-03'))).toBe(false);
    expect(publicHolidays(2026, true).has(day('2026-04-03'))).toBe(true);
  });
});

describe('school holidays of zone B', () => {
  it.each([
    ['2026-02-13', false],
    ['2026-02-14', true],
    ['2026-03-01', true],
    ['2026-03-02', false],
    ['2026-08-31', true],
    ['2026-09-01', false],
    ['2031-07-20', true],
    ['2031-10-07', false],
  ])('%s: %s', (date, isHoliday) => {
    expect(isSchoolHoliday(day(date))).toBe(isHoliday);
  });
});
