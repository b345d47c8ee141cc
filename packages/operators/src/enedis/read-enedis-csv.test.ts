import { describe, expect, test } from 'vitest';

import {
  energyWithin,
  fixture,
  indexes,
  intervals,
  midnight,
  missings,
  readText,
} from '../fixtures/fixture.ts';
import { collectImport } from '../import.ts';
import { readEnedisCsv } from './read-enedis-csv.ts';

const CURVE =
  'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;Pas en minutes';
const curve = (rows: readonly string[], step = '', unit = 'W', business = 'Consommation') =>
  [
    CURVE,
    `09111642617347;Courbe de charge;01/01/2026;02/01/2026;Energie active;${business};Comptage Brut;${unit};${step}`,
    'Horodate;Valeur',
    ...rows,
    '',
  ].join('\n');
const spans = (readings: Parameters<typeof intervals>[0]) =>
  intervals(readings).map(
    ({ from, to, value, unit }) =>
      `${from.toISOString().slice(11, 16)}-${to.toISOString().slice(11, 16)} ${value} ${unit}`,
  );

describe('the load curve of a real Linky', () => {
  test('sums to the golden daily watt-hours of seven days, its stamps being the end of the half hour', async () => {
    const { readings, problems } = await collectImport(readEnedisCsv(fixture('enedis-curve-week.csv')));
    const days = [
      '2022-01-05',
      '2022-01-06',
      '2022-01-07',
      '2022-01-08',
      '2022-01-09',
      '2022-01-10',
      '2022-01-11',
      '2022-01-12',
    ];
    const sums = days
      .slice(0, 7)
      .map((day, at) => energyWithin(readings, midnight(day), midnight(days[at + 1] ?? '')));
    expect(sums).toEqual([20_711, 24_217, 29_256, 29_355, 25_514, 24_020, 23_512]);
    expect(problems).toEqual([]);
  });

  test('has 50 half hours on the last Sunday of October, the double hour twice', async () => {
    const { readings } = await collectImport(readEnedisCsv(fixture('enedis-curve-october.csv')));
    expect(intervals(readings)).toHaveLength(50);
    const doubled = intervals(readings).filter(
      ({ to }) => to.toISOString() >= '2021-10-31T00:00' && to.toISOString() < '2021-10-31T02:00',
    );
    expect(doubled.map(({ to, value }) => [to.toISOString().slice(11, 16), value])).toEqual([
      ['00:00', 192],
      ['00:30', 248],
      ['01:00', 190],
      ['01:30', 184],
    ]);
  });

  test('loses no energy to a guess: a row after a hole whose step nothing attests is missing, with what it states', async () => {
    const { readings } = await collectImport(readEnedisCsv(fixture('enedis-curve-holes.csv')));
    expect(
      missings(readings).map(({ from, to, reason, unplacedPower_W }) => [
        from.toISOString(),
        to.toISOString(),
        reason,
        unplacedPower_W,
      ]),
    ).toEqual([
      ['2021-02-06T21:00:00.000Z', '2021-02-06T23:00:00.000Z', 'step_unknown', 358],
      ['2021-02-11T22:00:00.000Z', '2021-02-12T00:00:00.000Z', 'step_unknown', 1_738],
      ['2021-02-12T11:00:00.000Z', '2021-02-12T23:30:00.000Z', 'step_unknown', 2_688],
    ]);
    expect(intervals(readings).at(-1)).toMatchObject({
      from: new Date('2021-02-13T01:30:00Z'),
      to: new Date('2021-02-13T02:00:00Z'),
    });
  });

  test('on demand infers that row from the rows around it: only the hole is missing then', async () => {
    const { readings } = await collectImport(
      readEnedisCsv(fixture('enedis-curve-holes.csv'), { rowAfterGap: 'infer' }),
    );
    expect(
      missings(readings).map(({ from, to, reason }) => [from.toISOString(), to.toISOString(), reason]),
    ).toEqual([
      ['2021-02-06T21:00:00.000Z', '2021-02-06T22:00:00.000Z', 'no_row'],
      ['2021-02-11T22:00:00.000Z', '2021-02-11T23:00:00.000Z', 'no_row'],
      ['2021-02-12T11:00:00.000Z', '2021-02-12T23:00:00.000Z', 'no_row'],
    ]);
  });
});

