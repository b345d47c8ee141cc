import type { TempoColour } from '@veilleur/metering';
import type { TariffTerms, TariffVersion } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { costOf, type Prices } from './cost.ts';
import { GAS, hoursOf, lineOf, PARIS, stored } from './story.ts';

const version = (
  code: string,
  from: string,
  terms: Pick<TariffTerms, 'kind' | 'prices'> & Partial<TariffTerms>,
): TariffVersion => ({ code, from, to: null, terms: { unit: 'kWh', fixed: [], ...terms }, source: null });
const contract = (tariff: string, more: object = {}) => ({
  point: 'P',
  tariff,
  from: '2020-01-01',
  to: null,
  offPeak: [{ fromMinute: 22 * 60, toMinute: 6 * 60 }],
  ...more,
});
const pricesOf = (tariffs: TariffVersion[], contracts = [contract(tariffs[0]?.code ?? '')]): Prices => ({
  tariffs,
  contracts,
  colours: new Map(),
});
const peaks = (peak: number, off_peak: number) =>
  ({ kind: 'peak_off_peak', prices: { peak, off_peak } }) as const;
const bill = (cost: ReturnType<typeof costOf>) =>
  cost.lines.map(({ since, name, use, cost_EUR }) => `${since} ${name} ${use ?? '-'} ${cost_EUR}`);

