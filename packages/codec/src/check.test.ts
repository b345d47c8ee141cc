import { expect, test } from 'vitest';

import { checkProfile } from './check.ts';
import type { DecodeResult } from './decode.ts';
import { vectorsSchema } from './vectors.ts';

const time = new Date('2026-01-01T00:00:00Z');
const decoded: DecodeResult = {
  outcome: 'decoded',
  data: { t: 21, deep: { a: 1, b: 2 } },
  measurements: [{ quantity: 'temperature', channel: 0, time, value: 21, quality: 'measured' }],
  warnings: [],
  unmapped: [],
};
const refused: DecodeResult = { outcome: 'failed', code: 'decoder_error', reason: 'too short' };

/** The report on one vector, against what a profile makes of it. */
function check(expectation: object, result: DecodeResult) {
  const vectors = vectorsSchema.parse([{ name: 'v', source: 's', fPort: 1, hex: '00', ...expectation }]);
  const { passed, verdicts } = checkProfile({ id: 'acme/probe', vectors, decode: () => result });
  expect(passed).toBe(verdicts[0]?.kind === 'right');
  return verdicts[0];
}

test.each<[string, object, DecodeResult]>([
  ['part of the data', { data: { deep: { a: 1 } } }, decoded],
  ['a field that must be absent', { data: { volume: null } }, decoded],
  ['all the measurements', { measurements: [{ quantity: 'temperature', value: 21 }] }, decoded],
  ['a refusal, by a part of its reason', { refused: 'short' }, refused],
])('right: %s', (_name, expectation, result) => {
  expect(check(expectation, result)).toMatchObject({ kind: 'right' });
});

test.each<[string, object, DecodeResult, object]>([
  ['another value', { data: { deep: { a: 2 } } }, decoded, { place: 'data.deep.a', expected: 2, actual: 1 }],
  [
    'a field that should be absent',
    { data: { t: null } },
    decoded,
    { place: 'data.t', expected: null, actual: 21 },
  ],
  [
    'a measurement that is not expected',
    { measurements: [] },
    decoded,
    { place: 'temperature[0] at 2026-01-01T00:00:00.000Z', expected: undefined, actual: 21 },
  ],
  [
    'a measurement that does not come',
    {
      measurements: [
        { quantity: 'temperature', value: 21 },
        { quantity: 'leak', value: 1 },
      ],
    },
    decoded,
    { place: 'leak[0] at 2026-01-01T00:00:00.000Z', expected: 1, actual: undefined },
  ],
  [
    'a warning that does not come',
    { data: {}, warning: 'odd' },
    decoded,
    { place: 'warning', expected: 'odd', actual: [] },
  ],
  ['another refusal', { refused: 'version' }, refused, { place: 'refused', expected: 'version' }],
  ['a frame that should be refused', { refused: 'short' }, decoded, { place: 'refused', expected: 'short' }],
])('wrong, with the difference: %s', (_name, expectation, result, difference) => {
  expect(check(expectation, result)).toMatchObject({ kind: 'wrong', differences: [difference] });
});

test('refused: a frame that the profile should decode', () => {
  expect(check({ data: {} }, refused)).toMatchObject({
    kind: 'refused',
    code: 'decoder_error',
    reason: 'too short',
  });
});

test('a profile without vectors does not pass, for nothing is proved', () => {
  expect(checkProfile({ id: 'acme/probe', vectors: [], decode: () => decoded }).passed).toBe(false);
});
