import { describe, expect, it } from 'vitest';
import type { Climate } from './climate.ts';
import { comparisonOf, monthsOfPoint, monthsTogether } from './medium.ts';
import { leastOthers, sizeOf, standingOf } from './standing.ts';
import { lineOf, PARIS, stored } from './story.ts';
import { tertiaryView } from './tertiary.ts';

const SPAN = { from: '2026-01-01', to: '2026-03-01' };

/** Each day of two winters: 10 and 20 °C in the first, 0 and 10 °C in the second. */
function climate(without: string | null = null): Climate {
  const days = new Map<string, { lowest_Cel: number; highest_Cel: number }>();
  for (const [year, lowest_Cel] of [
    [2025, 10],
    [2026, 0],
  ] as const) {
    for (let i = 0; i < 59; i += 1) {
      const day = Temporal.PlainDate.from(`${year}-01-01`).add({ days: i }).toString();
      if (day !== without) days.set(day, { lowest_Cel, highest_Cel: lowest_Cel + 10 });
    }
  }
  return { station: 'here', base_Cel: 18, days };
}

describe('beside the year before', () => {
  const line = lineOf({
    month: [
      stored('2025-01-01', 310),
      stored('2025-02-01', 280),
      stored('2026-01-01', 620),
      stored('2026-02-01', 560),
    ],
  });
  const months = monthsOfPoint({ use: line, days: PARIS }, SPAN);

  it('is compared raw, and by what the weather made of it, by both methods', () => {
    // S=18: 10 to 20 °C are 3.0 (meteo) and 3.328 (costic) a day, 0 to 10 °C are 13 by both.
    const found = comparisonOf(months, { climate: climate(), basePerDay: 0 });
    expect(found).toMatchObject({ months: 2, now: 1180, before: 590, relative: 1 });
    expect(found?.weather?.now).toEqual({ meteo: 767, costic: 767, missingDays: 0 });
    expect(found?.weather?.before).toEqual({ meteo: 177, costic: 196.352, missingDays: 0 });
    expect(found?.weather?.meteo.expected).toBeCloseTo((590 * 767) / 177, 5);
    expect(found?.weather?.costic.expected).toBeCloseTo((590 * 767) / 196.352, 5);
    expect(found?.weather?.meteo.relative).toBeCloseTo(1180 / ((590 * 767) / 177) - 1, 6);
  });

  it('hot water does not follow the weather', () => {
    const found = comparisonOf(months, { climate: climate(), basePerDay: 5 });
    expect(found?.weather?.meteo.expected).toBeCloseTo(295 + (295 * 767) / 177, 5);
  });

  it('a day without temperatures is not taken for a warm one', () => {
    const found = comparisonOf(months, { climate: climate('2026-02-10'), basePerDay: 0 });
    expect(found?.weather?.now).toEqual({ meteo: null, costic: null, missingDays: 1 });
    expect(found?.weather?.meteo).toEqual({ expected: null, relative: null });
    expect(found?.relative).toBe(1);
  });

  it('only months are compared that each point knows in both years', () => {
    const other = lineOf({
      month: [stored('2025-01-01', 10), stored('2026-01-01', 20), stored('2026-02-01', null)],
    });
    const together = monthsTogether([months, monthsOfPoint({ use: other, days: PARIS }, SPAN)]);
    expect(together.map(({ value, known, yearBefore }) => [value, known, yearBefore])).toEqual([
      [640e6, 640e6, 320e6],
      [null, 560e6, null],
    ]);
    expect(comparisonOf(together, null)).toMatchObject({ months: 1, now: 640, before: 320 });
    expect(
      comparisonOf(monthsTogether([monthsOfPoint({ use: lineOf({}), days: PARIS }, SPAN)]), null),
    ).toBeNull();
  });

  it('what ends on 28 February is compared with what ended on 28 February', () => {
    const eachDay = (year: number) =>
      Array.from({ length: 60 }, (_, i) =>
        Temporal.PlainDate.from(`${year}-01-01`).add({ days: i }).toString(),
      );
    const use = lineOf({ day: [...eachDay(2023), ...eachDay(2024)].map((day) => stored(day, 1)) });
    const beside = (from: string, to: string) =>
      monthsOfPoint({ use, days: PARIS }, { from, to }).map(({ value, yearBefore }) => [value, yearBefore]);
    expect(beside('2024-02-01', '2024-02-29')).toEqual([[28e6, 28e6]]);
    expect(beside('2024-02-01', '2024-03-01')).toEqual([[29e6, 28e6]]);
    expect(beside('2024-02-15', '2024-02-28')).toEqual([[13e6, 13e6]]);
  });

  it('the last day of February of a leap year is compared with the days that the other year has', () => {
    const leap = monthsOfPoint({ use: lineOf({}), days: PARIS }, { from: '2024-02-29', to: '2024-03-02' });
    expect(leap.map(({ from, to }) => [from, to])).toEqual([
      ['2024-02-29', '2024-03-01'],
      ['2024-03-01', '2024-03-02'],
    ]);
  });
});

