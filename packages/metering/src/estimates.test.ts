import { describe, expect, it } from 'vitest';

import { boundaries } from './boundaries.ts';
import { consumption } from './consumption.ts';
import { registerValue } from './micro.ts';
import type { ConsumptionOptions } from './options.ts';
import type { IntervalReading, Series } from './series.ts';
import { at, hourly, litres, PARIS, reading } from './story.ts';

const HOUR = 3_600_000;
const options: ConsumptionOptions = { zone: PARIS, maximumRate: registerValue(2), stepMs: HOUR };
const over = (
  series: Series,
  unit: 'hour' | 'day' | 'month',
  from: string,
  to: string,
  more: Partial<ConsumptionOptions> = {},
) => consumption(series, { ...options, ...more }).over(boundaries(PARIS, unit, at(from), at(to)));

/** Four weeks of hours: working days draw 10 L at 07 h and 20 L at 19 h, Saturdays 40 L at 10 h, Sundays 50 L at 11 h. */
function fourWeeks(): number[] {
  const monday = Date.UTC(2026, 1, 2);
  return Array.from({ length: 28 * 24 }, (_, i) => {
    const weekday = new Date(monday + i * HOUR).getUTCDay();
    const hour = i % 24;
    if (weekday === 0) return hour === 11 ? 0.05 : 0.001;
    if (weekday === 6) return hour === 10 ? 0.04 : 0.001;
    return hour === 7 ? 0.01 : hour === 19 ? 0.02 : 0.001;
  });
}

describe('a bucket whose edge lies between two readings', () => {
  const readings = [
    reading('2026-02-01 00:30', 100),
    reading('2026-02-01 01:30', 100.06),
    reading('2026-02-01 02:30', 100.1),
  ];

  it('is cut on a straight line within the hour, says so, and says by how much it may be wrong', () => {
    const [first, second, third] = over({ readings }, 'hour', '2026-02-01 00:00', '2026-02-01 03:00');
    expect([first?.quality, first?.value, first?.estimate]).toEqual(['missing', null, null]);
    expect(second).toMatchObject({ value: 50_000, quality: 'estimated', method: 'line' });
    expect(second?.evidence).toEqual({
      from: at('2026-02-01 00:30'),
      to: at('2026-02-01 02:30'),
      measured: 0,
      estimated: 50_000,
      uncertainty: 50_000,
      provisional: false,
    });
    expect(third?.method).toBe('not_yet_known');
  });

  it('is measured where a reading lies on its edge, or as near as is tolerated', () => {
    const near = [
      reading('2026-02-01 00:00', 100),
      { ...reading('2026-02-01 01:00', 100.06), time: at('2026-02-01 01:00') + 40_000 },
      reading('2026-02-01 02:00', 100.1),
    ];
    expect(
      over({ readings: near }, 'hour', '2026-02-01 00:00', '2026-02-01 02:00').map((one) => [
        one.value,
        one.quality,
      ]),
    ).toEqual([
      [60_000, 'measured'],
      [40_000, 'measured'],
    ]);
    const strict = over({ readings: near }, 'hour', '2026-02-01 00:00', '2026-02-01 02:00', {
      edgeToleranceMs: 1_000,
    });
    expect(strict.map((one) => one.quality)).toEqual(['estimated', 'estimated']);
    expect(strict.reduce((sum, one) => sum + (one.value ?? 0), 0)).toBe(100_000);
  });

  it('takes a reading that is a millisecond too far for what it is', () => {
    const off = (ms: number) => [
      reading('2026-02-01 00:00', 100),
      { ...reading('2026-02-01 01:00', 100.06), time: at('2026-02-01 01:00') - ms },
      reading('2026-02-01 02:00', 100.1),
    ];
    const first = (ms: number) =>
      over({ readings: off(ms) }, 'hour', '2026-02-01 00:00', '2026-02-01 01:00')[0]?.quality;
    expect([first(60_000), first(60_001)]).toEqual(['measured', 'estimated']);
  });

  it('rounds the index at the edge, so that no side is favoured', () => {
    const thirds = consumption(
      { readings: [reading('2026-02-01 00:00', 0), reading('2026-02-01 01:00', 0.0001)] },
      options,
    );
    expect(
      thirds
        .over(['00:00', '00:20', '00:40', '01:00'].map((one) => at(`2026-02-01 ${one}`)))
        .map((one) => one.value),
    ).toEqual([33, 34, 33]);
  });
});

