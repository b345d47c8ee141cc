import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BucketUnit, boundaries } from './boundaries.ts';
import { consumption } from './consumption.ts';
import { dirtyRanges, LOOK_BACK_MS } from './dirty-ranges.ts';
import type { ConsumptionOptions } from './options.ts';
import type { Installation, IntervalReading, Reading, Series, Span } from './series.ts';
import { at, PARIS } from './story.ts';

const HOUR = 3_600_000;
const OPTIONS: ConsumptionOptions = { zone: PARIS, maximumRate: 5_000_000, stepMs: HOUR };
const SEED = { seed: 20_260_206, numRuns: 150 };

/** Starts near the changes of the clocks as often as elsewhere. */
const start = fc
  .tuple(
    fc.constantFrom(at('2026-03-27 00:00'), at('2026-10-23 00:00'), at('2026-06-01 00:00')),
    fc.integer({ min: 0, max: 48 * HOUR }),
  )
  .map(([day, offset]) => day + offset);

/** A register that grows; readings every few minutes to some days, on the hour or off it. */
const register = fc
  .tuple(
    start,
    fc.integer({ min: 0, max: 1e12 }),
    fc.array(
      fc.record({
        after: fc.oneof(
          fc.constant(HOUR),
          fc.constant(HOUR),
          fc.integer({ min: 1, max: 2 * HOUR }),
          fc.integer({ min: HOUR, max: 4 * 24 * HOUR }),
        ),
        use: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000_000 })),
      }),
      { minLength: 1, maxLength: 80 },
    ),
  )
  .map(([from, first, steps]) => {
    let [time, value] = [from, first];
    const readings: Reading[] = [{ time, value, source: 'lorawan', quality: 'measured' }];
    for (const { after, use } of steps) {
      time += after;
      value += use;
      readings.push({ time, value, source: 'lorawan', quality: 'measured' });
    }
    return readings;
  });

/** Whatever may be told of a point: noise, two sources, provisional and final, a load curve. */
const anySeries: fc.Arbitrary<Series> = fc
  .tuple(
    register,
    fc.array(fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 1e12 }) }), { maxLength: 4 }),
    fc.array(
      fc.record({
        at: fc.nat(),
        quality: fc.constantFrom('provisional' as const, 'final' as const, 'estimated' as const),
        off: fc.integer({ min: -500_000, max: 500_000 }),
      }),
      { maxLength: 6 },
    ),
    fc.array(
      fc.record({
        at: fc.nat(),
        hours: fc.integer({ min: 1, max: 3 }),
        amount: fc.integer({ min: 0, max: 4_000_000 }),
      }),
      {
        maxLength: 12,
      },
    ),
  )
  .map(([readings, noise, operator, curve]) => {
    const pick = (n: number) => readings[n % readings.length] as Reading;
    return {
      readings: [
        ...readings,
        ...noise.map((one, i) => ({ ...pick(one.at), value: one.value, seq: i })),
        ...operator.map((one) => ({
          ...pick(one.at),
          value: Math.max(0, pick(one.at).value + one.off),
          source: 'operator' as const,
          quality: one.quality,
        })),
      ],
      intervals: curve.map((one): IntervalReading => {
        const from = Math.floor(pick(one.at).time / HOUR) * HOUR;
        return {
          from,
          to: from + one.hours * HOUR,
          amount: one.amount,
          source: 'operator',
          quality: 'provisional',
        };
      }),
    };
  });

const unit = fc.constantFrom<BucketUnit>('hour', 'day', 'month');
const spanOf = (series: Series): Span => {
  const times = [
    ...series.readings.map((one) => one.time),
    ...(series.intervals ?? []).flatMap((one) => [one.from, one.to]),
  ];
  return { from: Math.min(...times), to: Math.max(...times) };
};
const edgesFor = (one: BucketUnit, { from, to }: Span) =>
  boundaries(PARIS, one, from - 24 * HOUR, to + 24 * HOUR);

