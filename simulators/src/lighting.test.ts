import { describe, expect, it } from 'vitest';
import { devicesOf, fleetOf, NO_DEVICES, truthOf } from './fixtures/fleet.ts';
import { ALL_NIGHT, LightingCalendar, OFF_IN_SMALL_HOURS } from './lighting-calendar.ts';

const INSTALLED = Date.parse('2026-01-01T00:00:00Z');
const allNight = new LightingCalendar(ALL_NIGHT, INSTALLED);
const offAtNight = new LightingCalendar(OFF_IN_SMALL_HOURS, INSTALLED);

const lamps = devicesOf(fleetOf({ ...NO_DEVICES, luminaires: 60 }), 'lighting');
const FAILED = 7;
const DAY_BURNER = 13;

function numbersWhere(test: (lamp: (typeof lamps)[number]) => boolean): number[] {
  return lamps.flatMap((lamp, number) => (test(lamp) ? [number] : []));
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
    expect(allNight.level_percent(Date.parse(instant))).toBe(lit);
    expect(offAtNight.level_percent(Date.parse(instant))).toBe(litWhereOff);
  });
});

describe('the shortest night, when the sun rises before half past five', () => {
  it.each([
    ['21:25, five minutes before sunset', '2026-06-21T19:25:00Z', 0, 0],
    ['21:40', '2026-06-21T19:40:00Z', 100, 100],
    ['05:10', '2026-06-22T03:10:00Z', 100, 0],
    ['05:35, after sunrise at 05:29', '2026-06-22T03:35:00Z', 0, 0],
  ])('%s', (_, instant, lit, litWhereOff) => {
    expect(allNight.level_percent(Date.parse(instant))).toBe(lit);
    expect(offAtNight.level_percent(Date.parse(instant))).toBe(litWhereOff);
  });
});

describe('a year of light', () => {
  // The first night is the one that the installation falls in, so these are 365.
  const year = (calendar: LightingCalendar) => calendar.totals(Date.parse('2026-12-31T11:00:00Z'));

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
    const hours = (from: string, to: string) =>
      allNight.totals(Date.parse(to)).lit_h - allNight.totals(Date.parse(from)).lit_h;
    const ordinary = hours('2026-03-27T11:00:00Z', '2026-03-28T11:00:00Z');
    expect(hours('2026-03-28T11:00:00Z', '2026-03-29T11:00:00Z')).toBeCloseTo(ordinary, 0);
  });
});

describe('the lamps of the fleet', () => {
  it('are all lit at half past ten in January, but for those that failed', () => {
    const at = new Date('2026-01-31T21:30:00Z');
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'light_level') < 100)).toEqual([FAILED, 47]);
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'lamp_failure') === 1)).toEqual([FAILED, 47]);
  });

  it('are dark at noon, but for the day burner', () => {
    const at = new Date('2026-05-01T10:00:00Z');
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'light_level') > 0)).toEqual([DAY_BURNER]);
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'active_power') > 0)).toEqual([DAY_BURNER]);
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'lamp_unexpected_on') === 1)).toEqual([DAY_BURNER]);
  });

  it('were all sound when they were installed', () => {
    const at = new Date('2026-01-03T21:30:00Z');
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'light_level') < 100)).toEqual([]);
  });

  it('draw 50 to 70 W at full light, half of it dimmed, and as much as their index grows by', () => {
    const [full, dimmed, later] = [
      '2026-02-10T20:00:00Z',
      '2026-02-10T23:00:00Z',
      '2026-02-11T03:00:00Z',
    ].map((text) => new Date(text)) as [Date, Date, Date];
    for (const lamp of lamps.filter((_, number) => number !== FAILED && number !== 47)) {
      const power_W = truthOf(lamp, full, 'active_power');
      expect(power_W).toBeGreaterThanOrEqual(50);
      expect(power_W).toBeLessThanOrEqual(70);
      const drawn_W = truthOf(lamp, dimmed, 'active_power');
      expect(drawn_W).toBeCloseTo((power_W * truthOf(lamp, dimmed, 'light_level')) / 100, 6);
      const grew_kWh =
        truthOf(lamp, later, 'active_energy_import') - truthOf(lamp, dimmed, 'active_energy_import');
      expect(grew_kWh).toBeCloseTo((drawn_W * 4) / 1000, 2);
    }
  });

  it('stop counting when they fail, and count day and night when they burn by day', () => {
    const from = new Date('2026-06-01T10:00:00Z');
    const to = new Date('2026-06-11T10:00:00Z');
    const grew_h = (number: number) => {
      const lamp = lamps[number];
      if (lamp === undefined) throw new Error(`no lamp ${number}`);
      return truthOf(lamp, to, 'operating_hours') - truthOf(lamp, from, 'operating_hours');
    };
    expect(grew_h(FAILED)).toBe(0);
    expect(grew_h(DAY_BURNER)).toBeCloseTo(240, 6);
  });

  it('are supplied with 225 to 238 V', () => {
    const seen: number[] = [];
    for (const lamp of lamps) {
      for (let hour = 0; hour < 200; hour++) {
        seen.push(truthOf(lamp, new Date(INSTALLED + hour * 2_700_000), 'voltage'));
      }
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(225);
    expect(Math.max(...seen)).toBeLessThanOrEqual(238);
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(6);
  });
});