describe('a gap', () => {
  const all = hourly('2026-02-02 00:00', fourWeeks());
  const gapFrom = at('2026-02-24 06:00');
  const gapTo = at('2026-02-26 06:00');
  const readings = all.filter(({ time }) => time <= gapFrom || time >= gapTo);

  it('takes the shape of similar days and reconciles to the next index, to the unit', () => {
    const intervals = over({ readings }, 'hour', '2026-02-24 06:00', '2026-02-26 06:00');
    const told =
      (readings.find(({ time }) => time === gapTo)?.value ?? 0) -
      (readings.find(({ time }) => time === gapFrom)?.value ?? 0);
    expect(intervals.reduce((sum, one) => sum + (one.value ?? 0), 0)).toBe(told);
    expect(intervals.every((one) => one.quality === 'estimated' && one.method === 'similar_days')).toBe(true);
    // The hours of the days before: 10 L at 07 h, 20 L at 19 h, 1 L otherwise.
    expect(litres(intervals[1]?.value ?? null)).toBe(10);
    expect(litres(intervals[13]?.value ?? null)).toBe(20);
    expect(litres(intervals[2]?.value ?? null)).toBe(1);
  });

  it('takes the same time of the clock, also when the clocks have changed since', () => {
    const begin = Date.parse('2026-03-09T00:00+01:00');
    const localHour = (i: number) => (i + (begin + i * HOUR >= Date.parse('2026-03-29T01:00Z') ? 1 : 0)) % 24;
    const use = Array.from({ length: 24 * 24 }, (_, i) => (localHour(i) === 7 ? 0.03 : 0.001));
    const series = hourly('2026-03-09 00:00', use).filter(
      ({ time }) => time <= at('2026-03-31 00:00') || time >= at('2026-04-01 00:00'),
    );
    const day = over({ readings: series }, 'hour', '2026-03-31 00:00', '2026-04-01 00:00');
    expect(day.map((one) => litres(one.value))).toEqual(
      Array.from({ length: 24 }, (_, hour) => (hour === 7 ? 30 : 1)),
    );
    expect(day[7]?.method).toBe('similar_days');
  });

  it('compares Sundays and holidays with Sundays', () => {
    const feast = over({ readings }, 'hour', '2026-02-25 00:00', '2026-02-26 00:00', {
      holidays: ['2026-02-25'],
    });
    expect(feast[11]?.value).toBeGreaterThan(10 * (feast[19]?.value ?? 0));
  });

  it('stays within days that are estimated, while the month around it is measured', () => {
    const days = over({ readings }, 'day', '2026-02-23 00:00', '2026-02-27 00:00');
    expect(days.map((one) => one.quality)).toEqual(['measured', 'estimated', 'estimated', 'estimated']);
    const [month] = over({ readings }, 'month', '2026-02-01 00:00', '2026-03-01 00:00');
    expect(month?.quality).toBe('missing');
    const whole = over(
      { readings: [reading('2026-02-01 00:00', 100), ...readings] },
      'month',
      '2026-02-01 00:00',
      '2026-03-01 00:00',
    );
    expect(whole[0]).toMatchObject({
      quality: 'measured',
      value: (all.at(-25)?.value ?? 0) - registerValue(100),
    });
  });

  it('may be left missing: no value, never a zero, and the estimate beside it', () => {
    const [day] = over({ readings }, 'day', '2026-02-25 00:00', '2026-02-26 00:00', { gaps: 'missing' });
    expect(day).toMatchObject({ value: null, quality: 'missing' });
    expect(litres(day?.estimate ?? null)).toBe(52);
    const [found] = consumption({ readings }, options).findings;
    expect(found).toMatchObject({ kind: 'gap', at: gapFrom, detail: { until: gapTo } });
  });

  it('gives way when the real readings come', () => {
    const late = over({ readings: [...readings, ...all] }, 'hour', '2026-02-24 06:00', '2026-02-26 06:00');
    expect(late.every((one) => one.quality === 'measured')).toBe(true);
  });

  it('is a straight line where no past shows a shape', () => {
    const few = [reading('2026-02-01 00:00', 100), reading('2026-02-01 05:00', 100.05)];
    expect(
      over({ readings: few }, 'hour', '2026-02-01 00:00', '2026-02-01 05:00').map((one) => [
        litres(one.value),
        one.method,
      ]),
    ).toEqual(Array(5).fill([10, 'line']));
  });

  it('of daily readings takes the shape of the week before', () => {
    const saturdays = (day: number) => (day % 7 === 5 ? 0.4 : 0.1);
    let index = 100;
    const daily = Array.from({ length: 29 }, (_, day) => {
      const one = { ...reading('2026-02-02 00:00', index), time: at('2026-02-02 00:00') + day * 24 * HOUR };
      index = Math.round((index + saturdays(day)) * 1000) / 1000;
      return one;
    }).filter((_, day) => day !== 26 && day !== 27);
    const days = over({ readings: daily }, 'day', '2026-02-27 00:00', '2026-03-02 00:00', {
      stepMs: 24 * HOUR,
    });
    expect(days.map((one) => litres(one.value))).toEqual([100, 400, 100]);
    expect(days.map((one) => one.method)).toEqual(['similar_days', 'similar_days', 'similar_days']);
  });
});

