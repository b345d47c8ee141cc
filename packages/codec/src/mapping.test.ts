import { describe, expect, test } from 'vitest';

import { compileMapping, type MappingEntry } from './mapping.ts';

const RECEIVED_AT = new Date('2026-03-01T12:00:00Z');
const NOON_S = RECEIVED_AT.getTime() / 1000;

/** Measurements as `quantity[channel]@time=value`, time left out when it is the reception's. */
function map(entries: MappingEntry[], data: unknown) {
  const result = compileMapping(entries).apply(data, RECEIVED_AT);
  if (result.outcome === 'refused') return { refused: `${result.code}: ${result.reason}` };
  const measurements = result.measurements.map(({ quantity, channel, time, value }) => {
    const moment = time.getTime() === RECEIVED_AT.getTime() ? '' : `@${time.toISOString()}`;
    return `${quantity}[${channel}]${moment}=${value}`;
  });
  return { measurements, warnings: result.warnings, unmapped: result.unmapped };
}

const volume: MappingEntry = { quantity: 'water_volume', field: 'volume' };

describe('a value', () => {
  test.each<[string, MappingEntry, unknown, string[]]>([
    ['is taken as it is', volume, { volume: 6.054 }, ['water_volume[0]=6.054']],
    ['may lie deep', { ...volume, field: 'a.b.c' }, { a: { b: { c: 1 } } }, ['water_volume[0]=1']],
    ['that is zero is measured', volume, { volume: 0 }, ['water_volume[0]=0']],
    ['that is missing is not measured', volume, {}, []],
    ['that is null is not measured', volume, { volume: null }, []],
    ['under a missing parent is not measured', { ...volume, field: 'a.b' }, { a: null }, []],
    ['written as text is read', volume, { volume: '12.300' }, ['water_volume[0]=12.3']],
    ['in litres becomes m3, exactly', { ...volume, unit: 'L' }, { volume: 6054 }, ['water_volume[0]=6.054']],
    ['in dm3 as well', { ...volume, unit: 'dm3' }, { volume: 6054 }, ['water_volume[0]=6.054']],
    [
      'in W.h becomes kW.h',
      { quantity: 'active_energy_import', field: 'e', unit: 'W.h' },
      { e: 12345678 },
      ['active_energy_import[0]=12345.678'],
    ],
    [
      'in mV becomes V',
      { quantity: 'battery_voltage', field: 'b', unit: 'mV' },
      { b: 3301 },
      ['battery_voltage[0]=3.301'],
    ],
    [
      'in minutes becomes h',
      { quantity: 'operating_hours', field: 'm', unit: 'min' },
      { m: 90 },
      ['operating_hours[0]=1.5'],
    ],
    [
      'is scaled without dust behind the comma',
      { quantity: 'voltage', field: 'v', scale: 0.1 },
      { v: 2301 },
      ['voltage[0]=230.1'],
    ],
    [
      'is scaled, then converted',
      { ...volume, unit: 'L', scale: 10 },
      { volume: 605 },
      ['water_volume[0]=6.05'],
    ],
    ['that is a flag becomes 1', { quantity: 'leak', field: 'leak' }, { leak: true }, ['leak[0]=1']],
    ['that is a flag becomes 0', { quantity: 'leak', field: 'leak' }, { leak: false }, ['leak[0]=0']],
    ['may stand on a fixed channel', { ...volume, channel: 3 }, { volume: 1 }, ['water_volume[3]=1']],
    [
      'may name its channel',
      { ...volume, channel: { field: 'ch' } },
      { volume: 1, ch: 7 },
      ['water_volume[7]=1'],
    ],
    ['cannot reach into JavaScript', { ...volume, field: 'constructor.length' }, {}, []],
  ])('%s', (_name, entry, data, expected) => {
    expect(map([entry], data)).toMatchObject({ measurements: expected, warnings: [] });
  });

  test.each<[string, MappingEntry, unknown, string]>([
    ['NaN', volume, { volume: Number.NaN }, 'volume is NaN, which is not a number'],
    ['Infinity', volume, { volume: Number.POSITIVE_INFINITY }, 'volume is Infinity, which is not a number'],
    ['a word', volume, { volume: 'n/a' }, 'volume is n/a, which is not a number'],
    ['an object', volume, { volume: {} }, 'volume is object, which is not a number'],
    ['a truth value for a number', volume, { volume: true }, 'volume is true, which is not a number'],
    ['a number for a flag', { quantity: 'leak', field: 'l' }, { l: 2 }, 'l is 2, which is not a flag'],
    [
      'a channel that is none',
      { ...volume, channel: { field: 'ch' } },
      { volume: 1 },
      'channel is undefined',
    ],
    [
      'a channel that is a serial number',
      { ...volume, channel: { field: 'ch' } },
      { volume: 1, ch: 32_768 },
      'channel is 32768, and the highest is 32767',
    ],
  ])('that is %s gives a warning and no measurement', (_name, entry, data, warning) => {
    expect(map([entry], data)).toMatchObject({
      measurements: [],
      warnings: [expect.stringContaining(warning)],
    });
  });
});

