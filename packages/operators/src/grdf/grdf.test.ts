import { createReadStream } from 'node:fs';
import { describe, expect, test } from 'vitest';
import writeExcel from 'write-excel-file/node';

import { realData } from '../../../../test/support/repository.ts';
import { fixture, indexes, intervals, missings, readText } from '../fixtures/fixture.ts';
import { collectImport } from '../import.ts';
import { readGrdfAdict } from './adict.ts';
import { readGrdfExcel } from './read-grdf-excel.ts';
import { readGrdfJson } from './read-grdf-json.ts';

const gasDay = (day: string, startIndex: number | null, endIndex: number | null, more: object = {}) => ({
  journeeGaziere: day,
  indexDebut: startIndex,
  indexFin: endIndex,
  volumeBrutConsomme: null,
  energieConsomme: 100,
  coeffConversion: 11.27,
  qualificationReleve: 'Mesuré',
  ...more,
});
const document = (rows: readonly object[], pce = 'GI000001') =>
  JSON.stringify({ [pce]: { idPce: pce, releves: rows } }, null, 1);

describe('a day that GRDF does not know', () => {
  test('is missing and not zero, and the days around it keep their indexes', async () => {
    const { readings, problems } = await collectImport(readGrdfJson(fixture('grdf-absent-day.json')));
    expect(problems).toEqual([]);
    expect(indexes(readings).map(({ at, value }) => [at.toISOString(), value])).toEqual([
      ['2021-08-08T04:00:00.000Z', 13_935_000],
      ['2021-08-09T04:00:00.000Z', 13_936_000],
      ['2021-08-10T04:00:00.000Z', 13_936_000],
      ['2021-08-12T04:00:00.000Z', 13_936_000],
      ['2021-08-13T04:00:00.000Z', expect.any(Number)],
    ]);
    expect(
      missings(readings).map(({ quantity, from, to, reason }) => [
        quantity,
        from.toISOString(),
        to.toISOString(),
        reason,
      ]),
    ).toEqual([
      ['gas_volume', '2021-08-10T04:00:00.000Z', '2021-08-11T04:00:00.000Z', 'absent_day'],
      ['gas_energy_pcs', '2021-08-10T04:00:00.000Z', '2021-08-11T04:00:00.000Z', 'absent_day'],
    ]);
  });
});

describe('gas days', () => {
  test('run from 06:00 to 06:00 local time, 25 hours in October, whatever offset the stamps carry', async () => {
    const { readings } = await readText(readGrdfJson, document([gasDay('2021-10-30', 1, 2)]), {});
    const [energy] = intervals(readings);
    expect([energy?.from.toISOString(), energy?.to.toISOString(), energy?.value]).toEqual([
      '2021-10-30T04:00:00.000Z',
      '2021-10-31T05:00:00.000Z',
      100_000,
    ]);
  });

  test('carry the coefficient of conversion as an exact whole number', async () => {
    const { readings } = await readText(readGrdfJson, document([gasDay('2021-10-30', 1, 2)]), {});
    expect(readings).toContainEqual(
      expect.objectContaining({ fact: 'conversion_coefficient', value: 11_270, unit: 'Wh/m3' }),
    );
  });

  test('are provisional up to three days after their end, estimated or final where GRDF says so', async () => {
    const rows = [
      gasDay('2026-03-01', 1, 2),
      gasDay('2026-03-03', 3, 4),
      gasDay('2026-03-04', 4, 5, { qualificationReleve: 'Estimé' }),
      gasDay('2026-03-05', 5, 6, { natureReleve: 'Publiée' }),
    ];
    const { readings } = await readText(readGrdfJson, document(rows), {
      exportedAt: new Date('2026-03-06T08:00:00Z'),
    });
    expect(intervals(readings).map(({ quality }) => quality)).toEqual([
      'measured',
      'provisional',
      'estimated',
      'final',
    ]);
  });

  test('of a later export have the keys of what they revise', async () => {
    const read = async (end: number) =>
      (await readText(readGrdfJson, document([gasDay('2026-03-01', 10, end)]), {})).readings;
    const [before, after] = [await read(12), await read(13)];
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    expect(new Set(before.map(({ key }) => key)).size).toBe(before.length);
    expect([indexes(before)[1]?.value, indexes(after)[1]?.value]).toEqual([12_000, 13_000]);
  });

  test('whose meter was changed keep both indexes of that morning, and ask for a look', async () => {
    const { readings, problems } = await readText(
      readGrdfJson,
      document([gasDay('2026-03-01', 980, 985), gasDay('2026-03-02', 0, 4)]),
      {},
    );
    expect(indexes(readings).map(({ value, role }) => [value, role])).toEqual([
      [980_000, 'reading'],
      [985_000, 'reading'],
      [0, 'start'],
      [4_000, 'reading'],
    ]);
    expect(new Set(indexes(readings).map(({ key }) => key)).size).toBe(4);
    expect(problems).toMatchObject([{ severity: 'doubt', code: 'index_discontinuous' }]);
  });

  test('that can not be read are named, each with its line, and cost no other day', async () => {
    const rows = [
      gasDay('2026-03-01', 1, 2),
      gasDay('hier', 2, 3),
      gasDay('2026-03-03', 3, 4, { indexFin: 'x4' }),
      { ...gasDay('2026-03-04', 4, 5), indexDebut: {} },
      gasDay('2026-03-05', 5, 6),
    ];
    const { readings, problems } = await readText(readGrdfJson, document(rows), { file: 'gaz.json' });
    expect(problems).toMatchObject([
      { file: 'gaz.json', section: 'GI000001', line: 14, column: 'journeeGaziere', code: 'day_unreadable' },
      { line: 23, column: 'indexFin', reason: '"x4" is no number of at most 3 decimals' },
      { line: 32, column: 'row', code: 'row_unreadable' },
      { line: 34, column: 'indexFin', code: 'row_unreadable' },
    ]);
    expect(intervals(readings).map(({ from }) => from.toISOString().slice(0, 10))).toEqual([
      '2026-03-01',
      '2026-03-03',
      '2026-03-05',
    ]);
  });

  test('of a document that breaks off are read up to there', async () => {
    const text = document([gasDay('2026-03-01', 1, 2), gasDay('2026-03-02', 2, 3)]);
    const { readings, problems } = await readText(
      readGrdfJson,
      text.slice(0, text.lastIndexOf('energie')),
      {},
    );
    expect(intervals(readings)).toHaveLength(1);
    expect(problems).toMatchObject([
      { code: 'json_broken', reason: 'the document ends before its last bracket' },
    ]);
  });
});