describe('what a point costs', () => {
  /** A kWh each hour of January and February 2026. */
  const steady = lineOf({ hour: hoursOf('2026-01-01', '2026-03-01', () => 1) });
  const lines = { kWh: steady, m3: null };

  it('a price of peak and off-peak hours that changes inside a month has lines of its own', () => {
    const prices = pricesOf([
      version('hphc', '2025-08-01', peaks(208_100, 163_500)),
      version('hphc', '2026-01-16', peaks(206_500, 157_900)),
    ]);
    const cost = costOf(lines, prices, { from: '2026-01-01', to: '2026-02-01' }, PARIS);
    // 15 days of 16 and 8 hours at the old prices, 16 at the new ones.
    expect(bill(cost)).toEqual([
      '2025-08-01 off_peak 120 19.62',
      '2025-08-01 peak 240 49.944',
      '2026-01-16 off_peak 128 20.2112',
      '2026-01-16 peak 256 52.864',
    ]);
    expect(cost).toMatchObject({ value: 142.6392, estimated: 0, unknown: null });
  });

  it('slots on half hours part an hour on a straight line, and that part is an estimate', () => {
    const prices = pricesOf(
      [version('hphc', '2025-08-01', peaks(200_000, 100_000))],
      [contract('hphc', { offPeak: [{ fromMinute: 22 * 60 + 30, toMinute: 6 * 60 + 30 }] })],
    );
    const cost = costOf(lines, prices, { from: '2026-01-01', to: '2026-01-02' }, PARIS);
    expect(cost.value).toBe(16 * 0.2 + 8 * 0.1);
    // Two half hours of each class: 06:00 to 07:00 and 22:00 to 23:00.
    expect(cost.estimated).toBeCloseTo(0.5 * (0.2 + 0.1) * 2, 6);
  });

  it('without hours the slots of a day are an estimate, and it is the whole bill', () => {
    const days = lineOf({ day: [stored('2026-01-01', 24)] });
    const prices = pricesOf([version('hphc', '2025-08-01', peaks(200_000, 100_000))]);
    const cost = costOf({ kWh: days, m3: null }, prices, { from: '2026-01-01', to: '2026-01-02' }, PARIS);
    expect(cost).toMatchObject({ value: 4, estimated: 4 });
  });

  it('a Tempo week: the night belongs to the day before it', () => {
    const colours = new Map<string, TempoColour>([
      ['2026-01-04', 'blue'],
      ['2026-01-05', 'red'],
      ['2026-01-06', 'red'],
      ['2026-01-07', 'white'],
      ['2026-01-08', 'white'],
      ['2026-01-09', 'blue'],
      ['2026-01-10', 'blue'],
      ['2026-01-11', 'blue'],
    ]);
    const terms = {
      kind: 'tempo',
      prices: {
        blue_peak: 149_400,
        blue_off_peak: 123_200,
        white_peak: 173_000,
        white_off_peak: 139_100,
        red_peak: 646_800,
        red_off_peak: 146_000,
      },
    } as const;
    const prices = { ...pricesOf([version('tempo', '2025-08-01', terms)]), colours };
    const week = { from: '2026-01-05', to: '2026-01-12' };
    const cost = costOf(lines, prices, week, PARIS);
    const uses = Object.fromEntries(cost.lines.map(({ name, use }) => [name, use]));
    // Monday's first six hours are Sunday's, blue; Sunday's own night ends at midnight, where the week does.
    expect(uses).toEqual({
      blue_peak: 48,
      blue_off_peak: 6 + 8 + 8 + 2,
      white_peak: 32,
      white_off_peak: 16,
      red_peak: 32,
      red_off_peak: 16,
    });
    const euros = 48 * 0.1494 + 24 * 0.1232 + 32 * 0.173 + 16 * 0.1391 + 32 * 0.6468 + 16 * 0.146;
    expect(cost.value).toBeCloseTo(euros, 6);
    colours.delete('2026-01-08');
    const unsure = costOf(lines, prices, week, PARIS);
    expect(unsure).toMatchObject({ value: null, unknown: { hours: 24, reasons: ['no_colour'] } });
    expect(unsure.known).toBeCloseTo(euros - 16 * 0.173 - 8 * 0.1391, 6);
  });

  it('fixed parts are owed by the day, of a year by the days of the year, whatever was used', () => {
    const water: TariffTerms = {
      kind: 'flat',
      unit: 'm3',
      prices: { base: 4_500_000 },
      fixed: [
        { name: 'Abonnement', amount: 73_000_000, per: 'year' },
        { name: 'Location', amount: 2_800_000, per: 'month' },
      ],
    };
    const prices = pricesOf([version('eau', '2026-01-01', water)]);
    const used = lineOf({ month: [stored('2026-02-01', 10)] });
    const february = costOf({ kWh: null, m3: used }, prices, { from: '2026-02-01', to: '2026-03-01' }, PARIS);
    expect(bill(february)).toEqual([
      '2026-01-01 base 10 45',
      '2026-01-01 Abonnement - 5.6',
      '2026-01-01 Location - 2.8',
    ]);
    const week = costOf(
      { kWh: null, m3: lineOf({}) },
      prices,
      { from: '2026-02-01', to: '2026-02-08' },
      PARIS,
    );
    expect(week).toMatchObject({ value: null, known: 2.1, unknown: { reasons: ['not_told'] } });
  });

  it('of a gas meter, whose days begin at six, January owes January', () => {
    const terms = {
      kind: 'flat',
      prices: { base: 0 },
      fixed: [{ name: 'Abonnement', amount: 31_000_000, per: 'month' }],
    } as const;
    const cost = costOf(
      { kWh: lineOf({}, GAS), m3: null },
      pricesOf([version('gaz', '2020-01-01', terms)]),
      { from: '2026-01-01', to: '2026-02-01' },
      GAS,
    );
    expect(cost.known).toBe(31);
  });

  it('is no bill where a tariff is not told, or an hour is missing; what is known of it stands', () => {
    const tariffs = [version('base', '2026-01-11', { kind: 'flat', prices: { base: 200_000 } })];
    const span = { from: '2026-01-01', to: '2026-02-01' };
    const late = costOf(lines, pricesOf(tariffs), span, PARIS);
    expect(late).toMatchObject({
      value: null,
      known: 100.8,
      unknown: { hours: 240, reasons: ['no_tariff'] },
    });
    const none = costOf(lines, pricesOf([], []), span, PARIS);
    expect(none).toMatchObject({ value: null, known: null, lines: [] });
    const holed = lineOf({ hour: hoursOf('2026-01-11', '2026-01-12', (hour) => (hour === 9 ? null : 1)) });
    const day = { from: '2026-01-11', to: '2026-01-12' };
    const partial = costOf({ kWh: holed, m3: null }, pricesOf(tariffs), day, PARIS);
    expect(partial).toMatchObject({ value: null, known: 4.6, unknown: { hours: 1, reasons: ['missing'] } });
  });

  it('follows the contract when the tariff is changed', () => {
    const tariffs = [
      version('a', '2020-01-01', { kind: 'flat', prices: { base: 100_000 } }),
      version('b', '2020-01-01', { kind: 'flat', prices: { base: 300_000 } }),
    ];
    const contracts = [contract('a', { to: '2026-01-02' }), contract('b', { from: '2026-01-02' })];
    const cost = costOf(lines, pricesOf(tariffs, contracts), { from: '2026-01-01', to: '2026-01-03' }, PARIS);
    expect(cost.lines.map(({ tariff, cost_EUR }) => [tariff, cost_EUR])).toEqual([
      ['a', 2.4],
      ['b', 7.2],
    ]);
  });
});
