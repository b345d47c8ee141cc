import { describe, expect, test } from 'vitest';

import { intervals, midnight, missings, readText } from '../fixtures/fixture.ts';
import { readDataConnectContract } from './contract.ts';
import { readDataConnect } from './read-data-connect.ts';

const PRM = '09111642617347';
interface Row {
  readonly value: string;
  readonly date: string;
  readonly interval_length?: string;
  readonly measure_type?: string;
}
const v5 = (rows: readonly Row[], unit = 'W', aggregate = 'average') =>
  JSON.stringify({
    meter_reading: {
      usage_point_id: PRM,
      start: '',
      end: '',
      quality: 'BRUT',
      reading_type: { measurement_kind: 'power', unit, aggregate },
      interval_reading: rows,
    },
  });
const halfHours = (dates: readonly string[]) =>
  dates.map((date) => ({ value: '600', date, interval_length: 'PT30M', measure_type: 'B' }));
const ends = (readings: Parameters<typeof intervals>[0]) =>
  intervals(readings).map(({ to }) => to.toISOString().slice(0, 16));

describe('an answer of Data Connect v5', () => {
  test('dates a load curve by the end of the step, in local time', async () => {
    const { readings, problems } = await readText(
      readDataConnect,
      v5(halfHours(['2022-01-05 00:30:00', '2022-01-05 01:00:00'])),
      {},
    );
    expect(problems).toEqual([]);
    expect(intervals(readings)[0]).toMatchObject({
      pointId: PRM,
      quantity: 'active_energy_import',
      from: midnight('2022-01-05'),
      to: new Date('2022-01-04T23:30:00Z'),
      value: 300,
      unit: 'Wh',
      quality: 'measured',
      basis: 'metered',
    });
  });

  test('has the keys of the same point in the SGE export', async () => {
    const { readings } = await readText(readDataConnect, v5(halfHours(['2022-01-05 00:30:00'])), {});
    expect(readings[0]?.key).toBe(
      `enedis/${PRM}/active_energy_import/total/interval/2022-01-04T23:00:00.000Z/2022-01-04T23:30:00.000Z`,
    );
  });

  test('tells October\u2019s two hours apart by the sequence', async () => {
    const dates = ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'].map(
      (time) => `2021-10-31 ${time}:00`,
    );
    const { readings, problems } = await readText(readDataConnect, v5(halfHours(dates)), {});
    expect(problems).toEqual([]);
    expect(ends(readings)).toEqual([
      '2021-10-30T23:30',
      '2021-10-31T00:00',
      '2021-10-31T00:30',
      '2021-10-31T01:00',
      '2021-10-31T01:30',
      '2021-10-31T02:00',
    ]);
  });

  test('says so when nothing tells them apart, and when a time does not exist', async () => {
    const { readings, problems } = await readText(
      readDataConnect,
      v5(halfHours(['2021-10-31 02:30:00', '2021-10-31 03:00:00', '2022-03-27 02:30:00'])),
      {},
    );
    expect(problems.map(({ code }) => code)).toEqual(['local_time_ambiguous', 'local_time_nonexistent']);
    expect(ends(readings)).toEqual(['2021-10-31T02:00']);
  });

  test('dates daily energy by the day and tells corrected and estimated values', async () => {
    const rows = [
      { value: '20711', date: '2022-01-05', measure_type: 'C' },
      { value: '18500', date: '2021-10-31', measure_type: 'E' },
      { value: '', date: '2022-01-07' },
    ];
    const { readings } = await readText(readDataConnect, v5(rows, 'Wh', 'sum'), { direction: 'production' });
    expect(intervals(readings)).toMatchObject([
      {
        quantity: 'active_energy_export',
        from: midnight('2022-01-05'),
        to: midnight('2022-01-06'),
        value: 20_711,
        quality: 'final',
        basis: 'published',
      },
      { from: midnight('2021-10-31'), to: midnight('2021-11-01'), quality: 'estimated' },
    ]);
    expect(missings(readings)).toMatchObject([{ from: midnight('2022-01-07'), reason: 'empty_value' }]);
  });

  test('tells the daily maximum of power and when it was reached', async () => {
    const { readings } = await readText(
      readDataConnect,
      v5([{ value: '5125', date: '2022-02-01 08:18:09' }], 'VA', 'maximum'),
      {},
    );
    expect(readings).toMatchObject([
      {
        fact: 'maximum_power',
        day: '2022-02-01',
        at: new Date('2022-02-01T07:18:09Z'),
        value: 5_125,
        unit: 'VA',
      },
    ]);
  });

  test('may name its PRM after its readings; without one nothing is attributed', async () => {
    const rows = halfHours(['2022-01-05 00:30:00']);
    const later = {
      meter_reading: { interval_reading: rows, reading_type: { unit: 'W' }, usage_point_id: PRM },
    };
    expect((await readText(readDataConnect, JSON.stringify(later), {})).readings).toHaveLength(1);
    const never = { meter_reading: { interval_reading: rows, reading_type: { unit: 'W' } } };
    expect(await readText(readDataConnect, JSON.stringify(never), {})).toMatchObject({
      readings: [],
      problems: [{ code: 'point_unknown' }],
    });
  });

  test('with readings that can not be read names them and reads the others', async () => {
    const rows = [
      ...halfHours(['2022-01-05 00:30:00', 'soon']),
      { value: 'x', date: '2022-01-05 01:30:00' },
      { valeur: 1 } as unknown as Row,
      ...halfHours(['2022-01-05 02:30:00']),
    ];
    const { readings, problems } = await readText(readDataConnect, v5(rows), {});
    expect(problems.map(({ code }) => code)).toEqual([
      'stamp_unreadable',
      'value_unreadable',
      'row_unreadable',
    ]);
    expect(intervals(readings)).toHaveLength(2);
  });
});

describe('an answer of Data Connect 2026', () => {
  test('gives what the v5 answer of the same half hours gives', async () => {
    const dates = ['2022-01-05 00:30:00', '2022-01-05 01:00:00'];
    const answer = {
      idPrm: PRM,
      etapeMetier: 'BRUT',
      periode: { dateDebut: '2022-01-05', dateFin: '2022-01-06' },
      modeCalcul: 'MESURE',
      grandeur: [
        {
          grandeurMetier: 'CONS',
          grandeurPhysique: 'PA',
          unite: 'W',
          points: dates.map((d) => ({ v: '600', d, p: 'PT30M', n: 'B' })),
        },
      ],
    };
    const [old, current] = [
      await readText(readDataConnect, v5(halfHours(dates)), {}),
      await readText(readDataConnect, JSON.stringify(answer), {}),
    ];
    expect(current.readings).toEqual(old.readings);
    expect(current.readings).toHaveLength(2);
  });
});

describe('a contract of Data Connect', () => {
  test('tells the subscribed power', () => {
    const answer = {
      customer: {
        usage_points: [
          {
            usage_point: { usage_point_id: PRM },
            contracts: { subscribed_power: '9 kVA', last_activation_date: '2013-08-14+01:00' },
          },
        ],
      },
    };
    expect(readDataConnectContract(answer)).toMatchObject([
      { fact: 'subscribed_power', value: 9_000, unit: 'VA', from: midnight('2013-08-14'), pointId: PRM },
    ]);
    expect(() => readDataConnectContract({ customer: {} })).toThrowError(/customer\.usage_points/);
  });
});
