import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

import { recogniseFileOf, recogniseOperatorFile } from './recognise.ts';

const head = (name: string) =>
  readFileSync(path.join(import.meta.dirname, 'fixtures', name)).subarray(0, 4_096);

describe('a file is recognised by its beginning', () => {
  test.each([
    ['enedis-csv', head('enedis-curve-week.csv')],
    ['enedis-csv', head('enedis-index-excerpt.csv')],
    ['grdf-json', head('grdf-absent-day.json')],
    ['enedis-data-connect', Buffer.from('{"meter_reading":{"usage_point_id":"1"')],
    ['enedis-data-connect', Buffer.from('{"idPrm":"1","etapeMetier":"BRUT"')],
    ['grdf-adict', Buffer.from('{"pce":{"id_pce":"GI1"},"periode":{}}\n{"pce"')],
    ['grdf-excel', Buffer.from('PK\u0003\u0004\u0014\u0000')],
  ])('as %s', (format, bytes) => {
    expect(recogniseOperatorFile(bytes)).toMatchObject({ format, says: expect.stringMatching(/\.$/) });
  });

  test('as a table that needs a mapping, with its columns', () => {
    expect(recogniseOperatorFile(Buffer.from('Contrat;Date;Index\nC1;'))).toMatchObject({
      format: 'water-csv',
      columns: ['Contrat', 'Date', 'Index'],
    });
  });

  test.each([
    ['The file is empty', Buffer.alloc(0)],
    ['old Excel', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1])],
    ['PDF', Buffer.from('%PDF-1.7')],
    ['UTF-16', Buffer.from('\uFEFFIdentifiant PRM', 'utf16le')],
    ['log in', Buffer.from('<!doctype html><html>')],
    ['neither Enedis', Buffer.from('{"devices":[]}')],
    ['1 columns', Buffer.from('Bonjour,\nvoici')],
    ['binary', Buffer.from([1, 0, 2, 0])],
  ])('or refused in plain words: %s', (words, bytes) => {
    const { format, says } = recogniseOperatorFile(bytes);
    if (words === '1 columns') expect(says).toMatch(/\d columns/);
    else expect(says).toContain(words);
    expect(format).toBeNull();
  });
});

describe('a file of which somebody says whose it is', () => {
  test.each([
    ['water', 'Relevés du 1er trimestre\nContrat;Date;Index\nC1;', 'water-csv'],
    ['enedis', 'PRM;Type\n091;', 'enedis-csv'],
    ['enedis', '{"a":[]}', 'enedis-data-connect'],
    ['grdf', '{"a":[]}', 'grdf-json'],
    ['grdf', '{"pce":{"id_pce":"GI1"},"periode":{}}\n{"pce"', 'grdf-adict'],
    ['grdf', 'Date;Index;Volume\n', null],
    ['water', '{"a":[]}', null],
    ['water', '<!doctype html><html>', null],
    ['enedis', '{"idPce":"1"}', null],
    ['water', 'Identifiant PRM;Type de donnees;Date\n', null],
    ['water', '%PDF-1.7', null],
    ['water', '', null],
  ] as const)('of %s: %s', (operator, text, format) => {
    expect(recogniseFileOf(operator, Buffer.from(text)).format).toBe(format);
  });
});
