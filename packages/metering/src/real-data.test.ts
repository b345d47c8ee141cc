import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { realData } from '../../../test/support/repository.ts';
import { boundaries, GAS_DAY } from './boundaries.ts';
import { consumption } from './consumption.ts';
import { gasEnergy } from './gas-energy.ts';
import { dayOfDate, HOUR_MS, localTime, startOfDay } from './local-time.ts';
import { registerValue } from './micro.ts';
import type { IntervalReading, Reading } from './series.ts';
import { at, PARIS } from './story.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');
const time = localTime(PARIS);
const told = { source: 'operator', quality: 'measured' } as const;
const WH = 1_000;

/** Stamps mark the end of a step. After a hole nobody can tell how long the step was: it stays one. */
function loadCurve(csv: string): IntervalReading[] {
  const rows = [...csv.matchAll(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+]\d\d:\d\d);(\d*)\s*$/gm)];
  const intervals: IntervalReading[] = [];
  let last = Number.NaN;
  for (const [, stamp = '', watts = ''] of rows) {
    const to = Date.parse(stamp);
    if (watts !== '' && to - last <= HOUR_MS) {
      intervals.push({ ...told, from: last, to, amount: (Number(watts) * WH * (to - last)) / HOUR_MS });
    }
    last = to;
  }
  return intervals;
}

/** The date of a row, not its instant, says which local day its index opens. */
function dailyIndexes(rows: readonly (readonly [date: string, wh: number])[]): Reading[] {
  return rows.map(([date, wh]) => ({ ...told, time: startOfDay(time, dayOfDate(date)), value: wh * WH }));
}

const wattHours = (value: number | null | undefined) => (value ?? Number.NaN) / WH;

function theSevenDays(intervals: readonly IntervalReading[]) {
  const days = boundaries(PARIS, 'day', at('2022-01-05 00:00'), at('2022-01-12 00:00'));
  const own = consumption({ readings: [], intervals }, { zone: PARIS }).over(days);
  expect(own.map((one) => wattHours(one.value))).toEqual([20711, 24217, 29256, 29355, 25514, 24020, 23512]);
  expect(own.every((one) => one.quality === 'measured')).toBe(true);
}

function theSixthOfFebruary(readings: readonly Reading[], intervals: readonly IntervalReading[]) {
  const day = [at('2021-02-06 00:00'), at('2021-02-07 00:00')];
  const series = { readings, intervals };
  const [whole] = consumption(series, { zone: PARIS }).over(day);
  expect(whole).toMatchObject({ value: 26_453 * WH, quality: 'measured' });
  const hours = boundaries(PARIS, 'hour', ...(day as [number, number]));
  // 22:00 is the last row before the hole; the row of 00:00 tells watts for a step that nobody knows.
  const estimated = consumption(series, { zone: PARIS }).over(hours);
  expect(
    estimated.slice(0, 22).every((one) => one.quality === 'measured' && one.method === 'intervals'),
  ).toBe(true);
  expect(estimated.slice(22).map((one) => one.quality)).toEqual(['estimated', 'estimated']);
  expect(estimated.slice(0, 22).reduce((sum, one) => sum + wattHours(one.value), 0)).toBe(24_138);
  expect(estimated.slice(22).reduce((sum, one) => sum + wattHours(one.value), 0)).toBe(2_315);
  const [gap] = consumption(series, { zone: PARIS }).over([at('2021-02-06 22:00'), at('2021-02-07 00:00')]);
  expect(gap).toMatchObject({ value: 2_315 * WH, quality: 'estimated', method: 'rest' });
  const missing = consumption(series, { zone: PARIS, gaps: 'missing' }).over(hours);
  expect(missing.slice(22).map((one) => [one.value, one.quality])).toEqual([
    [null, 'missing'],
    [null, 'missing'],
  ]);
}