describe('the ADICT API\u2019s NDJSON', () => {
  const line = (day: string, status: string, index: number) =>
    JSON.stringify({
      pce: { id_pce: 'GI000001' },
      releve_debut: { index_brut_debut: { valeur_index: index } },
      releve_fin: { index_brut_fin: { valeur_index: index + 1 } },
      consommation: {
        journee_gaziere: day,
        volume_brut: 1,
        energie: 8,
        coeff_calcul: { coeff_conversion: 11.16 },
        type_qualif_conso: 'Mesuré',
        statut_conso: status,
        type_conso: 'Informative Journalier',
      },
      statut_restitution: null,
    });

  test('is read line by line: provisional, final, without data, damaged', async () => {
    const nothing = JSON.stringify({
      pce: { id_pce: 'GI000001' },
      consommation: null,
      statut_restitution: { code: '1000008', message: 'Aucune donnée' },
    });
    const text = [
      line('2026-03-01', 'Définitive', 5),
      '{"pce":',
      nothing,
      line('2026-03-04', 'Provisoire', 7),
      '',
    ].join('\n');
    const { readings, problems } = await readText(readGrdfAdict, text, {});
    expect(indexes(readings).map(({ value, quality }) => [value, quality])).toEqual([
      [5_000, 'final'],
      [6_000, 'final'],
      [7_000, 'provisional'],
      [8_000, 'provisional'],
    ]);
    expect(problems).toMatchObject([{ line: 2, code: 'row_unreadable' }]);
  });
});

