import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, localHour } from './city-time.ts';
import type { SimulatedDevice } from './device.ts';
import { devicesOf, fleetOf, NO_DEVICES, truthOf } from './fixtures/fleet.ts';
import { PULSES_PER_M3 } from './gas-meter.ts';
import { WATER_HOURLY_PERCENT } from './household.ts';
import { LEAK_L_PER_H, leaks } from './water-meter.ts';

const YEAR = ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'] as const;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function grew(
  device: SimulatedDevice,
  from: string | number,
  to: string | number,
  quantity: string,
  channel = 0,
) {
  return (
    truthOf(device, new Date(to), quantity, channel) - truthOf(device, new Date(from), quantity, channel)
  );
}

describe('water', () => {
  const meters = devicesOf(fleetOf({ ...NO_DEVICES, water: 200 }), 'water');
  const homes = meters.filter((_, number) => !leaks(number));

  it('is 148 L a person and day in households of 2.1 persons on average', () => {
    const yearly_m3 = homes.map((meter) => grew(meter, ...YEAR, 'water_volume'));
    expect(mean(yearly_m3)).toBeGreaterThan(115 * 0.9);
    expect(mean(yearly_m3)).toBeLessThan(115 * 1.1);
    expect(Math.min(...yearly_m3)).toBeGreaterThan(48);
    expect(Math.max(...yearly_m3)).toBeLessThan(290);
  });

  it('is drawn at the hours of the measured house', () => {
    const drawn = new Array<number>(24).fill(0);
    for (const meter of homes.slice(0, 100)) {
      for (let timeMs = Date.parse('2026-05-01T00:00:00Z'), n = 0; n < 30 * 24; n++, timeMs += HOUR_MS) {
        const hour = localHour(timeMs);
        drawn[hour] = (drawn[hour] ?? 0) + grew(meter, timeMs, timeMs + HOUR_MS, 'water_volume');
      }
    }
    const total = drawn.reduce((sum, value) => sum + value, 0);
    for (const [hour, percent] of WATER_HOURLY_PERCENT.entries()) {
      expect(Math.abs((100 * (drawn[hour] ?? 0)) / total - percent), `hour ${hour}`).toBeLessThan(1);
    }
  });

  function daysWithoutStillHour(meter: SimulatedDevice, from: string, days: number): number {
    let found = 0;
    for (let day = 0; day < days; day++) {
      const start = Date.parse(from) + day * DAY_MS;
      const hours = Array.from({ length: 24 }, (_, hour) =>
        grew(meter, start + hour * HOUR_MS, start + (hour + 1) * HOUR_MS, 'water_volume'),
      );
      if (hours.every((volume) => volume > 0)) found += 1;
    }
    return found;
  }

  it('stands still for an hour of each day in every sound home', () => {
    const restless = homes
      .slice(0, 60)
      .map((meter) => daysWithoutStillHour(meter, '2026-09-01T00:00:00Z', 30));
    expect(Math.max(...restless)).toBe(0);
  });

  it('never stands still behind a running toilet, and the meter says so', () => {
    const leaking = meters[7];
    if (leaking === undefined) throw new Error('no meter 7');
    expect(daysWithoutStillHour(leaking, '2026-09-01T00:00:00Z', 30)).toBe(30);
    expect(truthOf(leaking, new Date('2026-01-10T00:00:00Z'), 'leak')).toBe(0);
    expect(truthOf(leaking, new Date('2026-09-01T00:00:00Z'), 'leak')).toBe(1);
    // At three in the morning nobody else draws.
    expect(grew(leaking, '2026-09-01T01:00:00Z', '2026-09-01T02:00:00Z', 'water_volume')).toBeCloseTo(
      LEAK_L_PER_H / 1000,
      3,
    );
  });
});

