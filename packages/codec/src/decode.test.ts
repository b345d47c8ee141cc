import { describe, expect, test } from 'vitest';

import { decodeFrame } from './decode.ts';
import { compileMapping } from './mapping.ts';
import { compileReviewedScript } from './reviewed-script.ts';

const receivedAt = new Date('2026-03-01T12:00:00Z');

function decodeWith(body: string, fPort: number | null = 2, fPorts: number[] | 'any' = [2]) {
  const decoder = compileReviewedScript(`function decodeUplink(input) { ${body} }`, 'decoder.js');
  const mapping = compileMapping([{ quantity: 'temperature', field: 't' }]);
  return decodeFrame({ fPorts, decoder, mapping }, { bytes: Uint8Array.of(1, 2), fPort, receivedAt });
}

describe('a frame stays undecoded', () => {
  test.each([
    ['without fPort', 'return {data: {}}', null, 'f_port_missing', 'MAC commands'],
    [
      'on an fPort that the profile does not know',
      'return {data: {}}',
      3,
      'f_port_unknown',
      'fPort 3 is not one of 2',
    ],
    ['when the decoder refuses it', "return {errors: ['no', 'never']}", 2, 'decoder_error', 'no; never'],
    ['when its error is one string', "return {errors: 'no'}", 2, 'decoder_error', 'no'],
    ['when the decoder throws', 'input.nothing.at.all', 2, 'decoder_threw', 'Cannot read properties'],
    ['when the decoder throws a word', "throw 'boom'", 2, 'decoder_threw', 'boom'],
    ['when the decoder returns nothing', '', 2, 'decoder_output_invalid', 'no object'],
    ['when data is missing', 'return {}', 2, 'decoder_output_invalid', 'neither errors nor an object'],
    ['when data is a list', 'return {data: []}', 2, 'decoder_output_invalid', 'neither errors nor an object'],
  ] as const)('%s', (_name, body, fPort, code, reason) => {
    expect(decodeWith(body, fPort)).toEqual({
      outcome: 'failed',
      code,
      reason: expect.stringContaining(reason),
    });
  });
});

test('warnings of the decoder and of the mapping arrive together, and refuse nothing', () => {
  expect(decodeWith("return {data: {t: NaN, x: 1}, warnings: ['odd', 7], errors: []}")).toMatchObject({
    outcome: 'decoded',
    measurements: [],
    warnings: ['odd', '7', 't is NaN, which is not a number'],
    unmapped: ['x'],
  });
});

test('a script gets a plain array, the fPort, the time of reception and its variables, by TS013', () => {
  const body =
    'return {data: {t: 1, ok: Array.isArray(input.bytes) && input.recvTime instanceof Date && !!input.variables}}';
  expect(decodeWith(body, 77, 'any')).toMatchObject({ outcome: 'decoded', data: { ok: true } });
});

test('a script runs sloppy, for public codecs assign to names that they never declared', () => {
  expect(decodeWith('undeclared = 4; return {data: {t: undeclared}}')).toMatchObject({ outcome: 'decoded' });
});