describe('after the last reading', () => {
  const readings = hourly('2026-02-02 00:00', fourWeeks());

  it('similar days are the estimate, open-ended, and nothing is said beyond the present', () => {
    const days = over({ readings }, 'day', '2026-03-02 00:00', '2026-03-04 00:00', {
      until: at('2026-03-03 00:00'),
    });
    expect(days[0]).toMatchObject({ value: 52_000, quality: 'estimated', method: 'open_ended' });
    expect(days[0]?.evidence.uncertainty).toBeNull();
    expect(days[1]).toMatchObject({
      value: null,
      quality: 'missing',
      method: 'not_yet_known',
      estimate: null,
    });
  });

  it('or nothing is said at all', () => {
    const [day] = over({ readings }, 'day', '2026-03-02 00:00', '2026-03-03 00:00', { openEnd: 'missing' });
    expect(day).toMatchObject({ value: null, quality: 'missing', method: 'not_yet_known' });
  });

  it('a single reading parts what is unknown from what is not yet known', () => {
    const hours = over(
      { readings: [reading('2026-03-02 01:00', 5)] },
      'hour',
      '2026-03-02 00:00',
      '2026-03-02 02:00',
    );
    expect(hours.map((one) => [one.value, one.method])).toEqual([
      [null, 'unknown'],
      [null, 'not_yet_known'],
    ]);
  });

  it('of no readings at all there is nothing, not zero', () => {
    expect(over({ readings: [] }, 'day', '2026-03-02 00:00', '2026-03-03 00:00')).toMatchObject([
      { value: null, quality: 'missing', estimate: null },
    ]);
  });
});

