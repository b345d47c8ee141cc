import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { ordersFromCsv } from './orders-from-csv.ts';

const KEY = '8f2c1d7a9b3e4f506172839405a6b7c8';
const PROFILES = ['axioma/qalcosonic-w1', 'adeunis/pulse', 'veilleur/reference-luminaire'];
const HEADER = 'dev_eui,join_eui,app_key,name,profile,application,latitude,longitude,metering_point,tags';
const GOOD = `70b3d5e75e00c3e1,70b3d57ed0000000,${KEY},Compteur 1,axioma/qalcosonic-w1,Eau,48.85,2.35,PDC-1,"zone=nord;lot=7"`;

const read = (text: string | Uint8Array) => ordersFromCsv(text, { profileIds: PROFILES });
const withLine = (line: string) => read(`${HEADER}\n${line}\n`);

describe('an import file', () => {
  it('gives its orders, each with its line', async () => {
    const { orders, problems } = await read(`${HEADER}\n\n${GOOD}\n`);
    expect(problems).toEqual([]);
    expect(orders).toMatchObject([
      {
        devEui: '70b3d5e75e00c3e1',
        name: 'Compteur 1',
        position: { latitude: 48.85, longitude: 2.35 },
        meteringPoint: 'PDC-1',
        tags: { zone: 'nord', lot: '7' },
        line: 3,
      },
    ]);
  });

  it('may come from a French spreadsheet: BOM, semicolons, decimal commas, French headers, CRLF', async () => {
    const { orders, problems, ignoredColumns } = await read(
      `\uFEFFDevEUI;AppEUI;Clé;Nom;Profil;Application;Latitude;Longitude;Point de comptage;Étiquettes;Couleur\r\n` +
        `70B3D5E75E00C3E1;70B3D57ED0000000;${KEY.toUpperCase()};Compteur n°1;Axioma/Qalcosonic-W1;Eau;48,8566;2,3522;PDC-1;zone=nord|lot=7;bleu\r\n`,
    );
    expect(problems).toEqual([]);
    expect(ignoredColumns).toEqual(['Couleur']);
    expect(orders).toMatchObject([
      {
        name: 'Compteur n°1',
        profile: 'axioma/qalcosonic-w1',
        position: { latitude: 48.8566, longitude: 2.3522 },
        tags: { zone: 'nord', lot: '7' },
      },
    ]);
  });

  it('may come in pieces that part a character', async () => {
    const bytes = Buffer.from(`${HEADER}\n${GOOD.replace('Compteur 1', 'École')}\n`);
    const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
    const { orders } = await ordersFromCsv(Readable.from(pieces), { profileIds: PROFILES });
    expect(orders[0]?.name).toBe('École');
  });

  it('may come as one long text', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) =>
      GOOD.replace('00c3e1', (0x100000 + index).toString(16)),
    );
    const { orders, problems } = await read([HEADER, ...lines].join('\n'));
    expect([orders.length, problems]).toEqual([2_000, []]);
  });

  it('may leave profile and application to defaults', async () => {
    const text = `dev_eui,app_key,name\n70b3d5e75e00c3e1,${KEY},Compteur\n`;
    const defaults = { profile: 'adeunis/pulse', application: 'Eau' };
    const { orders } = await ordersFromCsv(text, { profileIds: PROFILES, defaults });
    expect(orders).toMatchObject([{ profile: 'adeunis/pulse', application: 'Eau' }]);
  });

  it('may keep spreadsheets from reading numbers', async () => {
    const guarded = GOOD.replace('70b3d5e75e00c3e1', '="70b3d5e75e00c3e1"').replace(KEY, `'${KEY}`);
    expect((await withLine(guarded)).orders).toHaveLength(1);
  });

  it.each([
    ['a bad digit', GOOD.replace('70b3d5e7', '70b3d5g7'), 'dev_eui', '"g", which is not a hexadecimal'],
    ['a short DevEUI', GOOD.replace('70b3d5e7', '70b3d5'), 'dev_eui', '14 hexadecimal digits instead of 16'],
    ['a bad key', GOOD.replace(KEY, `${KEY.slice(1)}z`), 'app_key', 'a character that is not'],
    ['no key', GOOD.replace(KEY, ''), 'app_key', 'the AppKey is missing'],
    ['a bad JoinEUI', GOOD.replace('70b3d57ed0000000', '70b3'), 'join_eui', '4 hexadecimal digits'],
    ['no name', GOOD.replace('Compteur 1', ' '), 'name', 'the name is missing'],
    ['a formula', GOOD.replace('Compteur 1', '=1+1'), 'name', 'is a formula ("=1+1")'],
    [
      'an unknown profile',
      GOOD.replace('axioma/', 'axiom/'),
      'profile',
      'profile "axiom/qalcosonic-w1" is not',
    ],
    ['a latitude too far', GOOD.replace('48.85', '148.85'), 'latitude', '148.85 is not between -90 and 90'],
    ['a longitude too far', GOOD.replace('2.35', '235'), 'longitude', '235 is not between -180 and 180'],
    ['half a position', GOOD.replace('2.35', ''), 'longitude', 'the longitude is missing'],
    ['no number', GOOD.replace('48.85', '48°51'), 'latitude', '"48°51" is not a number'],
    ['a tag without name', GOOD.replace('lot=7', 'lot'), 'tags', 'the tag "lot" has no "name="'],
    ['a tag twice', GOOD.replace('lot=7', 'zone=sud'), 'tags', 'the tag "zone" stands twice'],
    ['a cell too many', `${GOOD},x`, 'line', 'the line has 11 cells, the header 10'],
    ['shifted columns', GOOD.replace('48.85', KEY), 'latitude', '"***" is not a number'],
  ])('is told the line and column of %s', async (_what, line, column, message) => {
    const { orders, problems } = await withLine(line);
    expect(orders).toEqual([]);
    expect(problems).toEqual([
      { line: 2, column, message: expect.stringContaining(message), remedy: expect.stringMatching(/\w+/) },
    ]);
    expect(JSON.stringify(problems)).not.toContain(KEY.slice(2, 12));
  });

  it.each(['70B3D5E75E00C3E1', '0x70b3d5e75e00c3e1', '70-B3-D5-E7-5E-00-C3-E1', '="70b3d5e75e00c3e1"'])(
    'is told of a DevEUI that stands twice, and where it stood first: %s',
    async (again) => {
      const { orders, problems } = await read(
        `${HEADER}\n${GOOD}\n${GOOD.replace('70b3d5e75e00c3e1', again)}\n`,
      );
      expect(orders).toHaveLength(1);
      expect(problems).toMatchObject([
        { line: 3, column: 'dev_eui', message: 'the DevEUI 70b3d5e75e00c3e1 stands on line 2 already' },
      ]);
    },
  );

  it('is told every problem of a line', async () => {
    const { problems } = await withLine(`x,,${KEY},,axioma/qalcosonic-w1,Eau,100,2,,`);
    expect(problems.map(({ column }) => column)).toEqual(['dev_eui', 'name', 'latitude']);
  });

  it('counts lines as an editor does, through a cell of several lines', async () => {
    const long = GOOD.replace('Compteur 1', '"Compteur\n1"');
    const { orders, problems } = await read(`${HEADER}\n${long}\nx\n`);
    expect(orders[0]?.line).toBe(2);
    expect(problems[0]?.line).toBe(4);
  });

  it.each([
    ['a missing column', HEADER.replace('app_key,', ''), 'app_key', 'the column app_key is missing'],
    ['a misspelt column', HEADER.replace('latitude', 'lattitude'), 'latitude', '"lattitude" is not known'],
    ['a swapped letter', HEADER.replace('tags', 'tasg'), 'tags', '"tasg" is not known'],
    ['two columns of one meaning', `${HEADER},nom`, 'name', 'two columns mean name: "name" and "nom"'],
    ['no header', GOOD, 'header', 'the first line names no column'],
  ])('is told of %s once, and gives no orders', async (_what, header, column, message) => {
    const { orders, problems, ignoredColumns } = await read(`${header}\n`);
    expect(orders).toEqual([]);
    expect(problems).toMatchObject([{ line: 1, column, message: expect.stringContaining(message) }]);
    expect(JSON.stringify([problems, ignoredColumns])).not.toContain(KEY);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['a quotation mark that nothing closes', `${HEADER}\n${GOOD}\n"70b3,${KEY}\n1\n2\n`, 'nothing closes it'],
    [
      'Windows-1252',
      Buffer.from(`${HEADER}\n${GOOD.replace('Compteur', 'École')}\n`, 'latin1'),
      "can't be read",
    ],
  ])('is told of %s', async (_what, text, message) => {
    const { problems } = await read(text);
    expect(problems).toMatchObject([{ message: expect.stringContaining(message) }]);
    expect(JSON.stringify(problems)).not.toContain(KEY);
  });

  it('is refused when it is no text of lines', async () => {
    await expect(read('x'.repeat(70_000))).rejects.toMatchObject({ code: 'csv_invalid' });
  });

  it('is refused in UTF-16', async () => {
    await expect(read(Buffer.from(`\uFEFF${HEADER}`, 'utf16le'))).rejects.toMatchObject({
      code: 'csv_invalid',
    });
  });
});
