import { describe, expect, it } from 'vitest';
import { encode } from '../fixtures/encode.ts';
import { truthOf } from '../fixtures/fleet.ts';
import { createCity } from './city.ts';
import type { CityDevice } from './city-device.ts';
import { CityClock, DAY_MS, HOUR_MS } from './clock.ts';
import { WATER_HOURLY_PERCENT } from './water-flow.ts';

const YEAR_START = Date.parse('2026-01-01T00:00:00Z');
const clock = new CityClock('Europe/Paris');
const city = createCity(
  { seed: 3, households: { count: 200, electricHeating: 0 }, waterDistricts: 0 },
  encode,
);
const metersOf = (family: string) => Array.from(city.devices()).filter(({ familyId }) => familyId === family);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const grew = (device: CityDevice, from: number, to: number, quantity: string, channel = 0) =>
  truthOf(device, new Date(to), quantity, channel) - truthOf(device, new Date(from), quantity, channel);

describe('water', () => {
  it('is drawn at the hours of the measured house', () => {
    const drawn = new Array<number>(24).fill(0);
    for (const meter of metersOf('water')) {
      for (let timeMs = Date.parse('2026-05-01T00:00:00Z'), n = 0; n < 30 * 24; n++, timeMs += HOUR_MS) {
        const hour = clock.localHour(timeMs);
        drawn[hour] = (drawn[hour] ?? 0) + grew(meter, timeMs, timeMs + HOUR_MS, 'water_volume');
      }
    }
    const total = drawn.reduce((sum, value) => sum + value, 0);
    for (const [hour, percent] of WATER_HOURLY_PERCENT.entries()) {
      expect(Math.abs((100 * (drawn[hour] ?? 0)) / total - percent), `hour ${hour}`).toBeLessThan(1);
    }
  });
});

describe('gas', () => {
  const grew_m3 = (meter: CityDevice, from: number) =>
    grew(meter, from, from + DAY_MS, 'pulse_count', 1) / 100;

  it('is hot water only on warm days of summer: a third of the water that the home draws, 5.3 dm3 a litre', () => {
    const waterOf = new Map(metersOf('water').map((meter) => [meter.tags.household, meter]));
    let compared = 0;
    for (let start = Date.parse('2026-07-01T00:00:00Z'); start < Date.parse('2026-08-01T00:00:00Z'); ) {
      const { meanTemperature_Cel } = city.models.days.at(start / DAY_MS);
      if (Math.min(...meanTemperature_Cel) >= 16) {
        for (const meter of metersOf('gas')) {
          const home = waterOf.get(meter.tags.household);
          if (home === undefined) throw new Error(`${meter.name} has no water`);
          const hot_m3 = grew(home, start, start + DAY_MS, 'water_volume') * 0.33 * 5.3;
          // Pulses of 0.01 m3, and each hour a whole number of dm3.
          expect(Math.abs(grew_m3(meter, start) - hot_m3), meter.name).toBeLessThan(
            0.01 + 24 * 0.0005 + 0.002,
          );
          compared += 1;
        }
      }
      start += DAY_MS;
    }
    expect(compared).toBeGreaterThan(1000);
  });

  it('is up to 22 m3 on a cold day', () => {
    const daily_m3 = metersOf('gas').flatMap((meter) =>
      Array.from({ length: 365 }, (_, day) => grew_m3(meter, YEAR_START + day * DAY_MS)),
    );
    expect(Math.max(...daily_m3)).toBeGreaterThan(15);
    expect(Math.max(...daily_m3)).toBeLessThan(25);
  });
});

describe('electricity', () => {
  const meters = metersOf('electricity').slice(0, 60);
  const OFF_PEAK = 1;
  const PEAK = 2;
  const grew_kWh = (meter: CityDevice, from: number, to: number) =>
    grew(meter, from, to, 'active_energy_import', OFF_PEAK) +
    grew(meter, from, to, 'active_energy_import', PEAK);

  it('is some 11 kWh a day where nobody heats with it, and never beyond 40', () => {
    const daily_kWh = meters.flatMap((meter) =>
      Array.from({ length: 52 }, (_, week) => {
        const start = YEAR_START + week * 7 * DAY_MS;
        return grew_kWh(meter, start, start + DAY_MS);
      }),
    );
    expect(mean(daily_kWh)).toBeGreaterThan(8);
    expect(mean(daily_kWh)).toBeLessThan(25);
    expect(Math.min(...daily_kWh)).toBeGreaterThan(1);
    expect(Math.max(...daily_kWh)).toBeLessThan(40);
  });

  it('counts on one register at a time: off-peak from 22:00 to 06:00 local, in winter and summer', () => {
    for (const day of ['2026-01-15', '2026-03-29', '2026-07-15', '2026-10-25']) {
      for (let timeMs = Date.parse(`${day}T00:00:00Z`), n = 0; n < 24; n++, timeMs += HOUR_MS) {
        const hour = clock.localHour(timeMs);
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

  it('peaks in the evening and stays within what one phase gives a home: 12 kVA', () => {
    const byHour = Array.from({ length: 24 }, (_, hour) => {
      const start = Date.parse('2026-05-12T22:00:00Z') + hour * HOUR_MS; // Midnight, local.
      return mean(meters.map((meter) => grew_kWh(meter, start, start + HOUR_MS)));
    });
    const daytimePeak = byHour.indexOf(Math.max(...byHour.slice(6, 22)));
    expect(daytimePeak).toBeGreaterThanOrEqual(18);
    expect(daytimePeak).toBeLessThanOrEqual(21);
    const power_VA = meters.flatMap((meter) =>
      Array.from({ length: 14 * 48 }, (_, slot) =>
        truthOf(meter, new Date(Date.parse('2026-01-10T00:00:00Z') + slot * 1_800_000), 'apparent_power'),
      ),
    );
    expect(Math.max(...power_VA)).toBeLessThan(12_000);
    expect(Math.min(...power_VA)).toBeGreaterThan(50);
  });
});
