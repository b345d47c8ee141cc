import { afterAll, describe, expect, test } from 'vitest';

import { createSandbox } from '../sandbox/sandbox.ts';
import type { CatalogueCodec, CatalogueExample } from './catalogue-codec.ts';
import { CHIRPSTACK, layOut, THE_THINGS_NETWORK, TS013_PACKAGE } from './catalogue-fixtures.ts';
import { checkCatalogue } from './check-catalogue.ts';
import { compareNormalized, compareOutput } from './compare-output.ts';
import { readCatalogue } from './read-catalogue.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.stop());

test.each([
  ['The Things Network', THE_THINGS_NETWORK, 4],
  ['ChirpStack', CHIRPSTACK, 2],
  ['TS013', TS013_PACKAGE, 2],
])('every example of a sound catalogue is right: %s', async (_name, tree, right) => {
  const report = await checkCatalogue(readCatalogue(await layOut(tree)), sandbox);
  expect(report).toMatchObject({ right, wrong: 0, refused: 0, problems: [] });
});

function codec(id: string, source: string, ...examples: CatalogueExample[]): CatalogueCodec {
  const identity = { vendor: 'Acme', devices: [], file: `${id}.js`, decodes: true } as const;
  return { kind: 'codec', catalogue: 'chirpstack', id, source, examples, ...identity };
}

function uplink(description: string, bytes: readonly number[], expected: unknown): CatalogueExample {
  return { kind: 'decodeUplink', description, input: { bytes, fPort: 1 }, expected };
}

test('each example is right, wrong or refused, and says which and why', async () => {
  const first =
    'function decodeUplink(i) { if (!i.bytes.length) throw new Error("empty"); return { data: { a: i.bytes[0] } }; }';
  const progress: number[] = [];
  const report = await checkCatalogue(
    [
      codec(
        'acme/probe',
        first,
        uplink('one', [1], { data: { a: 1 } }),
        uplink('two', [2], { data: { a: 3 } }),
        uplink('none', [], {}),
      ),
      { kind: 'problem', place: 'acme/x.yaml:1:1', reason: 'broken' },
      codec('acme/loop', 'function decodeUplink() { for (;;); }', uplink('forever', [1], {})),
      codec('acme/mute', 'function nothing() {}', uplink('mute', [1], {})),
    ],
    sandbox,
    ({ examples }) => progress.push(examples),
  );
  expect(report).toMatchObject({ right: 1, wrong: 1, refused: 3, problems: [{ place: 'acme/x.yaml:1:1' }] });
  expect(report.codecs).toMatchObject([
    {
      id: 'acme/probe',
      right: 1,
      wrong: 1,
      refused: 1,
      differences: [{ example: 'two', function: 'decodeUplink', place: 'data.a', expected: 3, actual: 2 }],
      refusals: [{ example: 'none', code: 'decoder_threw', reason: expect.stringContaining('empty') }],
    },
    { id: 'acme/loop', refusals: [{ code: 'time_limit' }] },
    { id: 'acme/mute', refusals: [{ code: 'no_decoder' }] },
  ]);
  expect(progress.at(-1)).toBe(5);
});

test('an encoder gets the whole input, and a decoder no time that the example does not have', async () => {
  const source = `
    function encodeDownlink(input) { return { bytes: [input.command], fPort: 1 }; }
    function decodeUplink(input) { return { data: { time: input.recvTime === undefined ? 'none' : 'some' } }; }`;
  const report = await checkCatalogue(
    [
      codec(
        'acme/odd',
        source,
        {
          kind: 'encodeDownlink',
          description: 'beside data',
          input: { data: {}, command: 7 },
          expected: { bytes: [7], fPort: 1 },
        },
        uplink('no time', [1], { data: { time: 'none' } }),
      ),
    ],
    sandbox,
  );
  expect(report).toMatchObject({ right: 2, wrong: 0, refused: 0 });
});

describe('the same output', () => {
  test.each<[string, unknown, unknown]>([
    ['fields in another order', { data: { a: 1, b: 2 } }, { data: { b: 2, a: 1 } }],
    ['-0 and 0', { data: { a: 0 } }, { data: { a: -0 } }],
    ['undefined and absent', { data: {} }, { data: { a: undefined } }],
    ['null, as The Things Stack writes undefined', { data: { a: null } }, { data: {} }],
    [
      'a date and its text',
      { data: { t: '2026-01-01T00:00:00.000Z' } },
      { data: { t: new Date('2026-01-01Z') } },
    ],
    ['no warnings and an empty list of them', { data: {} }, { data: {}, warnings: [], errors: [] }],
  ])('%s', (_what, expected, actual) => {
    expect(compareOutput(expected, actual)).toEqual([]);
  });
});

describe('another output', () => {
  test.each<[string, unknown, unknown, string]>([
    ['a last digit', { data: { a: 0.3 } }, { data: { a: 0.30000000000000004 } }, 'data.a'],
    ['a number and its text', { data: { a: 1 } }, { data: { a: '1' } }, 'data.a'],
    ['one field more', { data: {} }, { data: { a: 1 } }, 'data.a'],
    ['a shorter list', { bytes: [1, 2] }, { bytes: [1] }, 'bytes[1]'],
    ['a value where nothing was expected', { data: { a: null } }, { data: { a: 0 } }, 'data.a'],
    ['another error', { errors: ['x'] }, { errors: ['y'] }, 'errors[0]'],
    ['an error where data was expected', { data: {} }, { errors: ['y'] }, 'data'],
    ['nothing at all', { data: {} }, undefined, 'output'],
    ['a field that every object has', { data: { constructor: 1 } }, { data: {} }, 'data.constructor'],
  ])('%s', (_what, expected, actual, place) => {
    expect(compareOutput(expected, actual).map((difference) => difference.place)).toContain(place);
  });

  test('a normalized record alone stands for a list of one', () => {
    expect(compareNormalized({ data: [{ a: 1 }] }, { data: { a: 1 } })).toEqual([]);
    expect(compareNormalized({ data: [{ a: 1 }] }, { data: { a: 2 } })).toMatchObject([
      { place: 'data[0].a' },
    ]);
  });
});
