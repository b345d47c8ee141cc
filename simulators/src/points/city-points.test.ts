import { beforeAll, describe, expect, it } from 'vitest';
import { planRun } from '../run/run-plan.ts';
import { parseScenario } from '../run/scenario-file.ts';
import { createSource, type Source } from '../run/source.ts';
import type { CityPoint, CitySite } from './city-point.ts';
import { cityPoints, citySites, codePrefixOf } from './city-points.ts';

const QUARTER = `name: quarter
description: { en: A quarter, fr: Un quartier }
seed: 4
city:
  installedAt: "2026-03-01"
  households: { count: 20, gas: 0.5, electricity: 0.5 }
  buildings: [{ kind: school, area_m2: 3200 }]
  waterDistricts: 2
  lighting: { luminaires: 10, lampsPerCabinet: 5 }
faults:
  - { kind: swapped, numbers: [2], from: "2026-03-10T12:00:00Z", size: 5, newDevEui: true }
  - { kind: swapped, numbers: [3], from: "2026-03-10T12:00:00Z" }
  - { kind: swapped, numbers: [4], from: "2026-04-10T12:00:00Z" }
  - { kind: rollover, family: gas, numbers: [1], from: "2026-03-10T12:00:00Z", size: 6 }
  - { kind: rollover, family: electricity, numbers: [1], from: "2026-03-10T12:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [2], from: "2026-03-10T12:00:00Z", to: "2026-03-11T12:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [3], from: "2026-02-01T12:00:00Z", size: 0.25 }
from: "2026-03-10T00:00:00Z"
days: 2
`;

let source: Source;
let prefix: string;
let points: ReadonlyMap<string, CityPoint>;
let sites: readonly CitySite[];

const point = (place: string): CityPoint => {
  const found = points.get(`${prefix}-${place}`);
  if (found === undefined) throw new Error(`no point ${place}`);
  return found;
};
const onlyRegister = (place: string) => {
  const [register] = point(place).registers;
  if (register === undefined) throw new Error('no register');
  return register;
};

beforeAll(async () => {
  const plan = planRun(parseScenario(QUARTER, 'quarter.yaml'), {}, new Date('2026-05-01T00:00:00Z'));
  source = await createSource(plan);
  prefix = codePrefixOf(source.city);
  points = new Map([...cityPoints(source.city, new Date(plan.untilMs))].map((one) => [one.code, one]));
  sites = [...citySites(source.city, 'Europe/Paris')];
});

describe('the metering points of a city', () => {
  it('are one for each meter, and none for a lamp or for the device that took a place', () => {
    expect(points.size).toBe(20 + 10 + 10 + 2 + 2 + 3);
    expect([...points.keys()].some((code) => code.includes('lighting'))).toBe(false);
  });

  it('come after the point whose meter sees theirs, and stand at sites that are there', () => {
    const known = new Set<string>();
    const codes = new Set<string>();
    for (const { code, parent } of sites) {
      if (parent !== undefined) expect(codes.has(parent), `${code} before ${parent}`).toBe(true);
      codes.add(code);
    }
    const customers = new Map<string, number>();
    for (const { code, parent, site } of points.values()) {
      expect(codes.has(site), site).toBe(true);
      if (parent !== undefined) {
        expect(known.has(parent), parent).toBe(true);
        customers.set(parent, (customers.get(parent) ?? 0) + 1);
      }
      known.add(code);
    }
    // 20 homes and a school.
    expect([...customers.values()].reduce((a, b) => a + b)).toBe(21);
    expect(customers.size).toBe(2);
  });

  it('join what one household draws: its water, gas and electricity are at one site', () => {
    const bySite = Map.groupBy(points.values(), ({ site }) => site);
    const homes = [...bySite].filter(([site]) => site.includes('household'));
    expect(homes).toHaveLength(20);
    expect(homes.some(([, all]) => new Set(all.map(({ quantity }) => quantity)).size === 3)).toBe(true);
  });

  it('say what is told and what it is worth', () => {
    expect(point('gas-0')).toMatchObject({ kind: 'pce', dayStartMinutes: 360, quantity: 'gas_volume' });
    expect(onlyRegister('gas-0').known).toEqual([
      expect.objectContaining({
        deviceQuantity: 'pulse_count',
        deviceChannel: 1,
        channel: 0,
        factor: { numerator: 1, denominator: 100 },
        modulus: 2 ** 32,
      }),
    ]);
    expect(onlyRegister('building_gas-0').known[0]?.factor).toEqual({ numerator: 1, denominator: 10 });
    expect(point('electricity-0').registers.map(({ channel }) => channel)).toEqual([1, 2]);
    expect(onlyRegister('gas-1').known[0]).toMatchObject({ digits: 6, modulus: null });
    // 10^8 Wh are 10^5 kWh.
    expect(onlyRegister('electricity-1').known[0]).toMatchObject({ digits: 5 });
  });
});

describe('a meter that is swapped', () => {
  it('has two installations that meet, with the index of each at that moment', () => {
    const { believed, known, correction } = onlyRegister('water-2');
    const at = new Date('2026-03-10T12:00:00Z');
    const [old, fresh] = known;
    const truth = source.city.models.families[0]?.truth(2, at.getTime() / 1000 - 1)[0]?.value ?? 0;
    expect(old).toMatchObject({ from: null, to: at, startIndex: null });
    expect((old?.endIndex ?? 0) / 1e6).toBeCloseTo(truth, 2);
    expect(fresh).toMatchObject({ from: at, to: null, startIndex: 5000, endIndex: null });
    expect(fresh?.devEui).not.toBe(old?.devEui);
    expect(believed).toBe(known);
    expect(correction).toBeNull();
  });

  it('of odd number is told late: until then the old one is believed to stand', () => {
    const { believed, known, correction } = onlyRegister('water-3');
    expect(believed).toHaveLength(1);
    expect(believed[0]?.to).toBeNull();
    expect(known).toHaveLength(2);
    expect(correction).toContain('replaced');
  });

  it('after the run is not known', () => {
    expect(onlyRegister('water-4').known).toHaveLength(1);
  });
});

describe('a pulse weight that is wrong', () => {
  it('is believed right, and known for the span that it lasts', () => {
    const { believed, known } = onlyRegister('gas-2');
    expect(believed.map(({ factor }) => factor.denominator)).toEqual([100]);
    expect(known.map(({ factor, from, to }) => [factor.denominator, from?.getTime(), to?.getTime()])).toEqual(
      [
        [100, undefined, Date.UTC(2026, 2, 10, 12)],
        [10, Date.UTC(2026, 2, 10, 12), Date.UTC(2026, 2, 11, 12)],
        [100, Date.UTC(2026, 2, 11, 12), undefined],
      ],
    );
    expect(known[1]?.startIndex).toBe(known[0]?.endIndex);
    expect(known[2]?.startIndex).toBe(known[1]?.endIndex);
  });

  it('from the beginning is one installation with another factor', () => {
    const { known } = onlyRegister('gas-3');
    expect(known).toHaveLength(1);
    expect(known[0]).toMatchObject({ from: null, to: null, factor: { numerator: 1, denominator: 25 } });
  });
});