describe('the workbook of GRDF\u2019s site', () => {
  const HEADINGS = [
    'Date de relevé',
    'Index de début de période (m3)',
    'Index de fin de période (m3)',
    'Volume consommé (m3)',
    'Energie consommée (kWh)',
    'Coefficient de conversion',
    'Température locale (°C)',
    'Qualification du relevé',
  ];
  type Day = readonly (string | number | null)[];
  const workbook = async (days: readonly Day[], pce = ' GI000001') => {
    const head: (string | number | null)[][] = [
      [null, 'Données informatives et détaillées', null, null, 'Export du 24/11/2021'],
      [null],
      [null, null, `N° PCE :${pce}`],
      [null],
      [null, ...HEADINGS],
    ];
    const rows = [...head, ...days.map((day) => [null, ...day])].map((row) =>
      row.map((value) => (value === null ? null : { value })),
    );
    return writeExcel(rows).toBuffer();
  };
  const days: readonly Day[] = [
    ['18/11/2021', 14_240, 14_250, 10, 111, 11.2, 7.5, 'Mesuré'],
    ['19/11/2021', null, null, null, null, null, null, 'Absence de Données'],
    ['23/11/2021', 14_258, 14_266, 8, 88.5, '11,27', null, 'Mesuré'],
  ];

  test('round trips: what was written is read, exact to the litre and the watt-hour', async () => {
    const { readings, problems, end } = await collectImport(readGrdfExcel([await workbook(days)]));
    expect(problems).toEqual([]);
    expect(indexes(readings).map(({ value, quality }) => [value, quality])).toEqual([
      [14_240_000, 'measured'],
      [14_250_000, 'measured'],
      [14_258_000, 'provisional'],
      [14_266_000, 'provisional'],
    ]);
    expect(
      intervals(readings)
        .filter(({ quantity }) => quantity === 'gas_energy_pcs')
        .map(({ value }) => value),
    ).toEqual([111_000, 88_500]);
    expect(missings(readings)).toHaveLength(2);
    expect(
      readings.flatMap((reading) =>
        reading.kind === 'fact' && reading.fact === 'conversion_coefficient' ? [reading.value] : [],
      ),
    ).toEqual([11_200, 11_270]);
    expect(readings[0]).toMatchObject({ pointId: 'GI000001', sourceLine: 6 });
    expect(end.lines).toBe(8);
  });

  test('gives the keys that the JSON of the same day gives', async () => {
    const excel = await collectImport(readGrdfExcel([await workbook(days.slice(0, 1))]));
    const row = gasDay('2021-11-18', 14_240, 14_250, {
      volumeBrutConsomme: 10,
      energieConsomme: 111,
      coeffConversion: 11.2,
    });
    const json = await readText(readGrdfJson, document([row]), {});
    expect(excel.readings.map(({ key }) => key)).toEqual(json.readings.map(({ key }) => key));
  });

  test('without its PCE needs to be told; a row without a day is named', async () => {
    const bytes = await workbook([...days.slice(0, 1), ['demain', 1, 2, 1, 11, 11.2, null, 'Mesuré']], '');
    await expect(collectImport(readGrdfExcel([bytes], { file: 'gaz.xlsx' }))).rejects.toMatchObject({
      code: 'excel_invalid',
      message: 'gaz.xlsx does not say of which PCE it is',
    });
    const { problems, readings } = await collectImport(readGrdfExcel([bytes], { pointId: 'GI000009' }));
    expect(problems).toMatchObject([{ line: 7, column: 'Date de relevé', code: 'day_unreadable' }]);
    expect(readings.every(({ pointId }) => pointId === 'GI000009')).toBe(true);
  });

  test('is refused when it is another workbook, none at all, or too large', async () => {
    const other = await writeExcel([[{ value: 'Nom' }], [{ value: 'Durand' }]]).toBuffer();
    await expect(collectImport(readGrdfExcel([other]))).rejects.toMatchObject({ code: 'excel_invalid' });
    await expect(collectImport(readGrdfExcel(['PK\u0003\u0004 not a workbook']))).rejects.toMatchObject({
      code: 'excel_invalid',
    });
    await expect(collectImport(readGrdfExcel([Buffer.alloc(9 * 1024 * 1024)]))).rejects.toMatchObject({
      message: expect.stringContaining('8 MiB'),
    });
  });
});

const file = realData('grdf/daily-readings.json');

describe.skipIf(file === null)('three years of a real Gazpar', () => {
  test('have 1,096 days, one absent; indexes without a break; 244 published volumes beside the index', async () => {
    const { readings, problems } = await collectImport(readGrdfJson(createReadStream(file ?? '')));
    expect(problems).toEqual([]);
    const volumes = intervals(readings).filter(({ quantity }) => quantity === 'gas_volume');
    expect(volumes).toHaveLength(1_095);
    expect(missings(readings).map(({ quantity, from }) => [quantity, from.toISOString()])).toEqual([
      ['gas_volume', '2021-08-10T04:00:00.000Z'],
      ['gas_energy_pcs', '2021-08-10T04:00:00.000Z'],
    ]);
    const index = new Map(indexes(readings).map(({ at, value }) => [at.getTime(), value]));
    expect(index.size).toBe(indexes(readings).length);
    const differences = volumes.flatMap(({ from, to, value }) => {
      const [start, end] = [index.get(from.getTime()), index.get(to.getTime())];
      return start === undefined || end === undefined ? [] : [(value - (end - start)) / 1_000];
    });
    const count = (wanted: number) => differences.filter((difference) => difference === wanted).length;
    expect([differences.filter((difference) => difference !== 0).length, count(1), count(-1)]).toEqual([
      244, 147, 97,
    ]);

    const [start, end] = [new Date('2021-01-01T05:00:00Z'), new Date('2022-01-01T05:00:00Z')];
    const sum = (quantity: string) =>
      intervals(readings)
        .filter((interval) => interval.quantity === quantity && interval.from >= start && interval.to <= end)
        .reduce((total, { value }) => total + value, 0);
    expect(sum('gas_volume')).toBe(2_099_000);
    expect((index.get(end.getTime()) ?? 0) - (index.get(start.getTime()) ?? 0)).toBe(2_079_000);
    expect(sum('gas_energy_pcs')).toBe(23_148_000);
  });
});