describe('Enedis: load curve and daily indexes of one real meter', () => {
  const curve = loadCurve(fixture('enedis-load-curve-excerpt.csv'));
  const indexes = dailyIndexes(
    [...fixture('enedis-daily-index-excerpt.csv').matchAll(/^(\d{4}-\d\d-\d\d)T[^;]*;(\d+)$/gm)].map(
      ([, date = '', wh]) => [date, Number(wh)] as const,
    ),
  );

  it('sums to the seven days to the watt-hour', () => theSevenDays(curve));
  it('gives the hole of 6 February 2021 what the index says', () => theSixthOfFebruary(indexes, curve));

  const curveFile = realData('enedis/c5-load-curve.csv');
  const indexFile = realData('enedis/c5-daily-index.csv');
  describe.runIf(curveFile !== null && indexFile !== null)('the whole files', () => {
    const whole = loadCurve(readFileSync(curveFile ?? '', 'utf8'));
    const rows = [
      ...readFileSync(indexFile ?? '', 'utf8').matchAll(
        /^(\d{4}-\d\d-\d\d)T[^;]*;Arr[^;]*;((?:[^;]*;){14})(\d+)\s*$/gm,
      ),
    ];
    const readings = dailyIndexes(rows.map(([, date = '', , wh]) => [date, Number(wh)] as const));
    const edges = [...new Set(readings.map((one) => one.time))].sort((a, b) => a - b);
    const index = new Map(readings.map((one) => [one.time, one.value]));

    it('agree on 368 of 389 spans to the Wh, on 17 within 1 Wh, and differ on the 4 with missing points', () => {
      const spans = consumption({ readings: [], intervals: whole }, { zone: PARIS, openEnd: 'missing' }).over(
        edges,
      );
      expect(spans).toHaveLength(389);
      const apart = spans.map(({ from, to, value }) =>
        value === null ? null : Math.abs(value - ((index.get(to) ?? 0) - (index.get(from) ?? 0))) / WH,
      );
      const holes = spans.filter((_, i) => apart[i] === null);
      expect(
        holes.map(({ from }) => new Date(from + time.offsetAt(from)).toISOString().slice(0, 10)),
      ).toEqual(['2021-02-06', '2021-02-11', '2021-02-12', '2021-02-13']);
      expect(holes.map((one) => one.evidence.measured / WH)).toEqual([24_138, 77_138, 32_623, 74_491]);
      expect(apart.filter((one) => one !== null && one < 0.5)).toHaveLength(368);
      expect(apart.filter((one) => one !== null && one >= 0.5 && one <= 1)).toHaveLength(17);
    });

    it('reconcile: every day is its index difference, every hour beyond the holes is measured', () => {
      const line = consumption({ readings, intervals: whole }, { zone: PARIS });
      const [from, to] = [edges[0] ?? 0, edges.at(-1) ?? 0];
      const spans = line.over(edges);
      expect(spans.map((one) => one.value)).toEqual(
        spans.map((one) => (index.get(one.to) ?? 0) - (index.get(one.from) ?? 0)),
      );
      expect(spans.every((one) => one.quality === 'measured')).toBe(true);
      const hours = line.over(boundaries(PARIS, 'hour', from, to));
      expect(hours.reduce((sum, one) => sum + (one.value ?? Number.NaN), 0)).toBe(
        (index.get(to) ?? 0) - (index.get(from) ?? 0),
      );
      // 2 + 1 + 1 hours, 12 of the change of step, and half of one: the first half hour of the 13th.
      const estimated = hours.filter((one) => one.quality !== 'measured');
      expect(estimated.every((one) => one.quality === 'estimated')).toBe(true);
      expect(
        estimated.map((one) => new Date(one.from + time.offsetAt(one.from)).toISOString().slice(0, 13)),
      ).toEqual([
        '2021-02-06T22',
        '2021-02-06T23',
        '2021-02-11T23',
        '2021-02-12T00',
        ...Array.from({ length: 12 }, (_, i) => `2021-02-12T${12 + i}`),
        '2021-02-13T00',
      ]);
      theSevenDays(whole);
      theSixthOfFebruary(readings, whole);
    });

    it('hold for the day of 23 hours, which has no row of its own, and for that of 25', () => {
      const line = consumption({ readings, intervals: whole }, { zone: PARIS });
      const hours = (day: string, next: string) =>
        line.over(boundaries(PARIS, 'hour', at(`${day} 00:00`), at(`${next} 00:00`)));
      const march = hours('2021-03-28', '2021-03-29');
      const october = hours('2021-10-31', '2021-11-01');
      expect([march.length, october.length]).toEqual([23, 25]);
      expect([...march, ...october].every((one) => one.quality === 'measured')).toBe(true);
      const [march28] = line.over([at('2021-03-28 00:00'), at('2021-03-29 00:00')]);
      expect(march28).toMatchObject({
        quality: 'measured',
        value: march.reduce((sum, one) => sum + (one.value ?? 0), 0),
      });
    });
  });
});