describe('for every series of readings', () => {
  it('the intervals between first and last reading sum to the index difference, to the unit', () => {
    fc.assert(
      fc.property(
        register,
        unit,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (readings, bucket, cuts) => {
          const [first, last] = [readings[0], readings.at(-1)] as [Reading, Reading];
          const line = consumption({ readings }, { ...OPTIONS, maximumRate: null, edgeToleranceMs: 0 });
          const calendar = boundaries(PARIS, bucket, first.time, last.time).filter(
            (edge) => edge > first.time && edge < last.time,
          );
          const anywhere = cuts.map((cut) => Math.round(first.time + cut * (last.time - first.time)));
          for (const inner of [calendar, anywhere]) {
            const edges = [...new Set([first.time, ...inner, last.time])].sort((a, b) => a - b);
            const intervals = line.over(edges);
            expect(intervals.reduce((sum, one) => sum + (one.value ?? Number.NaN), 0)).toBe(
              last.value - first.value,
            );
            for (const { value, evidence } of intervals) {
              expect(value).toBeGreaterThanOrEqual(0);
              expect(evidence.measured + evidence.estimated).toBe(value);
            }
          }
        },
      ),
      SEED,
    );
  });

  it('hours sum to days and days to months, over the changes of the clocks', () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        const line = consumption(series, OPTIONS);
        const span = spanOf(series);
        const month = line.over(edgesFor('month', span));
        const days = line.over(boundaries(PARIS, 'day', month[0]?.from ?? 0, month.at(-1)?.to ?? 0));
        const hours = line.over(boundaries(PARIS, 'hour', month[0]?.from ?? 0, month.at(-1)?.to ?? 0));
        const strict = { ...OPTIONS, edgeToleranceMs: 0 };
        const exact = consumption(series, strict);
        for (const [fine, coarse] of [
          [hours, days],
          [days, month],
        ] as const) {
          const [f, c] = [fine, coarse].map((list) =>
            exact.over([list[0]?.from ?? 0, ...list.map((one) => one.to)]),
          );
          for (const whole of c ?? []) {
            const parts = (f ?? []).filter((one) => one.from >= whole.from && one.to <= whole.to);
            expect(parts.reduce((sum, one) => sum + one.to - one.from, 0)).toBe(whole.to - whole.from);
            if (whole.value === null || parts.some((one) => one.value === null)) continue;
            expect(parts.reduce((sum, one) => sum + (one.value ?? 0), 0)).toBe(whole.value);
          }
        }
      }),
      SEED,
    );
  });

  it('the order in which readings came means nothing', () => {
    fc.assert(
      fc.property(
        anySeries.chain((series) =>
          fc.tuple(
            fc.constant(series),
            fc.shuffledSubarray([...series.readings], { minLength: series.readings.length }),
            fc.shuffledSubarray([...(series.intervals ?? [])], {
              minLength: (series.intervals ?? []).length,
            }),
          ),
        ),
        unit,
        ([series, readings, intervals], bucket) => {
          const edges = edgesFor(bucket, spanOf(series));
          const options = { zone: PARIS };
          const [here, there] = [consumption(series, options), consumption({ readings, intervals }, options)];
          expect(there.over(edges)).toEqual(here.over(edges));
          expect(there.findings).toEqual(here.findings);
          // A delivery that comes twice changes nothing either.
          const twice = consumption(
            { readings: [...readings, ...series.readings], intervals },
            { ...options, ...here.learned },
          );
          expect(twice.over(edges)).toEqual(here.over(edges));
        },
      ),
      SEED,
    );
  });

  it('recomputing the dirty buckets alone is recomputing all of them', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        anySeries.chain((series) =>
          fc.tuple(
            fc.constant(series),
            fc.subarray([...series.readings], { minLength: Math.max(1, series.readings.length - 3) }),
          ),
        ),
        unit,
        ([after, readings], bucket) => {
          const before: Series = { ...after, readings };
          const edges = edgesFor(bucket, spanOf(after));
          const [old, fresh] = [consumption(before, OPTIONS), consumption(after, OPTIONS)];
          const dirty = dirtyRanges(old, fresh);
          const oldIntervals = old.over(edges);
          const stitched = fresh.over(edges).map((one, i) => {
            if (dirty.some(({ from, to }) => from < one.to && to > one.from)) return one;
            kept += 1;
            return oldIntervals[i];
          });
          expect(stitched).toEqual(fresh.over(edges));
        },
      ),
      SEED,
    );
    // It would hold as well if everything were always dirty.
    expect(kept).toBeGreaterThan(1_500);
  });

  it('a window of readings around a range is enough for it', () => {
    fc.assert(
      fc.property(register, fc.nat(), fc.nat(), unit, (readings, a, b, bucket) => {
        const all = edgesFor(bucket, spanOf({ readings }));
        const [i, j] = [a % (all.length - 1), b % (all.length - 1)].sort((x, y) => x - y) as [number, number];
        const edges = all.slice(i, j + 2);
        const [from, to] = [edges[0] ?? 0, edges.at(-1) ?? 0];
        const before = readings.findLast((one) => one.time <= from)?.time ?? from;
        const after = readings.find((one) => one.time >= to)?.time ?? to;
        const window = readings.filter(({ time }) => time >= before - LOOK_BACK_MS && time <= after + 60_000);
        const narrow = consumption({ readings: window }, OPTIONS).over(edges);
        expect(narrow).toEqual(
          consumption({ readings }, OPTIONS)
            .over(all)
            .slice(i, j + 1),
        );
      }),
      SEED,
    );
  });

  it('a meter that rolls over and is swapped shows the consumption of one that never was', () => {
    const modulus = 10_000;
    fc.assert(
      fc.property(
        register,
        fc.integer({ min: 0, max: modulus - 1 }),
        fc.integer({ min: 0, max: 9_999 }),
        fc.nat(),
        unit,
        (readings, first, second, place, bucket) => {
          const k = place % readings.length;
          const swap = readings[k] as Reading;
          const base = readings[0] as Reading;
          const shown = (value: number, begin: number) => (value + begin * 1_000_000) % (modulus * 1_000_000);
          const told = [
            ...readings
              .slice(0, k)
              .map((one) => ({ ...one, value: shown(one.value - base.value, first), device: 'old' })),
            ...readings
              .slice(k + 1)
              .map((one) => ({ ...one, value: shown(one.value - swap.value, second), device: 'new' })),
          ];
          const common = { factor: { numerator: 1, denominator: 1 }, rollover: { digits: 4 } };
          const installations: Installation[] = [
            {
              ...common,
              device: 'old',
              meter: 'old',
              from: base.time - 1,
              to: swap.time,
              endIndex: shown(swap.value - base.value, first),
            },
            {
              ...common,
              device: 'new',
              meter: 'new',
              from: swap.time,
              to: null,
              startIndex: shown(0, second),
            },
          ];
          const edges = edgesFor(bucket, { from: base.time, to: (readings.at(-1) as Reading).time });
          const never = consumption({ readings }, OPTIONS).over(edges);
          const swapped = consumption({ readings: told, installations }, OPTIONS).over(edges);
          // The first meter needs a reading before its end for anything to be known of it.
          if (k > 0) expect(swapped.map((one) => one.value)).toEqual(never.map((one) => one.value));
        },
      ),
      SEED,
    );
  });
});
