import { describe, expect, it } from 'vitest';

import { balance } from './balance.ts';
import { boundaries } from './boundaries.ts';
import { compare } from './comparison.ts';
import { consumption } from './consumption.ts';
import { loadProfile } from './load-profile.ts';
import { at, hourly, PARIS, reading } from './story.ts';

const OPTIONS = { zone: PARIS, maximumRate: null, stepMs: null, openEnd: 'missing' } as const;

describe('a district meter against the meters behind it', () => {
  const edges = ['2026-02-01 00:00', '2026-02-02 00:00', '2026-02-03 00:00'].map(at);
  const meter = (...days: [string, number][]) =>
    consumption({ readings: days.map(([time, value]) => reading(time, value)) }, OPTIONS).over(edges);
  const sharp = meter(['2026-02-01 00:00', 0], ['2026-02-02 00:00', 10], ['2026-02-03 00:00', 20]);

  it('what the parts do not explain is lost', () => {
    const part = meter(['2026-02-01 00:00', 0], ['2026-02-02 00:00', 8], ['2026-02-03 00:00', 18]);
    expect(balance(sharp, [part]).map((one) => [one.difference, one.uncertainty, one.verdict])).toEqual([
      [2_000_000, 0, 'loss'],
      [0, 0, 'within_uncertainty'],
    ]);
    expect(balance(part, [sharp])[0]?.verdict).toBe('surplus');
  });

  it('readings at another hour differ without any loss, and the balance knows by how much', () => {
    const noon = meter(
      ['2026-01-31 12:00', 0],
      ['2026-02-01 12:00', 9],
      ['2026-02-02 12:00', 19],
      ['2026-02-03 12:00', 29],
    );
    const [first] = balance(sharp, [noon]);
    expect(first?.difference).toBe(500_000);
    // Of the 9 and the 10 between noon and noon any part may lie on the other side of midnight.
    expect(first?.uncertainty).toBe(4_500_000 + 5_000_000);
    expect(first?.verdict).toBe('within_uncertainty');
  });

  it('a part that is silent leaves the balance open', () => {
    const [, second] = balance(sharp, [sharp, meter(['2026-02-01 00:00', 0], ['2026-02-02 00:00', 1])]);
    expect(second).toMatchObject({ difference: null, verdict: 'unknown', missingParts: [1] });
  });

  it('refuses buckets that do not meet', () => {
    expect(() => balance(sharp, [sharp.slice(1)])).toThrow(
      expect.objectContaining({ code: 'buckets_differ' }) as Error,
    );
  });
});

describe('base load and night', () => {
  const use = Array.from({ length: 24 * 5 }, (_, i) => (i % 24 < 6 ? 0.2 : 0.5));
  const over = (values: number[], from: string, to: string) =>
    consumption({ readings: hourly('2026-02-02 00:00', values) }, OPTIONS).over(
      boundaries(PARIS, 'hour', at(from), at(to)),
    );

  it('is what never sleeps, over whole days only', () => {
    const found = loadProfile(over(use, '2026-02-02 00:00', '2026-02-08 00:00'), PARIS);
    expect(found).toMatchObject({ baseLoad: 200_000, wholeDays: 5, nightMinimum: 200_000 });
    expect(found.nightShare).toBeCloseTo(0.6 / (6 * 0.2 + 18 * 0.5), 9);
  });

  it('is unknown under three whole days, and the share unknown without use', () => {
    expect(loadProfile(over(use, '2026-02-02 00:00', '2026-02-04 00:00'), PARIS).baseLoad).toBeNull();
    expect(
      loadProfile(over(Array<number>(24).fill(0), '2026-02-02 00:00', '2026-02-03 00:00'), PARIS).nightShare,
    ).toBeNull();
  });
});

describe('compared with the period before', () => {
  it('a milder winter explains a part of the saving', () => {
    const found = compare(
      { use: 8_000, degreeDays: 400, days: 30 },
      { use: 11_000, degreeDays: 500, days: 30 },
      { baseUsePerDay: 100 / 3 },
    );
    expect(found.change).toBe(-3_000);
    expect(found.expected).toBe(1_000 + 8_000);
    expect(found.relativeToWeather).toBeCloseTo(-1 / 9, 9);
  });

  it('says nothing of weather in summer, and nothing at all of what is unknown', () => {
    expect(compare({ use: 5, degreeDays: 1, days: 30 }, { use: 4, degreeDays: 2, days: 30 })).toMatchObject({
      change: 1,
      expected: null,
    });
    expect(compare({ use: null, days: 30 }, { use: 4, days: 30 })).toEqual({
      change: null,
      relative: null,
      expected: null,
      relativeToWeather: null,
    });
    expect(compare({ use: 5, days: 30 }, { use: 0, days: 30 }).relative).toBeNull();
  });
});