interface GrdfDay {
  readonly journeeGaziere: string;
  readonly indexDebut: number | null;
  readonly indexFin: number | null;
  readonly volumeBrutConsomme: number | null;
  readonly energieConsomme: number | null;
  readonly coeffConversion: number | null;
}

const gasDay = (date: string, after = 0) => startOfDay(time, dayOfDate(date) + after, 6 * HOUR_MS);

/** Indexes are believed before the published volumes, which are rounded. */
function gasSeries(days: readonly GrdfDay[]) {
  const reading = (instant: number, m3: number): Reading => ({
    ...told,
    time: instant,
    value: registerValue(m3),
  });
  return {
    readings: days.flatMap(({ journeeGaziere: date, indexDebut, indexFin }) => [
      ...(indexDebut === null ? [] : [reading(gasDay(date), indexDebut)]),
      ...(indexFin === null ? [] : [reading(gasDay(date, 1), indexFin)]),
    ]),
    intervals: days.flatMap(({ journeeGaziere: date, volumeBrutConsomme: m3 }) =>
      m3 === null ? [] : [{ ...told, from: gasDay(date), to: gasDay(date, 1), amount: registerValue(m3) }],
    ),
  };
}

function theAbsentDay(days: readonly GrdfDay[]) {
  const around = boundaries(PARIS, GAS_DAY, at('2021-08-08 06:00'), at('2021-08-13 06:00'));
  const line = consumption(gasSeries(days), { zone: PARIS, gaps: 'missing' });
  expect(line.over(around).map((one) => [one.value, one.quality])).toEqual([
    [registerValue(1), 'measured'],
    [0, 'measured'],
    [null, 'missing'],
    [0, 'measured'],
    [0, 'measured'],
  ]);
  // What the index leaves for it is an estimate, beside the missing value and not in its place.
  expect(line.over(around)[2]).toMatchObject({ estimate: 0, method: 'rest' });
  expect(line.findings.some((one) => one.kind === 'gap' && one.at === at('2021-08-10 06:00'))).toBe(true);
}

