import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BucketUnit, boundaries, GAS_DAY } from './boundaries.ts';
import { localTime } from './local-time.ts';
import { at, PARIS } from './story.ts';

const HOUR = 3_600_000;
const lengths = (edges: readonly number[]) =>
  edges.slice(1).map((edge, i) => (edge - (edges[i] ?? 0)) / HOUR);

describe('the edges of local buckets', () => {
  it('gives the last Sunday of March 23 hours and that of October 25', () => {
    expect(lengths(boundaries(PARIS, 'day', at('2021-03-27 00:00'), at('2021-03-30 00:00')))).toEqual([
      24, 23, 24,
    ]);
    expect(lengths(boundaries(PARIS, 'day', at('2021-10-30 00:00'), at('2021-11-02 00:00')))).toEqual([
      24, 25, 24,
    ]);
    expect(boundaries(PARIS, 'hour', at('2021-03-28 00:00'), at('2021-03-29 00:00'))).toHaveLength(24);
    expect(boundaries(PARIS, 'hour', at('2021-10-31 00:00'), at('2021-11-01 00:00'))).toHaveLength(26);
  });

  it('tells the two hours apart that October calls 02:00', () => {
    const edges = boundaries(PARIS, 'hour', at('2021-10-31 02:00'), at('2021-10-31 04:00'));
    expect(edges.map((edge) => new Date(edge).toISOString())).toEqual([
      '2021-10-31T00:00:00.000Z',
      '2021-10-31T01:00:00.000Z',
      '2021-10-31T02:00:00.000Z',
      '2021-10-31T03:00:00.000Z',
    ]);
  });

  it('begins the gas day at 06:00 local time in winter and in summer', () => {
    const edges = boundaries(PARIS, GAS_DAY, at('2021-03-27 06:00'), at('2021-03-29 06:00'));
    expect(edges).toEqual([at('2021-03-27 06:00'), at('2021-03-28 06:00'), at('2021-03-29 06:00')]);
    expect(lengths(edges)).toEqual([23, 24]);
  });

  it('begins before what is asked and ends after it', () => {
    expect(boundaries(PARIS, 'month', at('2026-02-14 13:30'), at('2026-03-01 00:01'))).toEqual(
      ['2026-02-01 00:00', '2026-03-01 00:00', '2026-04-01 00:00'].map(at),
    );
    expect(boundaries(PARIS, 'hour', at('2026-02-14 13:30'), at('2026-02-14 13:40'))).toEqual(
      ['2026-02-14 13:00', '2026-02-14 14:00'].map(at),
    );
    expect(boundaries(PARIS, 'year', at('2026-05-01 00:00'), at('2026-05-01 00:00'))).toEqual(
      ['2026-01-01 00:00', '2027-01-01 00:00'].map(at),
    );
  });

  it('knows zones whose clocks change by half an hour, and zones that never change', () => {
    expect(
      lengths(boundaries('Australia/Lord_Howe', 'day', Date.UTC(2026, 3, 4, 0), Date.UTC(2026, 3, 5))),
    ).toContain(24.5);
    expect(localTime('UTC').offsetAt(0)).toBe(0);
  });

  it('names a zone that does not exist', () => {
    expect(() => boundaries('Mars/Olympus', 'day', 0, 1)).toThrow(
      expect.objectContaining({ code: 'zone_unknown' }) as Error,
    );
  });

  it('agrees with Temporal at every hour of a year, and tiles time without holes', () => {
    const time = localTime(PARIS);
    for (let hour = Date.UTC(2026, 0, 1); hour < Date.UTC(2027, 0, 1); hour += HOUR) {
      const zoned = Temporal.Instant.fromEpochMilliseconds(hour).toZonedDateTimeISO(PARIS);
      expect(time.offsetAt(hour)).toBe(zoned.offsetNanoseconds / 1e6);
    }
    const zone = fc.constantFrom(
      PARIS,
      'UTC',
      'America/Sao_Paulo',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    );
    const unit = fc.constantFrom<BucketUnit>('hour', 'day', 'month', 'year');
    const moment = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2050, 0) });
    fc.assert(
      fc.property(
        zone,
        unit,
        moment,
        fc.integer({ min: 0, max: 40 * 24 * HOUR }),
        (name, one, from, length) => {
          const edges = boundaries(name, one, from, from + length);
          expect(edges[0]).toBeLessThanOrEqual(from);
          expect(edges[1]).toBeGreaterThan(from);
          expect(edges.at(-1)).toBeGreaterThanOrEqual(from + length);
          if (edges.length > 2) expect(edges.at(-2)).toBeLessThan(from + length);
          for (let i = 1; i < edges.length; i += 1) expect(edges[i]).toBeGreaterThan(edges[i - 1] ?? 0);
          // The same edges whatever span asked for them.
          const wider = new Set(boundaries(name, one, from - 3 * 24 * HOUR, from + length + 3 * 24 * HOUR));
          for (const edge of edges) expect(wider.has(edge)).toBe(true);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});
