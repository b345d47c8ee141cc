import { describe, expect, it } from 'vitest';

import { boundaries } from './boundaries.ts';
import { consumption } from './consumption.ts';
import { emissions } from './emissions.ts';
import { gasEnergy, pciOf } from './gas-energy.ts';
import { localTime } from './local-time.ts';
import { registerValue } from './micro.ts';
import { at, hourly, PARIS, reading } from './story.ts';
import { prorated, type Tariff, valuation } from './tariff.ts';
import { classAt, type TempoColour } from './tariff-classes.ts';

const OPTIONS = { zone: PARIS, maximumRate: null, stepMs: null } as const;
const span = (from: string, to: string) => ({ from: at(from), to: at(to) });
const offPeak = [{ fromMinute: 22 * 60, toMinute: 6 * 60 }];
const flat: Tariff = {
  name: 'Base',
  from: at('2026-01-01 00:00'),
  to: null,
  classes: { kind: 'flat' },
  pricePerUnit: { base: 251_600 },
  fixed: [],
};

describe('what consumption costs', () => {
  /** One kWh in each hour of three days. */
  const line = consumption({ readings: hourly('2026-02-01 00:00', Array<number>(72).fill(1)) }, OPTIONS);

  it('flat: the price of a unit times the use', () => {
    const bill = valuation(line, [flat], PARIS, span('2026-02-01 00:00', '2026-02-02 00:00'));
    expect(bill.cost).toBe(24 * 251_600);
    expect(bill.lines).toMatchObject([{ name: 'base', use: registerValue(24), estimatedCost: 0 }]);
  });

  it('peak and off-peak by the slots of the point, also where they cut an hour in two', () => {
    const tariff: Tariff = {
      ...flat,
      classes: {
        kind: 'peak_off_peak',
        offPeak: [
          { fromMinute: 30, toMinute: 7 * 60 + 30 },
          { fromMinute: 12 * 60, toMinute: 13 * 60 },
        ],
      },
      pricePerUnit: { peak: 270_000, off_peak: 206_800 },
    };
    const bill = valuation(line, [tariff], PARIS, span('2026-02-01 00:00', '2026-02-02 00:00'));
    expect(Object.fromEntries(bill.lines.map((one) => [one.name, one.use]))).toEqual({
      peak: registerValue(16),
      off_peak: registerValue(8),
    });
    expect(bill.cost).toBe(16 * 270_000 + 8 * 206_800);
    // The half hours at 00:30 and 07:30 are parted on a straight line.
    expect(bill.lines.find((one) => one.name === 'off_peak')?.estimatedCost).toBe(206_800);
  });

  it('Tempo: a day has its colour from 06:00 to 06:00', () => {
    const colours = new Map<string, TempoColour>([
      ['2026-01-31', 'white'],
      ['2026-02-01', 'red'],
      ['2026-02-02', 'blue'],
    ]);
    const tariff: Tariff = {
      ...flat,
      name: 'Tempo',
      classes: { kind: 'tempo', offPeak, colours },
      pricePerUnit: {
        blue_peak: 1,
        blue_off_peak: 10,
        white_peak: 100,
        white_off_peak: 1_000,
        red_peak: 10_000,
        red_off_peak: 100_000,
      },
    };
    const bill = valuation(line, [tariff], PARIS, span('2026-02-01 00:00', '2026-02-03 00:00'));
    expect(Object.fromEntries(bill.lines.map((one) => [one.name, (one.use ?? 0) / 1e6]))).toEqual({
      white_off_peak: 6,
      red_peak: 16,
      red_off_peak: 8,
      blue_peak: 16,
      blue_off_peak: 2,
    });
    expect(bill.cost).toBe(6 * 1_000 + 16 * 10_000 + 8 * 100_000 + 16 + 2 * 10);
    const later = valuation(line, [tariff], PARIS, span('2026-02-03 00:00', '2026-02-04 00:00'));
    expect(later.cost).toBeNull();
    expect(later.unvalued[0]).toMatchObject({ from: at('2026-02-03 06:00'), reason: 'no_colour' });
  });

  it('a price that changes holds from its day on, with a line of its own', () => {
    const dearer: Tariff = { ...flat, from: at('2026-02-02 00:00'), pricePerUnit: { base: 300_000 } };
    const bill = valuation(
      line,
      [{ ...flat, to: at('2026-02-02 00:00') }, dearer],
      PARIS,
      span('2026-02-01 00:00', '2026-02-03 00:00'),
    );
    expect(bill.lines.map((one) => one.cost)).toEqual([24 * 251_600, 24 * 300_000]);
  });

  it('has no sum where something is not known', () => {
    const bill = valuation(
      line,
      [{ ...flat, from: at('2026-02-01 12:00') }],
      PARIS,
      span('2026-02-01 00:00', '2026-02-04 12:00'),
    );
    expect(bill.cost).toBeNull();
    expect(bill.unvalued.map((one) => one.reason)).toContain('no_tariff');
    expect(() =>
      valuation(line, [{ ...flat, pricePerUnit: {} }], PARIS, span('2026-02-01 00:00', '2026-02-02 00:00')),
    ).toThrow(expect.objectContaining({ code: 'price_missing' }) as Error);
  });

  it('fixed parts of water and gas are parted by days, and a year of months is the year', () => {
    const year = { name: 'Abonnement', amount: 99_990_001, per: 'year' } as const;
    const months = boundaries(PARIS, 'month', at('2026-01-01 00:00'), at('2027-01-01 00:00'));
    const parts = months.slice(1).map((to, i) => prorated(year, PARIS, months[i] ?? 0, to));
    expect(parts.reduce((a, b) => a + b, 0)).toBe(99_990_001);
    expect(
      prorated(
        { name: 'Location', amount: 2_800_000, per: 'month' },
        PARIS,
        at('2026-02-01 00:00'),
        at('2026-02-08 00:00'),
      ),
    ).toBe(700_000);
    const bill = valuation(
      line,
      [{ ...flat, fixed: [{ name: 'Location', amount: 2_800_000, per: 'month' }] }],
      PARIS,
      span('2026-02-01 00:00', '2026-02-03 00:00'),
    );
    expect(bill.cost).toBe(48 * 251_600 + 200_000);
  });

  it('knows the class of each hour of the night on which the clocks change', () => {
    const classes = { kind: 'peak_off_peak', offPeak: [{ fromMinute: 150, toMinute: 180 }] } as const;
    const time = localTime(PARIS);
    // 02:30 comes twice on 25 October 2026: two half hours of off-peak, 25 hours in all.
    const readings = [reading('2026-10-25 00:00', 0), reading('2026-10-26 00:00', 50)];
    const tariff: Tariff = { ...flat, classes, pricePerUnit: { peak: 0, off_peak: 1_000_000 } };
    const bill = valuation(
      consumption({ readings }, OPTIONS),
      [tariff],
      PARIS,
      span('2026-10-25 00:00', '2026-10-26 00:00'),
    );
    expect(bill.lines.find((one) => one.name === 'off_peak')?.use).toBe(registerValue(2));
    expect(classAt(classes, time, Date.parse('2026-10-25T01:15:00Z'))).toBe('peak');
    expect(classAt(classes, time, Date.parse('2026-10-25T01:45:00Z'))).toBe('off_peak');
  });

  it('knows the half hour of a slot that March leaves over', () => {
    // 02:30 to 03:30: the clocks jump from 02:00 to 03:00, into the slot.
    const classes = { kind: 'peak_off_peak', offPeak: [{ fromMinute: 150, toMinute: 210 }] } as const;
    const readings = [reading('2026-03-29 00:00', 0), reading('2026-03-30 00:00', 46)];
    const tariff: Tariff = { ...flat, classes, pricePerUnit: { peak: 0, off_peak: 1_000_000 } };
    const bill = valuation(
      consumption({ readings }, OPTIONS),
      [tariff],
      PARIS,
      span('2026-03-29 00:00', '2026-03-30 00:00'),
    );
    expect(bill.lines.find((one) => one.name === 'off_peak')?.use).toBe(registerValue(1));
  });
});