describe('a time', () => {
  const dated: MappingEntry = { ...volume, time: 'time' };

  test.each<[string, unknown, string]>([
    ['epoch seconds', NOON_S - 3600, '@2026-03-01T11:00:00.000Z'],
    ['ISO 8601 with Z', '2026-03-01T11:00:00Z', '@2026-03-01T11:00:00.000Z'],
    ['ISO 8601 with an offset', '2026-03-01T12:00:00+01:00', '@2026-03-01T11:00:00.000Z'],
    [
      'ISO 8601 without zone, which is UTC wherever this runs',
      '2026-03-01T11:00:00',
      '@2026-03-01T11:00:00.000Z',
    ],
    ['that is absent: the reception', undefined, ''],
    ['24 h ahead: a clock in another time zone', NOON_S + 86400, '@2026-03-02T12:00:00.000Z'],
  ])('%s', (_name, time, expected) => {
    expect(map([dated], { volume: 1, time })).toMatchObject({
      measurements: [`water_volume[0]${expected}=1`],
    });
  });

  test.each<[string, unknown, string]>([
    ['25 h ahead', NOON_S + 25 * 3600 + 1, 'more than 25 h after'],
    ['of a clock never set', 0, 'more than 10 years before'],
    ['in milliseconds', NOON_S * 1000, 'more than 25 h after'],
    ['beyond any date', 1e300, 'is no time'],
    ['that is a word', 'yesterday', 'time is yesterday, which is no time'],
  ])('%s refuses the whole frame', (_name, time, reason) => {
    const result = map([{ quantity: 'leak', field: 'leak' }, dated], { leak: true, volume: 1, time });
    expect(result).toEqual({ refused: expect.stringContaining(reason) });
    expect(result.refused).toMatch(/^device_time_implausible/);
  });
});

describe('a history', () => {
  const each: MappingEntry = { ...volume, each: 'history', time: 't' };

  test('gives one measurement a sample, at the time of each', () => {
    const history = [
      { t: NOON_S - 7200, volume: 1 },
      { t: NOON_S - 3600, volume: 2 },
    ];
    expect(map([each], { history })).toEqual({
      measurements: [
        'water_volume[0]@2026-03-01T10:00:00.000Z=1',
        'water_volume[0]@2026-03-01T11:00:00.000Z=2',
      ],
      warnings: [],
      unmapped: [],
    });
  });

  test('that nothing dates gives a warning, not readings at the time of the reception', () => {
    expect(map([each], { history: [{ volume: 1 }, { volume: 2 }] })).toMatchObject({
      measurements: [],
      warnings: ['history[].volume: 2 samples carry no time, so they are not measurements'],
    });
  });

  test('that is not a list gives a warning', () => {
    expect(map([each], { history: 3 })).toMatchObject({ warnings: ['history is not an array of samples'] });
  });
});

describe('one moment of one channel', () => {
  const both: MappingEntry[] = [volume, { ...volume, field: 'index' }];

  test('told twice alike is one measurement', () => {
    expect(map(both, { volume: 5, index: 5 })).toMatchObject({
      measurements: ['water_volume[0]=5'],
      warnings: [],
    });
  });

  test('told twice differently keeps the last of the mapping, and says so', () => {
    expect(map(both, { volume: 5, index: 6 })).toMatchObject({
      measurements: ['water_volume[0]=6'],
      warnings: [expect.stringContaining('given twice, 5 and 6')],
    });
  });

  test('may hold several channels and quantities', () => {
    const entries: MappingEntry[] = [
      volume,
      { ...volume, channel: 1 },
      { quantity: 'gas_volume', field: 'volume' },
    ];
    expect(map(entries, { volume: 1 }).measurements).toHaveLength(3);
  });
});

test('what no line reads is listed once, by path', () => {
  const data = {
    volume: 1,
    label: 'x',
    status: { a: 1, b: 2 },
    history: [
      { t: 1, d: 2 },
      { t: 2, d: 3 },
    ],
  };
  const entries: MappingEntry[] = [
    volume,
    { quantity: 'leak', field: 'status.a' },
    { ...volume, each: 'history', field: 'v', time: 't' },
  ];
  expect(map(entries, data)).toMatchObject({ unmapped: ['label', 'status.b', 'history[].d'] });
});

test('a decoder that claims more readings than a payload can hold is refused', () => {
  const samples = Array.from({ length: 3000 }, (_, channel) => ({ channel, v: 1 }));
  const entry: MappingEntry = {
    quantity: 'temperature',
    each: 's',
    field: 'v',
    channel: { field: 'channel' },
  };
  expect(map([entry], { s: samples })).toEqual({
    refused: 'decoder_output_invalid: more than 2000 measurements in one frame',
  });
});