describe('the step of a load curve', () => {
  const at = (time: string, value = '600') => `2026-01-01T${time}:00+01:00;${value}`;

  test('is the declared one, and then a row after a hole is trusted', async () => {
    const { readings } = await readText(
      readEnedisCsv,
      curve([at('00:30'), at('01:00'), at('02:00'), at('02:30')], '30'),
      {},
    );
    expect(spans(readings)).toEqual([
      '23:00-23:30 300 Wh',
      '23:30-00:00 300 Wh',
      '00:30-01:00 300 Wh',
      '01:00-01:30 300 Wh',
    ]);
    expect(missings(readings)).toMatchObject([
      { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-01T00:30:00Z'), reason: 'no_row' },
    ]);
  });

  test('becomes finer or coarser in the middle of a file without a hole', async () => {
    const hourly = Array.from({ length: 10 }, (_, hour) => `${String(hour + 1).padStart(2, '0')}:00`);
    const rows = [...hourly, '10:30', '11:00', '11:30', '12:30', '13:30', '14:30', '15:30'].map((time) =>
      at(time),
    );
    const { readings } = await readText(readEnedisCsv, curve(rows), {});
    expect(
      spans(readings)
        .slice(8)
        .map((span) => span.slice(0, 11)),
    ).toEqual([
      '07:00-08:00',
      '08:00-09:00',
      '09:00-09:30',
      '09:30-10:00',
      '10:00-10:30',
      '10:30-11:30',
      '11:30-12:30',
      '12:30-13:30',
      '13:30-14:30',
    ]);
    expect(spans(readings)).toHaveLength(17);
  });

  test('is not guessed at the start of a file, where a hole and a change of step look alike', async () => {
    const text = curve(['01:00', '02:00', '02:30', '03:00'].map((time) => at(time)));
    const { readings } = await readText(readEnedisCsv, text, {});
    expect(readings.map(({ kind }) => kind)).toEqual(['missing', 'missing', 'interval', 'interval']);
  });

  test('of ten minutes is stamped by its start, 00:00 to 23:50, unless the source is set otherwise', async () => {
    const text = curve([at('00:00', '270'), at('00:10', '264'), at('00:20', '264')]);
    expect(spans((await readText(readEnedisCsv, text, {})).readings)[0]).toBe('23:00-23:10 45 Wh');
    expect(spans((await readText(readEnedisCsv, text, { stamps: 'end' })).readings)[0]).toBe(
      '22:50-23:00 45 Wh',
    );
  });

  test('gives exact watt-seconds where there are no whole watt-hours', async () => {
    const { readings } = await readText(readEnedisCsv, curve([at('00:30', '401'), at('01:00', '400')]), {});
    expect(spans(readings)).toEqual(['23:00-23:30 721800 Ws', '23:30-00:00 200 Wh']);
  });

  test('of a single row is not known', async () => {
    const { readings } = await readText(readEnedisCsv, curve([at('00:30')]), {});
    expect(readings).toMatchObject([{ kind: 'missing', reason: 'step_unknown', unplacedPower_W: 600 }]);
  });
});

describe('the indexes of a real Linky', () => {
  test('open the local day of their date, whatever the hour of their stamp', async () => {
    const { readings } = await collectImport(readEnedisCsv(fixture('enedis-index-excerpt.csv')));
    const total = indexes(readings).filter(({ register }) => register === 'EAS T');
    const of = (day: string) =>
      total.filter(({ at }) => at.getTime() === midnight(day).getTime()).map(({ value }) => value);
    expect(of('2021-03-27')).toEqual([3_106_688]);
    expect(of('2021-03-28')).toEqual([]);
    expect(of('2021-03-29')).toEqual([3_166_954]);
    // Two rows of one date, 25 hours apart, with one value and one key.
    expect(of('2021-10-31')).toEqual([7_452_055, 7_452_055]);
    expect(new Set(total.map(({ key }) => key)).size).toBe(total.length - 1);
    const january = [
      '2022-01-05',
      '2022-01-06',
      '2022-01-07',
      '2022-01-08',
      '2022-01-09',
      '2022-01-10',
      '2022-01-11',
      '2022-01-12',
    ].map((day) => of(day)[0] ?? 0);
    expect(january.slice(1).map((value, at) => value - (january[at] ?? 0))).toEqual([
      20_711, 24_217, 29_256, 29_355, 25_514, 24_020, 23_512,
    ]);
  });

  test('name registers, calendars and the daily maximum of power', async () => {
    const { readings, problems } = await collectImport(readEnedisCsv(fixture('enedis-index-excerpt.csv')));
    expect(problems).toEqual([]);
    const first = indexes(readings).filter(({ at }) => at.getTime() === midnight('2021-01-08').getTime());
    expect(first.map(({ register, channel }) => [register, channel])).toEqual([
      ...Array.from({ length: 10 }, (_, at) => [`EAS F${at + 1}`, at + 1]),
      ...Array.from({ length: 4 }, (_, at) => [`EAS D${at + 1}`, at + 101]),
      ['EAS T', 0],
    ]);
    expect(missings(readings)).toMatchObject([
      { of: 'index', from: midnight('2021-01-07'), to: midnight('2021-01-07') },
    ]);
    const facts = readings.filter((reading) => reading.kind === 'fact');
    expect(facts.filter(({ fact }) => fact === 'tariff_calendar')).toMatchObject([
      {
        calendarId: 'FC000165',
        label: 'Base',
        from: midnight('2021-01-08'),
        to: null,
        registers: [{ register: 'EAS F1', classId: 'BASE', label: 'Base' }],
      },
      { calendarId: 'DI000001', registers: [{ register: 'EAS D1', classId: 'BASE', label: 'Base' }] },
    ]);
    expect(facts).toContainEqual(
      expect.objectContaining({
        fact: 'maximum_power',
        day: '2021-03-29',
        at: new Date('2021-03-29T05:34:47Z'),
        value: 6_315,
        unit: 'W',
      }),
    );
  });

  test('of production are exported energy', async () => {
    const text = [
      'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite',
      '09111642617347;Index;01/01/2026;02/01/2026;Energie active;Production;Comptage Corrigé;kWh',
      '',
      'Horodate;Type de releve;EAI T',
      '2026-01-01T23:00:00+01:00;Arrêté quotidien;12,5',
      '2026-01-02T10:00:00+01:00;Relevé spécial;13',
    ].join('\r\n');
    const { readings } = await readText(readEnedisCsv, text, {});
    expect(readings).toMatchObject([
      {
        quantity: 'active_energy_export',
        register: 'EAI T',
        channel: 0,
        value: 12_500,
        at: midnight('2026-01-01'),
        quality: 'final',
      },
      { value: 13_000, at: new Date('2026-01-02T09:00:00Z') },
    ]);
  });
});

describe('a damaged export', () => {
  test('names each bad line with section, line, column, reason and remedy, and reads all others', async () => {
    const rows = [
      '2026-01-01T00:30:00+01:00;600',
      '2026-13-01T01:00:00+01:00;600',
      '2026-01-01T01:30:00+01:00;6oo',
      '2026-01-01T02:00:00+01:00;600',
      '"2026-01-01T02:30:00+01:00;600',
      '2026-01-01T03:00:00+01:00;600',
      '2026-01-01T03:30:00+01:00;600',
    ];
    const { readings, problems } = await readText(readEnedisCsv, curve(rows), { file: 'january.csv' });
    expect(problems).toEqual([
      expect.objectContaining({
        file: 'january.csv',
        section: 'load curve of 09111642617347',
        line: 5,
        column: 'Horodate',
        code: 'stamp_unreadable',
        severity: 'lost',
        remedy: expect.stringContaining('offset'),
      }),
      expect.objectContaining({ line: 6, column: 'Valeur', reason: '"6oo" is no power' }),
      expect.objectContaining({ line: 8, code: 'quote_unmatched' }),
    ]);
    expect(spans(readings).map((span) => span.slice(0, 11))).toEqual([
      '23:00-23:30',
      '00:30-01:00',
      '01:30-02:00',
      '02:00-02:30',
    ]);
    expect(missings(readings).map(({ from, reason }) => [from.toISOString().slice(11, 16), reason])).toEqual([
      ['23:30', 'unreadable'],
      ['00:00', 'unreadable'],
      ['01:00', 'unreadable'],
    ]);
  });

  test('attributes no row to the section before when a section can not be understood', async () => {
    const good = curve(['2026-01-01T00:30:00+01:00;600', '2026-01-01T01:00:00+01:00;600']);
    const text = `${good}${CURVE}\n9111642617347;Courbe de charge;;;Energie active;Consommation;Comptage Brut;W;\nHorodate;Valeur\n2026-01-01T00:30:00+01:00;9\n`;
    const { readings, problems } = await readText(readEnedisCsv, text, {});
    expect(spans(readings)).toHaveLength(2);
    expect(problems).toMatchObject([
      { code: 'section_unknown', column: 'Identifiant PRM', line: 7 },
      { code: 'section_not_read', reason: '1 rows of this section were passed over' },
    ]);
  });

  test('is read when only the line of headings is damaged', async () => {
    const text = curve(['2026-01-01T00:30:00+01:00;600', '2026-01-01T01:00:00+01:00;600']).replace(
      'Identifiant PRM;',
      'Id�',
    );
    expect(spans((await readText(readEnedisCsv, text, {})).readings)).toHaveLength(2);
  });

  test('saved again by a spreadsheet, in Windows-1252 with its accents, is read', async () => {
    const text = curve(['2026-01-01T00:30:00+01:00;600', '2026-01-01T01:00:00+01:00;600'])
      .replace('Type de donnees', 'Type de données')
      .replace('Unite', 'Unité');
    const { readings, problems } = await collectImport(readEnedisCsv([Buffer.from(text, 'latin1')]));
    expect(problems).toEqual([]);
    expect(spans(readings)).toHaveLength(2);
  });

  test('with a line of other bytes, or without an end, costs that line', async () => {
    const bytes = Buffer.concat([
      Buffer.from(curve(['2026-01-01T00:30:00+01:00;600', '2026-01-01T01:00:00+01:00;600'])),
      Buffer.from([0x32, 0xe9, 0x3b, 0x0a]),
      Buffer.from(`2026-01-01T02:00:00+01:00;600\n${'x'.repeat(70_000)}\n2026-01-01T03:00:00+01:00;600`),
    ]);
    const { readings, problems } = await collectImport(readEnedisCsv([bytes]));
    expect(problems).toMatchObject([
      { line: 6, code: 'stamp_unreadable' },
      { line: 8, code: 'line_too_long' },
    ]);
    expect(spans(readings)).toHaveLength(4);
  });
});