describe('several sources for one point', () => {
  const month = [
    reading('2026-02-01 00:00', 500, { source: 'operator', quality: 'final', device: 'M1' }),
    reading('2026-03-01 00:00', 512, { source: 'operator', quality: 'final', device: 'M1' }),
  ];
  const lorawan = hourly('2026-02-01 00:00', Array<number>(28 * 24).fill(0.017)).map((one) => ({
    ...one,
    device: 'pulses',
  }));

  it('the final index of the operator is the total, the hours of LoRaWAN its shape', () => {
    const series = { readings: [...month, ...lorawan] };
    const hours = over(series, 'hour', '2026-02-01 00:00', '2026-03-01 00:00');
    expect(hours.reduce((sum, one) => sum + (one.value ?? 0), 0)).toBe(registerValue(12));
    expect(hours[0]).toMatchObject({ quality: 'repaired', method: 'scaled' });
    expect(over(series, 'month', '2026-02-01 00:00', '2026-03-01 00:00')[0]).toMatchObject({
      value: registerValue(12),
      quality: 'measured',
    });
    expect(consumption(series, options).findings.map((one) => one.kind)).toContain('overlap');
  });

  it('a table of the caller decides otherwise', () => {
    const precedence = { 'lorawan/measured': 0, 'operator/final': 1 };
    const [first] = over(
      { readings: [...month, ...lorawan] },
      'hour',
      '2026-02-01 00:00',
      '2026-02-01 01:00',
      { precedence },
    );
    expect(first).toMatchObject({ value: 17_000, quality: 'measured' });
  });

  it('an index that nobody read is an estimate until a real one comes', () => {
    const guessed = [
      reading('2026-01-01 00:00', 100, { source: 'operator', quality: 'final' }),
      reading('2026-02-01 00:00', 110, { source: 'operator', quality: 'estimated' }),
    ];
    expect(
      over({ readings: guessed }, 'month', '2026-01-01 00:00', '2026-02-01 00:00', { stepMs: null })[0],
    ).toMatchObject({
      value: registerValue(10),
      quality: 'estimated',
      method: 'operator_estimate',
    });
    const closed = [...guessed, reading('2026-03-01 00:00', 115, { source: 'operator', quality: 'final' })];
    const months = over({ readings: closed }, 'month', '2026-01-01 00:00', '2026-03-01 00:00', {
      stepMs: null,
    });
    // 15 m3 in all, parted as the operator guessed: 10 to 5.
    expect(months.map((one) => [litres(one.value), one.quality])).toEqual([
      [10_000, 'estimated'],
      [5_000, 'estimated'],
    ]);
  });

  it('a load curve with a hole: the index says what the hole must hold', () => {
    const from = at('2026-02-01 00:00');
    const curve: IntervalReading[] = Array.from({ length: 24 }, (_, hour) => ({
      from: from + hour * HOUR,
      to: from + (hour + 1) * HOUR,
      amount: registerValue(1),
      source: 'operator' as const,
      quality: 'measured' as const,
    })).filter((_, hour) => hour !== 9);
    const readings = [
      reading('2026-02-01 00:00', 0, { source: 'operator' }),
      reading('2026-02-02 00:00', 26.5, { source: 'operator' }),
    ];
    const hours = over({ readings, intervals: curve }, 'hour', '2026-02-01 00:00', '2026-02-02 00:00', {
      stepMs: 24 * HOUR,
    });
    expect(hours[8]).toMatchObject({ value: registerValue(1), quality: 'measured', method: 'intervals' });
    expect(hours[9]).toMatchObject({ value: registerValue(3.5), quality: 'estimated', method: 'rest' });
  });

  describe('a load curve, the day it lies in and the bill of two days, of one source', () => {
    const midnight = at('2026-02-01 00:00');
    const told = (fromHour: number, hours: number, unit: number, knownAt: number): IntervalReading => ({
      from: midnight + fromHour * HOUR,
      to: midnight + (fromHour + hours) * HOUR,
      amount: registerValue(unit),
      source: 'operator',
      quality: 'measured',
      knownAt,
    });
    const curve = (knownAt: number) =>
      Array.from({ length: 24 }, (_, hour) => told(hour, 1, hour < 6 ? 2 : 1, knownAt));
    const hoursOf = (intervals: readonly IntervalReading[], to = '2026-02-02 00:00') =>
      over({ readings: [], intervals }, 'hour', '2026-02-01 00:00', to).map(({ value, quality }) => [
        (value ?? 0) / 1e6,
        quality,
      ]);
    const asTheCurve = Array.from({ length: 24 }, (_, hour) => [hour < 6 ? 2 : 1, 'measured']);

    it('the curve stays, whichever became known last', () => {
      expect(hoursOf([...curve(1), told(0, 24, 30, 2)])).toEqual(asTheCurve);
      expect(hoursOf([...curve(2), told(0, 24, 30, 1)])).toEqual(asTheCurve);
      const { findings } = consumption(
        { readings: [], intervals: [...curve(1), told(0, 24, 30, 2)] },
        { zone: PARIS },
      );
      expect(findings).toEqual([]);
    });

    it('the day says what the hole of the curve must hold', () => {
      const hours = hoursOf([...curve(2).filter((_, hour) => hour !== 9), told(0, 24, 31.5, 1)]);
      expect(hours[9]).toEqual([2.5, 'estimated']);
      expect(hours.toSpliced(9, 1)).toEqual(asTheCurve.toSpliced(9, 1));
    });

    it('the bill says what the day must hold that nobody told', () => {
      const intervals = [...curve(3), told(0, 24, 30, 2), told(0, 48, 54, 1)];
      const days = over({ readings: [], intervals }, 'day', '2026-02-01 00:00', '2026-02-03 00:00');
      expect(days.map(({ value, quality }) => [value, quality])).toEqual([
        [30e6, 'measured'],
        [24e6, 'estimated'],
      ]);
      expect(hoursOf(intervals)).toEqual(asTheCurve);
    });
  });

  it('of overlapping intervals the one that became known last counts', () => {
    const from = at('2026-02-01 00:00');
    const one = { from, to: from + HOUR, source: 'operator', quality: 'measured' } as const;
    const intervals = [
      { ...one, amount: 5, knownAt: 1 },
      { ...one, amount: 7, knownAt: 2 },
    ];
    expect(over({ readings: [], intervals }, 'hour', '2026-02-01 00:00', '2026-02-01 01:00')[0]?.value).toBe(
      7,
    );
  });
});
