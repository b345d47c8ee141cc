import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../fixtures/encode.ts';
import { createCity } from './city.ts';
import type { CityDevice } from './city-device.ts';
import { DAY_MS, HOUR_MS } from './clock.ts';
import { SMALL_CITY } from './fixtures/plans.ts';
import type { CityPlanInput } from './plan.ts';

const INSTALLED = Date.parse('2026-01-01T00:00:00Z');
const YEAR_S = 366 * 86_400;

/** A city in which things go wrong that do not break the laws. */
const TROUBLED: CityPlanInput = {
  ...SMALL_CITY,
  faults: [
    { kind: 'leak_toilet', numbers: [3, 31], from: '2026-02-01T05:00:00Z', to: '2026-04-01T09:00:00Z' },
    { kind: 'leak_drip', numbers: [3], from: '2026-02-10T00:00:00Z' },
    { kind: 'leak_burst', numbers: [44], from: '2026-03-01T05:20:10Z', to: '2026-03-01T09:00:00Z' },
    { kind: 'leak_network', numbers: [0], from: '2026-01-15T00:00:00Z', to: '2026-02-15T00:00:00Z' },
    { kind: 'backflow', numbers: [12], from: '2026-05-01T00:00:00Z', to: '2026-05-01T12:00:00Z', size: 5 },
    { kind: 'stuck', numbers: [20], from: '2026-02-01T00:00:00Z' },
    { kind: 'lamp_failure', numbers: [5, 77], from: '2026-01-20T20:00:00Z', to: '2026-03-03T10:00:00Z' },
    { kind: 'day_burner', numbers: [6], from: '2026-01-20T20:00:00Z' },
    { kind: 'cycling', numbers: [7], from: '2026-01-20T20:00:00Z', size: 400 },
    { kind: 'dimming_ignored', numbers: [8], from: '2026-01-20T20:00:00Z', to: '2026-02-20T12:00:00Z' },
    { kind: 'cabinet_outage', numbers: [0], from: '2026-01-25T21:07:03Z', to: '2026-01-26T06:00:00Z' },
    { kind: 'cabinet_outage', numbers: [1], from: '2026-03-25T02:00:00Z', to: '2026-03-25T13:00:00Z' },
  ],
};
const city = createCity(TROUBLED, encode);
const devices = [...city.devices()];
const of = (family: string) => devices.filter(({ familyId }) => familyId === family);
const units = (device: CityDevice, time_s: number) => {
  const physics = device.physics(new Date(time_s * 1000));
  return physics.reduce((sum, each) => sum + each.units, 0);
};
const initials = new Map(devices.map((device) => [device, units(device, INSTALLED / 1000)]));
const initial = (device: CityDevice) => initials.get(device) ?? Number.NaN;
const anyTime_s = fc.integer({ min: 0, max: YEAR_S }).map((after_s) => INSTALLED / 1000 + after_s);
const anyHour_s = fc.integer({ min: 0, max: YEAR_S / 3600 }).map((hours) => INSTALLED / 1000 + hours * 3600);

const INDEXES = new Set([
  'water_volume 0',
  'pulse_count 1',
  'active_energy_import 0',
  'active_energy_import 1',
  'active_energy_import 2',
  'operating_hours 0',
  'switch_on_count 0',
]);