describe('gas in kWh', () => {
  const coefficient = (from: string, numerator: number) => ({
    from: at(from),
    to: null,
    kWhPerM3: { numerator, denominator: 100 },
    source: 'GRDF',
  });
  const line = consumption(
    {
      readings: [
        reading('2026-02-01 06:00', 100),
        reading('2026-02-02 06:00', 107),
        reading('2026-02-03 06:00', 107),
      ],
    },
    OPTIONS,
  );
  const days = line.over(
    ['2026-02-01 06:00', '2026-02-02 06:00', '2026-02-03 06:00', '2026-02-04 06:00'].map(at),
  );

  it('takes the coefficient of its period, and tells PCS from PCI', () => {
    const pcs = gasEnergy(days, [coefficient('2026-01-01 06:00', 1112)]);
    expect(pcs.map((one) => one.energy)).toEqual([77_840_000, 0, null]);
    expect(gasEnergy(days, [coefficient('2026-01-01 06:00', 1112)], 'pci')[0]?.energy).toBe(70_126_126);
    expect(pciOf(1_110_000)).toBe(1_000_000);
  });

  it('is unknown without a coefficient, and an estimate where one changes inside', () => {
    expect(gasEnergy(days, [])[0]).toMatchObject({ energy: null, quality: 'missing' });
    const [first] = gasEnergy(days, [
      coefficient('2026-01-01 06:00', 1000),
      coefficient('2026-02-01 18:00', 1200),
    ]);
    expect(first).toMatchObject({ energy: 77_000_000, quality: 'estimated', parted: true });
  });
});

describe('what consumption emitted', () => {
  it('takes the factor of its time, and none where there is none', () => {
    const factors = [
      { from: at('2026-01-01 00:00'), to: at('2026-02-01 00:00'), gramsPerUnit: 50, source: 'a' },
      { from: at('2026-02-01 00:00'), to: null, gramsPerUnit: 40, source: 'b' },
    ];
    const use = (from: string, to: string, value: number | null) => ({ ...span(from, to), value });
    const found = emissions(
      [
        use('2026-01-31 00:00', '2026-02-02 00:00', 10_000_000),
        use('2025-12-01 00:00', '2025-12-02 00:00', 1),
        use('2026-03-01 00:00', '2026-03-02 00:00', null),
      ],
      factors,
    );
    expect(found.map((one) => one.grams)).toEqual([450, null, null]);
    expect(found[0]?.sources).toEqual(['a', 'b']);
  });
});