describe('GRDF: gas days of one real meter', () => {
  const excerpt = (JSON.parse(fixture('grdf-days-excerpt.json')) as { releves: GrdfDay[] }).releves;
  it('leaves the absent day missing and the days around it right', () => theAbsentDay(excerpt));

  const file = realData('grdf/daily-readings.json');
  describe.runIf(file !== null)('the whole file', () => {
    const points = JSON.parse(file === null ? '{}' : readFileSync(file, 'utf8')) as Record<
      string,
      { releves: GrdfDay[] }
    >;
    const days = Object.values(points)[0]?.releves ?? [];
    const year = [at('2021-01-01 06:00'), at('2022-01-01 06:00')];

    it('moves by 2,079 m3 in 2021 by its index, not by the 2,099 m3 of the published volumes', () => {
      expect(days).toHaveLength(1096);
      const series = gasSeries(days);
      const line = consumption(series, { zone: PARIS });
      expect(line.over(year)[0]).toMatchObject({ value: registerValue(2079), quality: 'measured' });
      const published = consumption({ readings: [], intervals: series.intervals }, { zone: PARIS }).over(
        year,
      );
      expect((published[0]?.evidence.measured ?? 0) / 1e6).toBe(2099);
      // The published volume differs from the index on 244 days; each is told.
      expect(line.findings.filter((one) => one.kind === 'overlap')).toHaveLength(244);
      expect(line.findings.filter((one) => one.kind === 'reset' || one.kind === 'backwards')).toEqual([]);
      theAbsentDay(days);
    });

    it('holds 23,148 kWh of PCS in 2021; volumes times coefficients come within 4 kWh of it', () => {
      const energies: IntervalReading[] = days.flatMap(({ journeeGaziere: date, energieConsomme: kWh }) =>
        kWh === null
          ? []
          : [{ ...told, from: gasDay(date), to: gasDay(date, 1), amount: registerValue(kWh) }],
      );
      const [energy] = consumption({ readings: [], intervals: energies }, { zone: PARIS }).over(year);
      expect((energy?.evidence.measured ?? 0) / 1e6).toBe(23_148);
      const coefficients = days.flatMap(({ journeeGaziere: date, coeffConversion: one }) =>
        one === null
          ? []
          : [
              {
                from: gasDay(date),
                to: gasDay(date, 1),
                kWhPerM3: { numerator: Math.round(one * 100), denominator: 100 },
                source: 'GRDF',
              },
            ],
      );
      const volumes = consumption(gasSeries(days), { zone: PARIS, gaps: 'missing' }).over(
        boundaries(PARIS, GAS_DAY, ...(year as [number, number])),
      );
      const own = gasEnergy(volumes, coefficients);
      expect(own.filter((one) => one.energy === null)).toHaveLength(1);
      expect(own.reduce((sum, one) => sum + (one.energy ?? 0), 0)).toBe(23_151_150_000);
    });
  });
});

describe('AMPds2: water and gas of one house, told hourly over a lossy radio', () => {
  const VANCOUVER = 'America/Vancouver';
  it.each([
    ['water', realData('ampds2/Water_WHW-1.csv.gz')],
    ['gas', realData('ampds2/NaturalGas_FRG-1.csv.gz')],
  ])('%s: days and months are the counter to the unit wherever a reading lies on their edges', (_, file) => {
    if (file === null) return;
    const counter = new Map<number, number>();
    for (const line of gunzipSync(readFileSync(file)).toString().split('\n').slice(1)) {
      const [seconds = '', litres = ''] = line.split(',');
      if (litres !== '' && Number(seconds) % 3600 === 0) {
        counter.set(Number(seconds) * 1000, Math.round(Number(litres) * 1_000));
      }
    }
    let state = 5;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const told: Reading[] = [...counter].map(([instant, value]) => ({
      time: instant,
      value,
      source: 'lorawan',
      quality: 'measured',
    }));
    const heard = told.filter(() => random() >= 0.05);
    const twice = [...heard, ...heard.filter(() => random() < 0.1)].sort(() => random() - 0.5);
    const there = new Set(heard.map((one) => one.time));
    const [first, last] = [Math.min(...there), Math.max(...there)];
    const line = consumption({ readings: twice }, { zone: VANCOUVER });
    expect(line.findings.filter((one) => one.kind !== 'gap' && one.kind !== 'stuck')).toEqual([]);
    let measured = 0;
    for (const unit of ['day', 'month'] as const) {
      for (const one of line.over(boundaries(VANCOUVER, unit, first, last))) {
        if (!there.has(one.from) || !there.has(one.to)) {
          expect(one.quality).not.toBe('measured');
          continue;
        }
        measured += 1;
        expect(one).toMatchObject({
          quality: 'measured',
          value: (counter.get(one.to) ?? 0) - (counter.get(one.from) ?? 0),
        });
      }
    }
    expect(measured).toBeGreaterThan(50);
    const hours = line.over(boundaries(VANCOUVER, 'hour', first, last));
    expect(hours.reduce((sum, one) => sum + (one.value ?? Number.NaN), 0)).toBe(
      (counter.get(last) ?? 0) - (counter.get(first) ?? 0),
    );
    expect(
      hours.filter((one) => one.quality !== 'measured').every((one) => one.quality === 'estimated'),
    ).toBe(true);
  });
});
