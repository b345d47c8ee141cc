import { describe, expect, it } from 'vitest';
import { CityClock } from './clock.ts';
import { LightingCalendar } from './lighting.ts';
import { parseCityPlan } from './plan.ts';

const { lighting, position, timeZone } = parseCityPlan({ seed: 1 });
const calendarOf = (program: string) => {
  const sector = lighting.sectors.find(({ program: { id } }) => id === program);
  if (sector === undefined) throw new Error(`no program ${program}`);
  const installed = Date.parse('2026-01-01T00:00:00Z');
  return new LightingCalendar(sector.program, new CityClock(timeZone), position, installed);
};
const allNight = calendarOf('all-night');
const offAtNight = calendarOf('off-2330-0530');

const level_percent = (calendar: LightingCalendar, instant: string) =>
  calendar.levels_percent[calendar.levelAt(Date.parse(instant) / 1000)] ?? 0;

function totals(calendar: LightingCalendar, instant: string) {
  const time_s = Date.parse(instant) / 1000;
  const hours = calendar.levels_percent.map((percent, level) => ({
    percent,
    lit_h: calendar.secondsAt(level, time_s) / 3600,
  }));
  return {
    lit_h: hours.reduce((sum, { lit_h }) => sum + lit_h, 0),
    fullLoad_h: hours.reduce((sum, { lit_h, percent }) => sum + (lit_h * percent) / 100, 0),
    switchOns: calendar.startsUntil(time_s),
  };
}

describe('a night of January', () => {
  it.each([
    ['16:00, the sun is up', '2026-01-20T15:00:00Z', 0, 0],
    ['17:30, after sunset', '2026-01-20T16:30:00Z', 100, 100],
    ['22:59', '2026-01-20T21:59:00Z', 100, 100],
    ['23:00, dimmed', '2026-01-20T22:00:00Z', 50, 50],
    ['23:30, some sectors off', '2026-01-20T22:30:00Z', 50, 0],
    ['05:00', '2026-01-21T04:00:00Z', 100, 0],
    ['05:30', '2026-01-21T04:30:00Z', 100, 100],
    ['08:30, after sunrise', '2026-01-21T07:30:00Z', 0, 0],
  ])('%s', (_, instant, lit, litWhereOff) => {
    expect(level_percent(allNight, instant)).toBe(lit);
    expect(level_percent(offAtNight, instant)).toBe(litWhereOff);
  });
});

describe('the shortest night, when the sun rises before half past five', () => {
  it.each([
    ['21:25, five minutes before sunset', '2026-06-21T19:25:00Z', 0, 0],
    ['21:40', '2026-06-21T19:40:00Z', 100, 100],
    ['05:10', '2026-06-22T03:10:00Z', 100, 0],
    ['05:35, after sunrise at 05:29', '2026-06-22T03:35:00Z', 0, 0],
  ])('%s', (_, instant, lit, litWhereOff) => {
    expect(level_percent(allNight, instant)).toBe(lit);
    expect(level_percent(offAtNight, instant)).toBe(litWhereOff);
  });
});

describe('a year of light', () => {
  // The first night is the one that the installation falls in, so these are 365.
  const year = (calendar: LightingCalendar) => totals(calendar, '2026-12-31T11:00:00Z');

  it('is 3,500 to 4,300 h all night, dimming saves a quarter and more of the energy', () => {
    const { lit_h, fullLoad_h, switchOns } = year(allNight);
    expect(lit_h).toBeGreaterThan(3500);
    expect(lit_h).toBeLessThan(4300);
    expect(fullLoad_h / lit_h).toBeLessThan(0.75);
    expect(fullLoad_h / lit_h).toBeGreaterThan(0.6);
    expect(switchOns).toBe(365);
  });

  it('is half of it where the small hours are dark, with a second start on dark mornings', () => {
    expect(year(offAtNight).lit_h / year(allNight).lit_h).toBeCloseTo(0.48, 1);
    expect(year(offAtNight).switchOns).toBeGreaterThan(365 + 200);
  });

  it('counts the very night of the clock change an hour shorter or longer on the wall, not in truth', () => {
    const hours = (from: string, to: string) => totals(allNight, to).lit_h - totals(allNight, from).lit_h;
    const ordinary = hours('2026-03-27T11:00:00Z', '2026-03-28T11:00:00Z');
    expect(hours('2026-03-28T11:00:00Z', '2026-03-29T11:00:00Z')).toBeCloseTo(ordinary, 0);
  });
});
