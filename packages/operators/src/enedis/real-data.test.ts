import { createReadStream } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';

import { realData } from '../../../../test/support/repository.ts';
import { indexes, intervals, missings } from '../fixtures/fixture.ts';
import { type Collected, collectImport } from '../import.ts';
import type { OperatorReading } from '../reading.ts';
import { readEnedisCsv } from './read-enedis-csv.ts';

const curveFile = realData('enedis/c5-load-curve.csv');
const indexFile = realData('enedis/c5-daily-index.csv');

describe.skipIf(curveFile === null || indexFile === null)(
  'one meter, thirteen months, two exports of Enedis',
  () => {
    let curve: Collected;
    let inferred: Collected;
    let index: Collected;
    beforeAll(async () => {
      curve = await collectImport(readEnedisCsv(createReadStream(curveFile ?? '')));
      inferred = await collectImport(
        readEnedisCsv(createReadStream(curveFile ?? ''), { rowAfterGap: 'infer' }),
      );
      index = await collectImport(readEnedisCsv(createReadStream(indexFile ?? '')));
    });

    test('has 17,866 points, 14 of them empty, and nothing that can not be read', () => {
      expect(curve.end).toMatchObject({ readings: 17_866, problems: 0, lines: 17_869, bytes: 542_021 });
      expect(missings(curve.readings).filter(({ reason }) => reason === 'empty_value')).toHaveLength(14);
      expect(new Set(curve.readings.map(({ key }) => key)).size).toBe(17_866);
      expect(index.problems).toEqual([]);
    });

    test('has whole watt-hours throughout, 46 half hours on 2021-03-28 and 50 on 2021-10-31', () => {
      expect(intervals(curve.readings).every(({ unit }) => unit === 'Wh')).toBe(true);
      const on = (day: string, next: string) =>
        intervals(curve.readings).filter(({ from }) => from >= new Date(day) && from < new Date(next)).length;
      expect(on('2021-03-27T23:00Z', '2021-03-28T22:00Z')).toBe(46);
      expect(on('2021-10-30T22:00Z', '2021-10-31T23:00Z')).toBe(50);
    });

    test('agrees in 368 of 389 spans to the watt-hour, in 17 within one, and differs in the 4 with missing points', () => {
      const found = compare(curve.readings, index.readings);
      expect(found.counts).toEqual({ equal: 368, withinOne: 17, differing: 4 });
      expect(found.differing).toEqual([
        ['2021-02-05T23:00:00.000Z', 26_453, 24_138],
        ['2021-02-10T23:00:00.000Z', 80_198, 77_138],
        ['2021-02-11T23:00:00.000Z', 76_717, 32_623],
        ['2021-02-12T23:00:00.000Z', 75_834, 74_491],
      ]);
    });

    test('agrees in one span more when the rows after holes are inferred: 1,957 Wh in the one hour of 2021-02-06 without a row', () => {
      const found = compare(inferred.readings, index.readings);
      expect(found.counts).toEqual({ equal: 368, withinOne: 18, differing: 3 });
      expect(found.differing).toEqual([
        ['2021-02-05T23:00:00.000Z', 26_453, 24_138 + 358],
        ['2021-02-10T23:00:00.000Z', 80_198, 77_138],
        ['2021-02-11T23:00:00.000Z', 76_717, 32_623 + 1_738],
      ]);
    });
  },
);

/** Each span between two indexes of the total register against the curve's intervals in it. */
function compare(curve: readonly OperatorReading[], index: readonly OperatorReading[]) {
  const totals = new Map(
    indexes(index)
      .filter(({ register }) => register === 'EAS T')
      .map(({ at, value }) => [at.getTime(), value]),
  );
  const edges = [...totals].sort(([a], [b]) => a - b);
  const energies = intervals(curve).toSorted((a, b) => a.to.getTime() - b.to.getTime());
  const counts = { equal: 0, withinOne: 0, differing: 0 };
  const differing: [string, number, number][] = [];
  for (const [at, [to, value]] of edges.entries()) {
    const before = edges[at - 1];
    if (before === undefined) continue;
    const [from, start] = before;
    const sum = energies
      .filter((energy) => energy.from.getTime() >= from && energy.to.getTime() <= to)
      .reduce((total, energy) => total + energy.value, 0);
    const difference = Math.abs(value - start - sum);
    if (difference === 0) counts.equal += 1;
    else if (difference <= 1) counts.withinOne += 1;
    else {
      counts.differing += 1;
      differing.push([new Date(from).toISOString(), value - start, sum]);
    }
  }
  return { counts, differing };
}
