import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from './city/clock.ts';
import { devicesOf, fleetOf, profileOf, truthOf, uplinksOf } from './fixtures/fleet.ts';

const INSTALLED = Date.parse('2026-01-01T00:00:00Z');
const LEAKING = 7;
const FAILED = 7;
const DAY_BURNER = 13;

const fleet = fleetOf();
const lamps = devicesOf(fleet, 'lighting');

function numbersWhere(test: (lamp: (typeof lamps)[number]) => boolean): number[] {
  return lamps.flatMap((lamp, number) => (test(lamp) ? [number] : []));
}

describe('the stories of the demo', () => {
  it('are three, and their truth is told', () => {
    const told = Array.from(fleet.city.truthLines(), ({ subject, kind, to }) => ({ subject, kind, to }));
    expect(told).toEqual([
      { subject: devicesOf(fleet, 'water')[LEAKING]?.devEui, kind: 'leak_toilet', to: null },
      { subject: lamps[FAILED]?.devEui, kind: 'lamp_failure', to: null },
      { subject: lamps[DAY_BURNER]?.devEui, kind: 'day_burner', to: null },
    ]);
  });

  it('are what the frames of a November noon raise alarms for, and nothing else', () => {
    const raised: string[] = [];
    for (const { device, frame, at } of uplinksOf(fleet, '2026-11-23T11:00:00Z', '2026-11-23T11:01:00Z')) {
      const { payload, fPort } = frame.emission;
      const result = profileOf(device.profileId).decode({ bytes: payload, fPort, receivedAt: at });
      if (result.outcome === 'failed') throw new Error(result.reason);
      for (const { quantity, value } of result.measurements) {
        if (FLAGS.has(quantity) && value === 1) raised.push(`${device.name} ${quantity}`);
      }
    }
    expect(raised.toSorted()).toEqual([
      'eau-impasse-des-Cigognes-1 leak',
      'lampe-chemin-des-Vignes-2 lamp_unexpected_on',
      'lampe-impasse-des-Cigognes-1 lamp_failure',
    ]);
  });
});

const FLAGS = new Set([
  'leak',
  'burst',
  'backflow',
  'tamper',
  'low_battery',
  'lamp_failure',
  'lamp_unexpected_on',
  'cycling_failure',
  'dimming_failure',
]);

describe('its water meters', () => {
  const meters = devicesOf(fleet, 'water');
  const grew = (meter: (typeof meters)[number], from: number, to: number) =>
    truthOf(meter, new Date(to), 'water_volume') - truthOf(meter, new Date(from), 'water_volume');

  function daysWithoutStillHour(meter: (typeof meters)[number], from: string, days: number): number {
    let found = 0;
    for (let day = 0; day < days; day++) {
      const start = Date.parse(from) + day * DAY_MS;
      const hours = Array.from({ length: 24 }, (_, hour) =>
        grew(meter, start + hour * HOUR_MS, start + (hour + 1) * HOUR_MS),
      );
      if (hours.every((volume) => volume > 0)) found += 1;
    }
    return found;
  }

  it('stand still for an hour of each day in every sound home', () => {
    const restless = meters
      .filter((_, number) => number !== LEAKING)
      .map((meter) => daysWithoutStillHour(meter, '2026-09-01T00:00:00Z', 30));
    expect(restless).toHaveLength(19);
    expect(Math.max(...restless)).toBe(0);
  });

  it('never stand still behind a running toilet, and the meter says so', () => {
    const leaking = meters[LEAKING];
    if (leaking === undefined) throw new Error('no meter 7');
    expect(daysWithoutStillHour(leaking, '2026-09-01T00:00:00Z', 30)).toBe(30);
    expect(truthOf(leaking, new Date('2026-01-10T00:00:00Z'), 'leak')).toBe(0);
    expect(truthOf(leaking, new Date('2026-09-01T00:00:00Z'), 'leak')).toBe(1);
    // At three in the morning nobody else draws.
    const atNight = [Date.parse('2026-09-01T01:00:00Z'), Date.parse('2026-09-01T02:00:00Z')] as const;
    expect(grew(leaking, ...atNight)).toBeCloseTo(0.02, 3);
  });
});

describe('its lamps', () => {
  it('are all lit at half past ten in January, but for those that failed', () => {
    const at = new Date('2026-01-31T21:30:00Z');
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'light_level') < 100)).toEqual([FAILED]);
    expect(numbersWhere((lamp) => truthOf(lamp, at, 'lamp_failure') === 1)).toEqual([FAILED]);
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
    for (const lamp of lamps.filter((_, number) => number !== FAILED && number !== DAY_BURNER)) {
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
