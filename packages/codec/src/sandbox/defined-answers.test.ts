import { afterAll, describe, expect, test } from 'vitest';

import { codecOf, type SandboxCall, type SandboxResult } from './call.ts';
import { createSandbox } from './sandbox.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.stop());

const input = { bytes: [1], fPort: 1, recvTime: new Date('2026-03-01T12:00:00Z'), variables: {} };

async function run(source: string): Promise<SandboxResult | undefined> {
  const call: SandboxCall = { codec: codecOf(source), kind: 'decodeUplink', input };
  return (await sandbox.run([call]))[0];
}

describe('what JSON cannot hold has an answer, and where it changed a value, a warning with the path', () => {
  test.each([
    [
      'NaN',
      '{ a: { flow: NaN } }',
      { a: { flow: null } },
      ['data.a.flow is NaN, for which JSON has no word: null'],
    ],
    [
      'Infinity in a list',
      '[1, -Infinity]',
      [1, null],
      ['data[1] is -Infinity, for which JSON has no word: null'],
    ],
    ['an undefined field', '{ a: undefined, b: 1 }', { b: 1 }, []],
    ['an undefined member', '[undefined, 1]', [null, 1], []],
    ['a function and a symbol', '{ f() {}, s: Symbol("x"), b: 1 }', { b: 1 }, []],
    ['a BigInt that is safe', '{ n: 5n }', { n: 5 }, ['data.n is a BigInt: a number']],
    [
      'a BigInt that is not',
      '{ n: 2n ** 64n }',
      { n: '18446744073709551616' },
      ['data.n is a BigInt beyond the safe integers: a decimal string'],
    ],
    ['a date', '{ t: new Date(0) }', { t: '1970-01-01T00:00:00.000Z' }, []],
    ['an invalid date', '{ t: new Date("soon") }', { t: null }, ['data.t is an invalid date: null']],
    ['a typed array', '{ b: new Uint16Array([1, 2]) }', { b: [1, 2] }, []],
    [
      'a typed array of floats',
      '{ b: new Float32Array([NaN]) }',
      { b: [null] },
      ['data.b[0] is NaN, for which JSON has no word: null'],
    ],
    [
      'an ArrayBuffer and a DataView',
      '{ a: new Uint8Array([7]).buffer, v: new DataView(new ArrayBuffer(1)) }',
      { a: [7], v: [0] },
      [],
    ],
    ['a Buffer', '{ b: Buffer.from("0102", "hex") }', { b: [1, 2] }, []],
    [
      'a Map and a Set',
      '{ m: new Map([["a", 1], [2, NaN]]), s: new Set([1, 1, 2]) }',
      { m: { a: 1, 2: null }, s: [1, 2] },
      ['data.m.2 is NaN, for which JSON has no word: null'],
    ],
    [
      'boxed values',
      '{ n: new Number(1), s: new String("x"), b: new Boolean(false), z: null }',
      { n: 1, s: 'x', b: false, z: null },
      [],
    ],
    ['minus zero', '{ z: -0, n: null }', { z: 0, n: null }, []],
    [
      'the same object twice, which is no cycle',
      '(o => ({ a: o, b: o, n: null }))({ x: 1 })',
      { a: { x: 1 }, b: { x: 1 }, n: null },
      [],
    ],
    [
      'a toJSON beside a NaN',
      '{ t: { toJSON: () => 5 }, x: NaN }',
      { t: 5, x: null },
      ['data.x is NaN, for which JSON has no word: null'],
    ],
  ])('%s', async (_what, expression, data, warnings) => {
    const source = `function decodeUplink(input) { return { data: ${expression} } }`;
    expect(await run(source)).toMatchObject({ outcome: 'returned', output: { data }, warnings });
  });
});

describe('an output that is no object is handed on, for interpretOutput refuses it in its own words', () => {
  test.each([
    ['nothing', 'function decodeUplink() {}', null],
    ['a number', 'function decodeUplink() { return 5 }', 5],
    ['NaN', 'function decodeUplink() { return NaN }', null],
    ['a function', 'function decodeUplink() { return decodeUplink }', null],
    ['a number of a legacy decoder', 'function Decoder() { return 5 }', { data: 5 }],
  ])('%s', async (_what, source, output) => {
    expect(await run(source)).toMatchObject({ outcome: 'returned', output });
  });
});

test('a console is cut at 50 lines of 500 characters', async () => {
  const source =
    'function decodeUplink() { for (let i = 0; i < 60; i++) console.log(i, "x".repeat(600)); return {} }';
  const result = await run(source);
  expect(result?.console).toHaveLength(50);
  expect(result?.console[49]).toBe(`49 ${'x'.repeat(497)}`);
});

test('an input that is no JSON, or is too large, is refused before it goes anywhere', async () => {
  const codec = codecOf('function normalizeUplink(i) { return i }');
  const results = await sandbox.run([
    { codec, kind: 'normalizeUplink', input: { data: 5n } },
    { codec, kind: 'normalizeUplink', input: { data: 'x'.repeat(600_000) } },
  ]);
  expect(results).toMatchObject([{ code: 'input_invalid' }, { code: 'input_invalid' }]);
});

test('a source of more than a megabyte is refused', async () => {
  expect(await run(`// ${'x'.repeat(1024 * 1024)}`)).toMatchObject({ code: 'source_invalid' });
});