describe('gas', () => {
  const meters = devicesOf(fleetOf({ ...NO_DEVICES, gas: 100 }), 'gas');
  const grew_m3 = (meter: SimulatedDevice, from: string | number, to: string | number) =>
    grew(meter, from, to, 'pulse_count', 1) / PULSES_PER_M3;

  it('is some 2,000 m3 a year, as at the real delivery point with 2,079', () => {
    const yearly_m3 = meters.map((meter) => grew_m3(meter, ...YEAR));
    expect(mean(yearly_m3)).toBeGreaterThan(1600);
    expect(mean(yearly_m3)).toBeLessThan(2300);
    expect(Math.min(...yearly_m3)).toBeGreaterThan(900);
    expect(Math.max(...yearly_m3)).toBeLessThan(2900);
  });

  it('is hot water only in summer, and up to 22 m3 on a cold day', () => {
    const daily_m3 = meters.flatMap((meter) =>
      Array.from({ length: 365 }, (_, day) => {
        const start = Date.parse(YEAR[0]) + day * DAY_MS;
        return { month: new Date(start).getUTCMonth(), volume: grew_m3(meter, start, start + DAY_MS) };
      }),
    );
    expect(Math.max(...daily_m3.filter(({ month }) => month === 6).map(({ volume }) => volume))).toBeLessThan(
      1,
    );
    const coldest = Math.max(...daily_m3.map(({ volume }) => volume));
    expect(coldest).toBeGreaterThan(15);
    expect(coldest).toBeLessThan(25);
  });
});

describe('electricity', () => {
  const meters = devicesOf(fleetOf({ ...NO_DEVICES, electricity: 60 }), 'electricity');
  const OFF_PEAK = 1;
  const PEAK = 2;
  const grew_kWh = (meter: SimulatedDevice, from: number, to: number) =>
    grew(meter, from, to, 'active_energy_import', OFF_PEAK) +
    grew(meter, from, to, 'active_energy_import', PEAK);

  it('is some 8 to 25 kWh a day', () => {
    for (const meter of meters) {
      for (let day = 0; day < 365; day += 7) {
        const start = Date.parse(YEAR[0]) + day * DAY_MS;
        const used = grew_kWh(meter, start, start + DAY_MS);
        expect(used).toBeGreaterThan(7);
        expect(used).toBeLessThan(26);
      }
    }
  });

  it('counts on one register at a time: off-peak from 22:00 to 06:00 local, in winter and summer', () => {
    for (const day of ['2026-01-15', '2026-03-29', '2026-07-15', '2026-10-25']) {
      for (let timeMs = Date.parse(`${day}T00:00:00Z`), n = 0; n < 24; n++, timeMs += HOUR_MS) {
        const hour = localHour(timeMs);
        const still = hour >= 22 || hour < 6 ? PEAK : OFF_PEAK;
        for (const meter of meters) {
          expect(
            grew(meter, timeMs, timeMs + HOUR_MS, 'active_energy_import', still),
            `${day} ${hour} h`,
          ).toBe(0);
        }
      }
    }
  });

  it('peaks in the evening and stays within the contract', () => {
    const byHour = Array.from({ length: 24 }, (_, hour) => {
      const start = Date.parse('2026-05-12T22:00:00Z') + hour * HOUR_MS; // Midnight, local.
      return mean(meters.map((meter) => grew_kWh(meter, start, start + HOUR_MS)));
    });
    const daytimePeak = byHour.indexOf(Math.max(...byHour.slice(6, 22)));
    expect(daytimePeak).toBeGreaterThanOrEqual(18);
    expect(daytimePeak).toBeLessThanOrEqual(21);
    const power_VA = meters.flatMap((meter) =>
      Array.from({ length: 14 * 144 }, (_, slot) =>
        truthOf(meter, new Date(Date.parse('2026-01-10T00:00:00Z') + slot * 600_000), 'apparent_power'),
      ),
    );
    expect(Math.max(...power_VA)).toBeLessThan(6000);
    expect(Math.min(...power_VA)).toBeGreaterThan(50);
  });
});