describe('among similar sites', () => {
  it('stands in a quarter', () => {
    const others = [10, 20, 30, 40, 50];
    expect(standingOf('m2', 12, others)).toEqual({
      per: 'm2',
      used: 12,
      others: 5,
      lowerQuartile: 20,
      median: 30,
      upperQuartile: 40,
      quarter: 1,
    });
    expect([20, 30, 40, 41].map((used) => standingOf('m2', used, others).quarter)).toEqual([1, 2, 3, 4]);
  });

  it('households are compared with ten at least: fewer would tell of people', () => {
    expect(leastOthers('household')).toBe(10);
    expect(leastOthers('building')).toBe(4);
  });

  it('goes by persons for water and by floor area for energy, where both are told', () => {
    expect(sizeOf('water_volume', { area_m2: 100, persons: 3 })).toBe('persons');
    expect(sizeOf('gas_volume', { area_m2: 100, persons: 3 })).toBe('area_m2');
    expect(sizeOf('gas_volume', { persons: 3 })).toBe('persons');
    expect(sizeOf('gas_volume', { persons: 'many', area_m2: 0 })).toBeNull();
  });
});

describe('the décret tertiaire', () => {
  const known = (value: number) => ({ value, known: value, estimated: 0, unknown: null });
  const year = (number: number, heat: number, degreeDays: number | null) => ({
    year: number,
    points: [
      { of: 'gas', energy: known(heat), heating: { base: 10_000 } },
      { of: 'power', energy: known(50_000), heating: null },
    ],
    degreeDays: degreeDays === null ? null : { meteo: degreeDays, costic: degreeDays * 1.1, missingDays: 0 },
  });

  it('sets each year against the reference, raw and in the weather of the reference year', () => {
    const view = tertiaryView(
      [year(2019, 110_000, 2500), year(2025, 90_000, 2000)],
      { year: 2019, energy_kWh_pci: null, degreeDays: null },
      2000,
    );
    expect(view.reference).toEqual({
      year: 2019,
      basis: 'metered',
      energy_kWh_pci: 160_000,
      degreeDays: { meteo: 2500, costic: 2750 },
    });
    expect(view.goals).toEqual([
      { year: 2030, reduction: 0.4, energy_kWh_pci: 96_000 },
      { year: 2040, reduction: 0.5, energy_kWh_pci: 80_000 },
      { year: 2050, reduction: 0.6, energy_kWh_pci: 64_000 },
    ]);
    const [, last] = view.years;
    expect(last).toMatchObject({ perM2_kWh_pci: 70, relative: -0.125 });
    // 80,000 kWh heat, in 2,000 degree days; in 2,500 they would have been 100,000.
    expect(last?.adjusted_kWh_pci.meteo).toBe(160_000);
    expect(last?.adjustedRelative.meteo).toBe(0);
    expect(last?.adjusted_kWh_pci.costic).toBeCloseTo(160_000, 6);
  });

  it('takes a reference year that was declared before anything was metered', () => {
    const view = tertiaryView(
      [year(2025, 90_000, 2000)],
      { year: 2012, energy_kWh_pci: 200_000, degreeDays: 2500 },
      null,
    );
    expect(view.reference).toMatchObject({ basis: 'declared', energy_kWh_pci: 200_000 });
    expect(view.years[0]).toMatchObject({
      perM2_kWh_pci: null,
      relative: -0.3,
      adjusted_kWh_pci: { meteo: 160_000 },
    });
  });

  it('says nothing of a year of which a day is missing, nor of weather that nobody told', () => {
    const holed = {
      ...year(2025, 90_000, null),
      points: [
        {
          of: 'gas',
          energy: {
            value: null,
            known: 89_000,
            estimated: 0,
            unknown: { hours: 24, reasons: ['missing'], spans: [] },
          },
          heating: { base: 0 },
        },
      ],
    };
    const view = tertiaryView([holed], { year: 2019, energy_kWh_pci: 160_000, degreeDays: 2500 }, 2000);
    expect(view.years[0]).toMatchObject({
      energy_kWh_pci: { value: null, known: 89_000, incomplete: [{ of: 'gas', reasons: ['missing'] }] },
      perM2_kWh_pci: null,
      relative: null,
      adjusted_kWh_pci: { meteo: null, costic: null },
    });
    const unweathered = tertiaryView([year(2025, 90_000, null)], null, null);
    expect(unweathered).toMatchObject({
      reference: null,
      years: [{ relative: null, adjusted_kWh_pci: { meteo: null } }],
    });
    expect(unweathered.goals.map(({ energy_kWh_pci }) => energy_kWh_pci)).toEqual([null, null, null]);
  });
});
