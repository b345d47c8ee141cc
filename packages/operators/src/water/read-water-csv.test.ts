import { describe, expect, test } from 'vitest';

import { indexes, missings, readText } from '../fixtures/fixture.ts';
import { collectImport } from '../import.ts';
import { waterMapping } from './mapping.ts';
import { readWaterCsv } from './read-water-csv.ts';

/** What a Veolia/Birdz-like portal exports: titles above the header, Windows-1252, day first, decimal comma. */
const VEOLIA_LIKE = [
  'Export des relevés - Ville de Clairval',
  '',
  'N° de contrat;N° compteur;Adresse;Date de relève;Heure;Index;Unité;Type',
  '0001234;D18FA012345;"1; rue de l\u2019Église";24/10/2026;23:30;1 234,567;m³;Mesuré',
  '0001234;D18FA012345;;25/10/2026;03:30;1 234,6;m³;Estimé',
  '0001234;D18FA012345;;25/10/2026;03:45;;m³;',
  '0005678;D19;;31/12/2026;23:59;98765;L;',
  '',
].join('\r\n');

const VEOLIA_MAPPING = {
  columns: {
    contract: 'N° de contrat',
    meterSerial: 'n° compteur',
    date: 'Date de releve',
    time: 'Heure',
    index: 'Index',
    unit: 'Unité',
    quality: 'Type',
  },
};

const windows1252 = (text: string) => Buffer.from(text.replaceAll('\u2019', '\u0092'), 'latin1');

describe('a water operator\u2019s table', () => {
  test('of a Veolia-like portal becomes indexes in whole litres', async () => {
    const { readings, problems } = await collectImport(
      readWaterCsv([windows1252(VEOLIA_LIKE)], { mapping: waterMapping(VEOLIA_MAPPING) }),
    );
    expect(problems).toEqual([]);
    expect(
      indexes(readings).map(({ pointId, register, value, unit, quality, sourceLine }) => [
        pointId,
        register,
        value,
        unit,
        quality,
        sourceLine,
      ]),
    ).toEqual([
      ['0001234', 'D18FA012345', 1_234_567, 'L', 'measured', 4],
      ['0001234', 'D18FA012345', 1_234_600, 'L', 'estimated', 5],
      ['0005678', 'D19', 98_765, 'L', 'measured', 7],
    ]);
    expect(missings(readings)).toMatchObject([{ of: 'index', reason: 'empty_value', sourceLine: 6 }]);
  });

  test('is the same in UTF-8, with commas and quotes, in another order', async () => {
    const text =
      '\uFEFFIndex,Compteur,Contrat,Date\n"1234,567",D1,C1,2026-03-01 06:00:00\n"1.234,567",D1,C1,2026-03-02T06:00\n';
    const mapping = waterMapping({
      columns: { contract: 'Contrat', meterSerial: 'Compteur', date: 'Date', index: 'Index' },
      dates: 'iso',
      decimal: ',',
    });
    const { readings } = await readText(readWaterCsv, text, { mapping });
    expect(indexes(readings).map(({ at, value }) => [at.toISOString(), value])).toEqual([
      ['2026-03-01T05:00:00.000Z', 1_234_567],
      ['2026-03-02T05:00:00.000Z', 1_234_567],
    ]);
  });

  test('tells the two hours of an October night apart by the sequence of its lines, and says where it can not', async () => {
    const mapping = waterMapping({ columns: { contract: 'Contrat', date: 'Date', index: 'Index' } });
    const rows = [
      '24/10/2026 23:00',
      '25/10/2026 01:00',
      '25/10/2026 02:00',
      '25/10/2026 02:00',
      '25/10/2026 03:00',
    ].map((date, at) => `C1;${date};${at}`);
    const { readings } = await readText(readWaterCsv, ['Contrat;Date;Index', ...rows].join('\n'), {
      mapping,
    });
    expect(indexes(readings).map(({ at }) => at.toISOString().slice(11, 16))).toEqual([
      '21:00',
      '23:00',
      '00:00',
      '01:00',
      '02:00',
    ]);

    const { problems } = await readText(
      readWaterCsv,
      'Contrat;Date;Index\nC1;25/10/2026 02:00;5\nC2;29/03/2026 02:30;5\n',
      { mapping },
    );
    expect(problems).toMatchObject([
      { line: 2, code: 'local_time_ambiguous' },
      { line: 3, code: 'local_time_nonexistent' },
    ]);
  });

  test('names each bad line with its column as the file writes it, and reads the others', async () => {
    const mapping = waterMapping({
      columns: { contract: 'Contrat', date: 'Date', index: 'Index', unit: 'Unité' },
    });
    const rows = [
      'C1;31/02/2026;5;m3',
      ';01/03/2026;5;m3',
      'C1;02/03/2026;cinq;m3',
      'C1;03/03/2026;5;kWh',
      'C1;"04/03/2026;5;m3',
      'C1;05/03/2026;5;m3;6',
      'C1;06/03/2026;5,1234;m3',
      'C1;07/03/2026;-5;m3',
      'C1;08/03/2026;5;m3',
    ];
    const { readings, problems } = await readText(
      readWaterCsv,
      ['Contrat;Date;Index;Unité', ...rows].join('\n'),
      { mapping, file: 'eau.csv' },
    );
    expect(problems.map(({ line, column, code }) => [line, column, code])).toEqual([
      [2, 'Date', 'stamp_unreadable'],
      [3, 'Contrat', 'contract_empty'],
      [4, 'Index', 'value_unreadable'],
      [5, 'Unité', 'unit_unknown'],
      [6, 'line', 'quote_unmatched'],
      [7, 'line', 'cells_too_many'],
      [8, 'Index', 'value_unreadable'],
      [9, 'Index', 'value_unreadable'],
    ]);
    expect(problems.every(({ file, remedy }) => file === 'eau.csv' && remedy !== '')).toBe(true);
    expect(indexes(readings).map(({ value }) => value)).toEqual([5_000]);
  });

  test('without the columns of the mapping says which ones it looked for', async () => {
    const mapping = waterMapping({ columns: { contract: 'Contrat', date: 'Jour', index: 'Index' } });
    const { problems } = await readText(readWaterCsv, 'Contrat;Date;Index\nC1;01/03/2026;5\n', { mapping });
    expect(problems).toMatchObject([
      { code: 'header_not_found', reason: 'no line has the columns "Contrat", "Jour", "Index"' },
    ]);
  });

  test('needs a mapping that is right', () => {
    expect(() => waterMapping({ columns: { contract: 'Contrat' }, unit: 'gallons' })).toThrowError(
      /columns\.date.*columns\.index.*unit/,
    );
  });
});
