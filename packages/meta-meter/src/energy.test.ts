import type { EmissionFactorRow, GasCoefficientRow } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { amountOf } from './amount.ts';
import { carbonOf } from './carbon.ts';
import { coefficientsOf } from './coefficients.ts';
import { gasLine, pciOfAmount } from './energy.ts';
import { type DaySpan, instantsOf } from './local-days.ts';
import { at, GAS, lineOf, PARIS, stored } from './story.ts';

const row = (energy: number, more: Partial<GasCoefficientRow> = {}): GasCoefficientRow => ({
  point: null,
  site: null,
  from: '2020-01-01',
  to: null,
  energy: energy * 1e6,
  source: 'bill',
  ...more,
});
const POINT = { code: 'P', sites: ['school', 'centre'] };
const DAYS: DaySpan = { from: '2026-01-01', to: '2026-01-06' };
const told = (day: string, next: string, whPerM3: number) => ({
  from: at(`${day} 06:00`),
  to: at(`${next} 06:00`),
  whPerM3,
});
const held = (rows: GasCoefficientRow[], facts: ReturnType<typeof told>[] = []) =>
  coefficientsOf(POINT, facts, rows, DAYS, GAS, 'grdf');

describe('what a cubic metre of gas held', () => {
  it('is told by the operator first, then for the point, its site, the sites around it, and everywhere', () => {
    const everywhere = row(10);
    const around = row(10.5, { site: 'centre' });
    const site = row(11, { site: 'school' });
    const own = row(11.5, { point: 'P', from: '2026-01-03' });
    const strange = row(99, { site: 'elsewhere' });
    const kWh = (rows: GasCoefficientRow[], facts: ReturnType<typeof told>[] = []) =>
      held(rows, facts).map((one) => one.kWhPerM3.numerator / one.kWhPerM3.denominator);
    expect(kWh([everywhere, strange])).toEqual([10]);
    expect(kWh([everywhere, around, strange])).toEqual([10.5]);
    expect(kWh([site, everywhere, around])).toEqual([11]);
    expect(kWh([own, everywhere, around, site])).toEqual([11, 11.5]);
    expect(kWh([site], [told('2026-01-02', '2026-01-03', 11_120)])).toEqual([11, 11.12, 11]);
    expect(kWh([strange])).toEqual([]);
  });

  it('an absent day takes the day before, and says that it is an estimate', () => {
    const facts = [told('2026-01-01', '2026-01-02', 11_000), told('2026-01-03', '2026-01-04', 12_000)];
    const line = lineOf(
      { day: ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => stored(day, 10, GAS)) },
      GAS,
    );
    const gas = gasLine(line, held([], facts));
    const days = instantsOf({ from: '2026-01-01', to: '2026-01-04' }, GAS);
    expect(amountOf(gas, days)).toMatchObject({ value: 340, estimated: 110, unknown: null });
  });

  it('of which no more is estimated than of its volume, where the coefficient is told', () => {
    const line = lineOf({ day: [stored('2026-01-01', 10, GAS, 'estimated', 0.5)] }, GAS);
    const facts = [told('2026-01-01', '2026-01-02', 11_000)];
    const days = instantsOf({ from: '2026-01-01', to: '2026-01-02' }, GAS);
    expect(amountOf(gasLine(line, held([], facts)), days)).toMatchObject({ value: 110, estimated: 5.5 });
    const morning = lineOf({ day: [stored('2026-01-02', 10, PARIS, 'estimated', 0.5)] });
    const parted = gasLine(morning, held([row(11, { to: '2026-01-02' }), row(12, { from: '2026-01-02' })]));
    const { value, estimated } = amountOf(
      parted,
      instantsOf({ from: '2026-01-02', to: '2026-01-03' }, PARIS),
    );
    expect(value).toBe(117.5);
    expect(estimated, 'nobody knows what of it ran before six').toBe(value);
  });

  it('without any, energy is unknown, but no gas has none', () => {
    const line = lineOf({ day: [stored('2026-01-01', 10, GAS), stored('2026-01-02', 0, GAS)] }, GAS);
    const days = instantsOf({ from: '2026-01-01', to: '2026-01-03' }, GAS);
    expect(amountOf(gasLine(line, []), days)).toMatchObject({
      value: null,
      known: 0,
      unknown: { hours: 24, reasons: ['no_coefficient'] },
    });
  });

  it('PCI is PCS by 1.11, of the sum and not of each day', () => {
    const pcs = { value: 23_151.15, known: 23_151.15, estimated: 0 };
    expect(pciOfAmount(pcs).value).toBe(20_856.891892);
  });
});

describe('what was emitted', () => {
  const factor = (from: string, grams: number, per: EmissionFactorRow['per']): EmissionFactorRow => ({
    quantity: 'gas_volume',
    from,
    to: null,
    per,
    grams,
    source: `s${grams}`,
  });
  const kWh = lineOf({ day: [stored('2026-01-01', 111), stored('2026-01-02', 111)] });
  const span = { from: '2026-01-01', to: '2026-01-03' };
  const of = (factors: EmissionFactorRow[]) =>
    carbonOf('gas_volume', { kWh, m3: null }, factors, span, PARIS);

  it('follows the heating value that the factor is for, and the factor of its day', () => {
    expect(of([factor('2020-01-01', 227, 'kWh_pci')]).value).toBe(45.4);
    expect(of([factor('2020-01-01', 100, 'kWh_pcs')]).value).toBe(22.2);
    const both = of([factor('2020-01-01', 100, 'kWh_pcs'), factor('2026-01-02', 200, 'kWh_pcs')]);
    expect(both.value).toBe(33.3);
    expect(both.factors.map(({ source }) => source)).toEqual(['s100', 's200']);
  });

  it('is unknown before the first factor', () => {
    expect(of([factor('2026-01-02', 200, 'kWh_pcs')])).toMatchObject({
      value: null,
      known: 22.2,
      unknown: { hours: 24, reasons: ['no_factor'] },
    });
    expect(of([])).toMatchObject({ value: null, known: null });
  });
});
