import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readDataConnect } from './enedis/read-data-connect.ts';
import { readEnedisCsv } from './enedis/read-enedis-csv.ts';
import { intervals, missings } from './fixtures/fixture.ts';
import { readGrdfAdict } from './grdf/adict.ts';
import { readGrdfJson } from './grdf/read-grdf-json.ts';
import { collectImport, type OperatorItem } from './import.ts';
import type { ByteStream } from './source.ts';
import { waterMapping } from './water/mapping.ts';
import { readWaterCsv } from './water/read-water-csv.ts';

const bytesOf = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name));
const mapping = waterMapping({ columns: { contract: 'N° contrat', date: 'Date', index: 'Index' } });

const SOURCES: readonly [string, Buffer, (stream: ByteStream) => AsyncIterable<OperatorItem>][] = [
  ['an Enedis load curve', bytesOf('enedis-curve-holes.csv'), readEnedisCsv],
  ['an Enedis file of stacked sections', bytesOf('enedis-index-excerpt.csv'), readEnedisCsv],
  ['a GRDF document', bytesOf('grdf-absent-day.json'), readGrdfJson],
  [
    'a GRDF answer in NDJSON',
    Buffer.from(
      '{"pce":{"id_pce":"GI1"},"consommation":{"journee_gaziere":"2026-03-01","energie":12,"type_qualif_conso":"Mesuré"}}\n'.repeat(
        3,
      ),
    ),
    readGrdfAdict,
  ],
  [
    'a Data Connect answer',
    Buffer.from(
      JSON.stringify({
        meter_reading: {
          usage_point_id: '09111642617347',
          reading_type: { unit: 'W' },
          interval_reading: [
            { value: '600', date: '2026-01-01 00:30:00' },
            { value: '602', date: '2026-01-01 01:00:00' },
          ],
        },
      }),
    ),
    readDataConnect,
  ],
  [
    'a water table',
    Buffer.from('N° contrat;Date;Index\r\nC1;01/03/2026;12,345\r\n"C;2";02/03/2026;13\r\n'),
    (stream) => readWaterCsv(stream, { mapping }),
  ],
];

describe('a file cut into any chunks', () => {
  test.each(SOURCES)('%s gives the same readings, problems and digest', async (_name, bytes, read) => {
    const whole = await collectImport(read([bytes]));
    expect(whole.readings.length).toBeGreaterThan(1);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
        expect(await collectImport(read(chunks))).toEqual(whole);
      }),
      { numRuns: 25, seed: 6 },
    );
    expect(await collectImport(read([...bytes].map((byte) => Buffer.from([byte]))))).toEqual(whole);
  });
});

describe('damaged lines', () => {
  const curve = bytesOf('enedis-curve-holes.csv').toString('utf8').split('\n');
  // The first two rows stay: where a hole follows the first row that can be read, its step is not known.
  const damage = fc.constantFrom(
    '?',
    '"',
    '2021-02-07T99:00:00+01:00;5',
    'Horo\u0000',
    ';;;;',
    '2021-02-30T00:00:00+01:00;12',
    '{}',
  );
  const places = fc.uniqueArray(fc.tuple(fc.integer({ min: 5, max: curve.length - 2 }), damage), {
    maxLength: 12,
    selector: ([line]) => line,
  });

  test('of a load curve with holes and a change of step never cost a neighbour its value', async () => {
    const whole = await collectImport(readEnedisCsv([curve.join('\n')]));
    await fc.assert(
      fc.asyncProperty(places, async (damages) => {
        const lines = [...curve];
        for (const [line, text] of damages) lines[line] = text;
        const hit = new Set(damages.map(([line]) => line + 1));
        const { readings, problems } = await collectImport(readEnedisCsv([lines.join('\n')]));
        const found = new Map(intervals(readings).map(({ key, value }) => [key, value]));
        for (const { key, value, sourceLine } of intervals(whole.readings)) {
          if (!hit.has(sourceLine)) expect([sourceLine, found.get(key)]).toEqual([sourceLine, value]);
        }
        expect(problems.map(({ line }) => line).toSorted((a, b) => a - b)).toEqual(
          [...damages].map(([line]) => line + 1).toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  test('leave no time unaccounted between the first and the last row: a value or a gap that is named', async () => {
    await fc.assert(
      fc.asyncProperty(places, async (damages) => {
        const lines = [...curve];
        for (const [line, text] of damages) if (line < curve.length - 3 && line > 12) lines[line] = text;
        const { readings } = await collectImport(readEnedisCsv([lines.join('\n')]));
        const spans = [...intervals(readings), ...missings(readings)].toSorted(
          (a, b) => a.from.getTime() - b.from.getTime(),
        );
        for (const [at, span] of spans.entries()) {
          if (at > 0) expect(span.from.toISOString()).toBe(spans[at - 1]?.to.toISOString());
        }
      }),
      { numRuns: 150, seed: 6 },
    );
  });

  test('of an indented GRDF document cost only their own day', async () => {
    const lines = bytesOf('grdf-absent-day.json').toString('utf8').split('\n');
    const inDay = lines.flatMap((line, at) => (/^ {8}"/.test(line) ? [at] : []));
    const whole = await collectImport(readGrdfJson([lines.join('\n')]));
    const startOfDay = (at: number) =>
      lines.slice(0, at + 1).findLastIndex((line) => line.trim() === '{') + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...inDay),
        fc.constantFrom('"', '"oops', '{', '}}', ': : ,', '\\"x'),
        async (at, text) => {
          const { readings, problems } = await collectImport(readGrdfJson([lines.with(at, text).join('\n')]));
          const keys = new Set(readings.map(({ key }) => key));
          for (const reading of whole.readings) {
            if (reading.sourceLine !== startOfDay(at))
              expect([at, text, keys.has(reading.key) ? '' : reading.key]).toEqual([at, text, '']);
          }
          expect(problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 120, seed: 6 },
    );
  });
});