describe('no index falls', () => {
  const fallsOf = (from: string, to: string, stepMs: number) => {
    const falls: string[] = [];
    let compared = 0;
    for (const device of devices) {
      const last = new Map<string, number>();
      for (let timeMs = Date.parse(from); timeMs <= Date.parse(to); timeMs += stepMs) {
        for (const { quantity, channel, value } of device.truth(new Date(timeMs))) {
          const name = `${quantity} ${channel}`;
          if (!INDEXES.has(name)) continue;
          if (value < (last.get(name) ?? 0))
            falls.push(`${device.name} ${name} ${new Date(timeMs).toISOString()}`);
          last.set(name, value);
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(10_000);
    return falls;
  };

  it('in a year, whatever leaks, sticks and burns', () => {
    expect(fallsOf('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', 1.7 * DAY_MS)).toEqual([]);
  });

  it.each([
    ['an ordinary midnight', '2026-05-05T22:30:00Z', '2026-05-06T00:30:00Z'],
    ['the spring clock change', '2026-03-28T23:00:00Z', '2026-03-29T03:00:00Z'],
    ['the autumn clock change', '2026-10-24T23:00:00Z', '2026-10-25T03:00:00Z'],
  ])('over %s, minute by minute', (_, from, to) => {
    expect(fallsOf(from, to, 60_000)).toEqual([]);
  });
});

describe('a district is the sum of its customers and of what leaks before them', () => {
  const networkLeak_mL = (district: number, time_s: number) => {
    if (district !== 0) return 0;
    const from_s = Date.parse('2026-01-15T00:00:00Z') / 1000;
    const until_s = Date.parse('2026-02-15T00:00:00Z') / 1000;
    return (Math.max(0, Math.min(time_s, until_s) - from_s) * 1_500_000) / 3600;
  };
  const customers_mL = (district: number, time_s: number) =>
    city.models
      .customersOf(district)
      .flatMap(({ family, from, until }) => of(family).slice(from, until))
      .reduce((sum, meter) => sum + units(meter, time_s) - initial(meter), 0);
  const district_mL = (district: number, time_s: number) => {
    const meter = of('district')[district];
    if (meter === undefined) throw new Error(`no district ${district}`);
    return units(meter, time_s) - initial(meter);
  };

  it('to the millilitre at any full hour of a year', () => {
    // The burst begins at no full minute: from 5:20:10 to 9:00 it adds 3,298 full litres and a half.
    const burst = Date.parse('2026-03-01T05:20:10Z') / 1000;
    fc.assert(
      fc.property(anyHour_s, fc.integer({ min: 0, max: 1 }), (time_s, district) => {
        const sum_mL = customers_mL(district, time_s) + networkLeak_mL(district, time_s);
        const tolerance_mL = time_s < burst ? 0 : 0.001;
        expect(Math.abs(district_mL(district, time_s) - sum_mL)).toBeLessThanOrEqual(tolerance_mL);
      }),
      { numRuns: 40, seed: 5 },
    );
  });

  it('to a thousandth of a millilitre at any second', () => {
    fc.assert(
      fc.property(anyTime_s, fc.integer({ min: 0, max: 1 }), (time_s, district) => {
        const sum_mL = customers_mL(district, time_s) + networkLeak_mL(district, time_s);
        expect(Math.abs(district_mL(district, time_s) - sum_mL)).toBeLessThan(0.001);
      }),
      { numRuns: 40, seed: 6 },
    );
  });
});

describe('light is power times time', () => {
  const lamps = of('lighting');
  const told = (lamp: CityDevice, time_s: number, quantity: string) =>
    lamp.truth(new Date(time_s * 1000)).find((each) => each.quantity === quantity)?.value ?? Number.NaN;

  it('in a cabinet: its energy is that of its lamps, the losses and its own, to a tenth of a joule', () => {
    const start_s = INSTALLED / 1000;
    fc.assert(
      fc.property(anyTime_s, fc.integer({ min: 0, max: 3 }), (time_s, number) => {
        const cabinet = of('cabinet')[number];
        if (cabinet === undefined) throw new Error(`no cabinet ${number}`);
        const own = lamps.slice(number * 40, (number + 1) * 40);
        const lamps_dJ = own.reduce((sum, lamp) => sum + units(lamp, time_s) - units(lamp, start_s), 0);
        const energy = city.models.cabinets.energy(number, time_s);
        expect(energy.lamps_dJ).toBe(lamps_dJ);
        expect(energy.losses_dJ).toBe(Math.floor((lamps_dJ * 45) / 1000));
        expect(units(cabinet, time_s) - units(cabinet, start_s)).toBe(
          lamps_dJ + energy.losses_dJ + energy.own_dJ,
        );
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('in each lamp, sound or not: the sum of its power over the seconds of two winter days', () => {
    for (const number of [0, 5, 6, 7, 8, 45, 85]) {
      const lamp = lamps[number];
      if (lamp === undefined) throw new Error(`no lamp ${number}`);
      const from_s = Date.parse('2026-01-25T00:00:00Z') / 1000;
      let summed_dJ = 0;
      for (let time_s = from_s; time_s < from_s + 2 * 86_400; time_s++) {
        summed_dJ += Math.round(10 * told(lamp, time_s, 'active_power'));
      }
      expect(units(lamp, from_s + 2 * 86_400) - units(lamp, from_s), `lamp ${number}`).toBe(summed_dJ);
    }
  });

  it('lasts 3,500 to 4,300 h a year where the night is never dark, and half of that where it is', () => {
    const year_h = (number: number) => {
      const lamp = lamps[number];
      if (lamp === undefined) throw new Error(`no lamp ${number}`);
      const [from, to] = ['2026-01-01T12:00:00Z', '2027-01-01T12:00:00Z'].map(
        (text) => Date.parse(text) / 1000,
      );
      return told(lamp, to ?? 0, 'operating_hours') - told(lamp, from ?? 0, 'operating_hours');
    };
    expect(year_h(9)).toBeGreaterThan(3500);
    expect(year_h(9)).toBeLessThan(4300);
    expect(year_h(100) / year_h(9)).toBeCloseTo(0.48, 1);
  });

  it('is dark by day', () => {
    const noon_s = Date.parse('2026-05-01T10:00:00Z') / 1000;
    expect(lamps.flatMap((lamp, number) => (told(lamp, noon_s, 'light_level') > 0 ? [number] : []))).toEqual([
      6,
    ]);
  });
});

describe('a home', () => {
  it('has water, gas and electricity of one household: nobody draws while they travel', () => {
    const day = Date.parse('2026-08-05T00:00:00Z') / 1000;
    const byHousehold = new Map<string, CityDevice[]>();
    for (const device of devices) {
      const household = device.tags.household;
      if (household !== undefined)
        byHousehold.set(household, [...(byHousehold.get(household) ?? []), device]);
    }
    let travelling = 0;
    for (const meters of byHousehold.values()) {
      const water = meters.find(({ medium }) => medium === 'water');
      const gas = meters.find(({ medium }) => medium === 'gas');
      if (water === undefined || gas === undefined) continue;
      const drawn = units(water, day + 86_400) - units(water, day);
      const burnt = units(gas, day + 86_400) - units(gas, day);
      if (drawn === 0) travelling += 1;
      // In August gas is for hot water alone.
      expect(burnt > 0, `${water.name} drew ${drawn} mL, ${gas.name} burnt ${burnt} dm3`).toBe(drawn > 0);
    }
    expect(travelling).toBeGreaterThan(2);
  });

  it('draws 148 L a person and day on average, some 2,000 m3 of gas and 4 to 5 MWh a year', () => {
    const plain = createCity({ seed: 11, households: { count: 240, gas: 0.5, electricity: 0.5 } }, encode);
    const yearOf = (family: string) =>
      Array.from(plain.devices())
        .filter(({ familyId }) => familyId === family)
        .map((meter) => {
          const before = units(meter, INSTALLED / 1000);
          return units(meter, INSTALLED / 1000 + 365 * 86_400) - before;
        });
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    // 2.14 people live in a home.
    const perPersonAndDay_L = mean(yearOf('water')) / 1000 / 365 / 2.14;
    expect(perPersonAndDay_L).toBeGreaterThan(148 * 0.9);
    expect(perPersonAndDay_L).toBeLessThan(148 * 1.1);
    const gas_m3 = mean(yearOf('gas')) / 1000;
    expect(gas_m3).toBeGreaterThan(1600);
    expect(gas_m3).toBeLessThan(2300);
    const electricity_MWh = yearOf('electricity').map((units_mWh) => units_mWh / 1e9);
    expect(mean(electricity_MWh)).toBeGreaterThan(3);
    expect(mean(electricity_MWh)).toBeLessThan(6.5);
    expect(Math.min(...electricity_MWh)).toBeGreaterThan(1.2);
    expect(Math.max(...electricity_MWh)).toBeLessThan(14);
  });

  it('stands still for an hour of each day, unless it leaks', () => {
    const restless: string[] = [];
    for (const meter of of('water')) {
      for (let day = INSTALLED + 60 * DAY_MS; day < INSTALLED + 80 * DAY_MS; day += DAY_MS) {
        const hours = Array.from({ length: 24 }, (_, hour) => {
          const start_s = (day + hour * HOUR_MS) / 1000;
          return units(meter, start_s + 3600) - units(meter, start_s);
        });
        if (hours.every((volume) => volume > 0)) restless.push(meter.name);
      }
    }
    const leaking = [3, 31].map((number) => of('water')[number]?.name);
    expect([...new Set(restless)]).toEqual(leaking);
    expect(restless).toHaveLength(40);
  });
});

describe('a public building', () => {
  const school = of('building_electricity')[0];
  const drawn_kWh = (day: string) => {
    if (school === undefined) throw new Error('no school');
    const from_s = Date.parse(day) / 1000;
    return (units(school, from_s + 86_400) - units(school, from_s)) / 1e6;
  };

  it.each([
    ['a Tuesday of term', '2026-03-17', true],
    ['a Sunday', '2026-03-15', false],
    ['Easter Monday', '2026-04-06', false],
    ['Good Friday, a holiday in Alsace', '2026-04-03', false],
    ['a Tuesday of the spring holidays of zone B', '2026-04-14', false],
    ['1 May', '2026-05-01', false],
    ['the first Tuesday of September', '2026-09-01', true],
  ])('knows %s', (_, day, isOpen) => {
    if (isOpen) expect(drawn_kWh(day)).toBeGreaterThan(250);
    else expect(drawn_kWh(day)).toBeLessThan(120);
  });

  it('heats by degree days: its gas of a year follows them, and next to none is burnt without any', () => {
    const hall = of('building_gas')[2];
    if (hall === undefined) throw new Error('no town hall');
    const days = Array.from({ length: 365 }, (_, day) => {
      const from_s = INSTALLED / 1000 + day * 86_400;
      const before = units(hall, from_s);
      return {
        cold_K: city.models.weather.degreeDays_K(from_s / 86_400),
        gas_dm3: units(hall, from_s + 86_400) - before,
        isOpen: !city.models.days.at(from_s / 86_400).date.every(({ isWorkday }) => !isWorkday),
      };
    });
    const open = days.filter(({ isOpen }) => isOpen);
    expect(
      correlation(
        open.map(({ cold_K }) => cold_K),
        open.map(({ gas_dm3 }) => gas_dm3),
      ),
    ).toBeGreaterThan(0.95);
    const warm = days.filter(({ cold_K }) => cold_K === 0);
    expect(warm.length).toBeGreaterThan(20);
    const share =
      warm.reduce((sum, { gas_dm3 }) => sum + gas_dm3, 0) /
      days.reduce((sum, { gas_dm3 }) => sum + gas_dm3, 0);
    expect(share).toBeLessThan(0.01);
  });
});

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const both = xs.reduce((sum, x, n) => sum + (x - mx) * ((ys[n] ?? 0) - my), 0);
  const spread = (values: readonly number[], m: number) =>
    Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0));
  return both / (spread(xs, mx) * spread(ys, my));
}
