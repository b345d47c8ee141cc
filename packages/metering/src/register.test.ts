import { describe, expect, it } from 'vitest';

import { boundaries } from './boundaries.ts';
import { consumption } from './consumption.ts';
import { registerValue } from './micro.ts';
import type { ConsumptionOptions } from './options.ts';
import type { Installation, Series } from './series.ts';
import { at, hourly, litres, PARIS, reading } from './story.ts';

const DEVICE = {
  device: '',
  meter: 'M1',
  from: Number.NEGATIVE_INFINITY,
  to: null,
  factor: { numerator: 1, denominator: 1 },
};
const fiveDigits: Installation = { ...DEVICE, rollover: { digits: 5 } };

function hours(series: Series, from: string, to: string, options: Partial<ConsumptionOptions> = {}) {
  const found = consumption(series, {
    zone: PARIS,
    maximumRate: registerValue(2),
    stepMs: 3_600_000,
    ...options,
  });
  const intervals = found.over(boundaries(PARIS, 'hour', at(from), at(to)));
  return {
    litres: intervals.map((one) => litres(one.value)),
    qualities: intervals.map((one) => one.quality),
    kinds: found.findings.map((one) => one.kind),
    findings: found.findings,
  };
}

describe('one register', () => {
  it('becomes the differences of its readings, each measured', () => {
    const found = hours(
      { readings: hourly('2026-02-01 00:00', [0.01, 0, 0.005]) },
      '2026-02-01 00:00',
      '2026-02-01 03:00',
    );
    expect(found.litres).toEqual([10, 0, 5]);
    expect(found.qualities).toEqual(['measured', 'measured', 'measured']);
    expect(found.kinds).toEqual([]);
  });

  it('goes on over its last digit', () => {
    const readings = [
      reading('2026-02-01 00:00', 99_999.99),
      reading('2026-02-01 01:00', 0.01),
      reading('2026-02-01 02:00', 0.03),
    ];
    const found = hours({ readings, installations: [fiveDigits] }, '2026-02-01 00:00', '2026-02-01 02:00');
    expect(found.litres).toEqual([20, 20]);
    expect(found.kinds).toEqual(['rollover']);
  });

  it('takes a fall for a rollover only where the amount is plausible', () => {
    const readings = [
      reading('2026-02-01 00:00', 60_000),
      reading('2026-02-01 01:00', 0),
      reading('2026-02-01 02:00', 0.01),
    ];
    const found = hours({ readings, installations: [fiveDigits] }, '2026-02-01 00:00', '2026-02-01 02:00', {
      openEnd: 'missing',
    });
    expect(found.kinds).toEqual(['reset']);
    expect(found.litres).toEqual([null, 10]);
    expect(found.qualities).toEqual(['missing', 'measured']);
  });

  it('rolls over at a count that is no power of ten', () => {
    const counter: Installation = {
      ...DEVICE,
      factor: { numerator: 1, denominator: 100 },
      rollover: { modulus: 2 ** 16 },
    };
    const readings = [reading('2026-02-01 00:00', 65_530), reading('2026-02-01 01:00', 4)];
    expect(
      hours({ readings, installations: [counter] }, '2026-02-01 00:00', '2026-02-01 01:00').litres,
    ).toEqual([100]);
  });

  it('leaves out a reading that those around it contradict, high or low', () => {
    for (const wrong of [0, 99_000]) {
      const readings = [
        reading('2026-02-01 00:00', 100),
        reading('2026-02-01 01:00', wrong),
        reading('2026-02-01 02:00', 100.03),
        reading('2026-02-01 03:00', 100.04),
      ];
      const found = hours({ readings }, '2026-02-01 00:00', '2026-02-01 03:00');
      expect(found.kinds).toContain('outlier');
      expect(found.litres.reduce((a, b) => (a ?? 0) + (b ?? 0), 0)).toBeCloseTo(40, 9);
      expect(found.qualities).toEqual(['estimated', 'estimated', 'measured']);
    }
  });

  it('believes a jump that later readings agree with, and says so', () => {
    const readings = [100, 150, 150.01, 150.02].map((value, i) => reading(`2026-02-01 0${i}:00`, value));
    const found = hours({ readings }, '2026-02-01 00:00', '2026-02-01 03:00');
    expect(found.litres).toEqual([50_000, 10, 10]);
    expect(found.kinds).toEqual(['jump']);
  });

  it('believes a jump over a reading that would fit without it', () => {
    // From 100 to 103.01 in two hours is plausible; but 103 and 103.01 agree with each other.
    const readings = [100, 103, 103.01, 103.02].map((value, i) => reading(`2026-02-01 0${i}:00`, value));
    const found = hours({ readings }, '2026-02-01 00:00', '2026-02-01 03:00');
    expect(found.litres).toEqual([3_000, 10, 10]);
    expect(found.kinds).toEqual(['jump']);
  });

  it('keeps the index difference where water flowed back', () => {
    const readings = [100, 99.98, 99.985, 99.99, 99.995].map((value, i) =>
      reading(`2026-02-01 0${i}:00`, value),
    );
    const found = hours({ readings }, '2026-02-01 00:00', '2026-02-01 04:00');
    expect(found.kinds).toEqual(['backwards']);
    expect(found.litres).toEqual([-20, 5, 5, 5]);
  });

  it('says that a register stands still for longer than its past explains', () => {
    const daily = Array.from({ length: 24 * 14 }, (_, i) => (i % 24 < 6 ? 0 : 0.01));
    const found = hours(
      { readings: hourly('2026-02-01 00:00', [...daily, ...Array<number>(24 * 3).fill(0), 0.01]) },
      '2026-02-01 00:00',
      '2026-02-02 00:00',
    );
    expect(found.findings).toEqual([
      {
        kind: 'stuck',
        at: at('2026-02-15 00:00'),
        detail: { until: at('2026-02-18 00:00'), longestBeforeMs: 6 * 3_600_000 },
      },
    ]);
  });

  it('does not wonder at a building that is closed for as long every week', () => {
    const week = Array.from({ length: 7 * 24 }, (_, i) => (i < 5 * 24 - 12 ? 0.01 : 0));
    const found = hours(
      {
        readings: hourly('2026-02-02 00:00', [...week, ...week, ...week, ...Array<number>(72).fill(0), 0.01]),
      },
      '2026-02-02 00:00',
      '2026-02-03 00:00',
    );
    expect(found.kinds).toEqual([]);
  });

  it('lets the better source win at one moment, and the later word of one source', () => {
    const readings = [
      reading('2026-02-01 00:00', 100, { source: 'operator', quality: 'final' }),
      reading('2026-02-01 01:00', 101, { source: 'operator', quality: 'provisional', knownAt: 1 }),
      reading('2026-02-01 01:00', 102, { source: 'operator', quality: 'provisional', knownAt: 2 }),
      reading('2026-02-01 02:00', 103, { source: 'operator', quality: 'provisional' }),
      reading('2026-02-01 02:00', 102.8, { source: 'operator', quality: 'final' }),
    ];
    const found = hours({ readings }, '2026-02-01 00:00', '2026-02-01 02:00');
    expect(found.litres).toEqual([2000, 800]);
    expect(found.kinds).toEqual(['overlap', 'overlap']);
  });
});

describe('what stands at a point', () => {
  const pulses = { numerator: 1, denominator: 100 };

  it('a meter swap: the final index closes one meter, the start index opens the next', () => {
    const swap = at('2026-02-01 01:30');
    const old: Installation = {
      device: 'A',
      meter: 'M1',
      from: at('2026-01-01 00:00'),
      to: swap,
      factor: pulses,
      endIndex: registerValue(1_040),
    };
    const fresh: Installation = {
      device: 'B',
      meter: 'M2',
      from: swap,
      to: null,
      factor: pulses,
      startIndex: 0,
    };
    const readings = [
      reading('2026-02-01 00:00', 1_000, { device: 'A' }),
      reading('2026-02-01 01:00', 1_020, { device: 'A' }),
      reading('2026-02-01 02:00', 30, { device: 'B' }),
      reading('2026-02-01 03:00', 40, { device: 'B' }),
    ];
    const found = hours({ readings, installations: [fresh, old] }, '2026-02-01 00:00', '2026-02-01 03:00');
    // 20 pulses to the end of the old meter, 30 of the new one: 0.5 m3 in the hour of the swap.
    expect(found.litres).toEqual([200, 500, 100]);
    expect(found.qualities).toEqual(['measured', 'measured', 'measured']);
  });

  it('a meter swap without indexes leaves an hour of which nobody tells', () => {
    const swap = at('2026-02-01 01:30');
    const old: Installation = {
      device: 'A',
      meter: 'M1',
      from: at('2026-01-01 00:00'),
      to: swap,
      factor: pulses,
    };
    const fresh: Installation = { device: 'B', meter: 'M2', from: swap, to: null, factor: pulses };
    const readings = [
      reading('2026-02-01 00:00', 1_000, { device: 'A' }),
      reading('2026-02-01 01:00', 1_020, { device: 'A' }),
      reading('2026-02-01 02:00', 30, { device: 'B' }),
      reading('2026-02-01 03:00', 40, { device: 'B' }),
    ];
    const found = hours({ readings, installations: [old, fresh] }, '2026-02-01 00:00', '2026-02-01 03:00');
    expect(found.litres).toEqual([200, null, 100]);
    expect(found.qualities).toEqual(['measured', 'missing', 'measured']);
  });

  it('the first reading of a new meter ends what is unknown: after it comes what is not yet known', () => {
    const swap = at('2026-02-01 01:30');
    const common = { factor: pulses, meter: 'M' };
    const installations: Installation[] = [
      { ...common, device: 'A', from: at('2026-01-01 00:00'), to: swap },
      { ...common, device: 'B', from: swap, to: null },
    ];
    const readings = [
      reading('2026-02-01 00:00', 1_000, { device: 'A' }),
      reading('2026-02-01 01:00', 1_020, { device: 'A' }),
      reading('2026-02-01 02:00', 30, { device: 'B' }),
    ];
    const line = consumption({ readings, installations }, { zone: PARIS });
    const methods = line.over(boundaries(PARIS, 'hour', at('2026-02-01 00:00'), at('2026-02-01 03:00')));
    expect(methods.map((one) => one.method)).toEqual(['index', 'unknown', 'not_yet_known']);
  });

  it('a new pulse counter at the same meter: the meter index keeps what neither counter saw', () => {
    const swap = at('2026-02-01 01:30');
    const from = at('2026-01-01 00:00');
    const first: Installation = {
      device: 'A',
      meter: 'M1',
      from,
      to: swap,
      factor: pulses,
      startIndex: registerValue(500),
      meterIndex: registerValue(70),
    };
    const second: Installation = {
      device: 'B',
      meter: 'M1',
      from: swap,
      to: null,
      factor: pulses,
      startIndex: 0,
      meterIndex: registerValue(75.5),
    };
    const readings = [
      reading('2026-02-01 00:00', 1_000, { device: 'A' }),
      reading('2026-02-01 01:00', 1_020, { device: 'A' }),
      reading('2026-02-01 02:00', 30, { device: 'B' }),
    ];
    const found = hours({ readings, installations: [first, second] }, '2026-02-01 00:00', '2026-02-01 02:00');
    // 75 + 0.2 m3 at 01:00, 75.5 + 0.3 at 02:00.
    expect(found.litres).toEqual([200, 600]);
    // A month without a reading since the counter came, and nothing else.
    expect(found.kinds).toEqual(['gap']);
  });

  it('a meter index at the swap that is lower than the last one: nobody knows what ran through', () => {
    const common = { meter: 'M1', factor: pulses, startIndex: 0 };
    const installations: Installation[] = [
      {
        ...common,
        device: 'A',
        from: at('2026-02-01 00:00'),
        to: at('2026-02-01 01:30'),
        meterIndex: registerValue(70),
      },
      { ...common, device: 'B', from: at('2026-02-01 01:30'), to: null, meterIndex: registerValue(60) },
    ];
    const readings = [
      reading('2026-02-01 01:00', 20, { device: 'A' }),
      reading('2026-02-01 02:00', 30, { device: 'B' }),
      reading('2026-02-01 03:00', 40, { device: 'B' }),
    ];
    const found = hours({ readings, installations }, '2026-02-01 00:00', '2026-02-01 03:00');
    expect(found.litres).toEqual([200, null, 100]);
    expect(found.kinds).toEqual(['reset']);
  });

  it('a pulse weight corrected backwards: the same readings, another record', () => {
    const readings = hourly('2026-02-01 00:00', [3, 4, 5], 700);
    const by = (numerator: number) =>
      hours(
        { readings, installations: [{ ...DEVICE, factor: { numerator, denominator: 1000 } }] },
        '2026-02-01 00:00',
        '2026-02-01 03:00',
      ).litres;
    expect(by(1)).toEqual([3, 4, 5]);
    expect(by(10)).toEqual([30, 40, 50]);
  });

  it('a device that stood elsewhere at that time tells nothing here', () => {
    const installations: Installation[] = [{ ...DEVICE, device: 'A', from: at('2026-02-01 00:30') }];
    const readings = hourly('2026-02-01 00:00', [1, 1, 1]).map((one) => ({ ...one, device: 'A' }));
    const found = hours({ readings, installations }, '2026-02-01 01:00', '2026-02-01 03:00');
    expect(found.litres).toEqual([1000, 1000]);
    expect(found.kinds).toEqual(['not_installed']);
  });

  it('refuses records that make no sense', () => {
    const readings = hourly('2026-02-01 00:00', [1]);
    const made = (more: Partial<Installation>) => () =>
      consumption({ readings, installations: [{ ...DEVICE, ...more }] }, { zone: PARIS });
    expect(made({ factor: { numerator: 1, denominator: 0 } })).toThrow(
      expect.objectContaining({ code: 'factor_invalid' }) as Error,
    );
    expect(made({ meterIndex: 5 })).toThrow(
      expect.objectContaining({ code: 'start_index_missing' }) as Error,
    );
  });
});
