import { afterAll, describe, expect, test } from 'vitest';

import { type Codec, codecOf, type SandboxResult } from './call.ts';
import { createSandbox } from './sandbox.ts';
import { sandboxedDecoder } from './sandboxed-decoder.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.stop());

const recvTime = new Date('2026-03-01T12:34:56.789Z');
const input = { bytes: [0x01, 0x02, 0xff, 0x80], fPort: 7, recvTime, variables: { height: '3' } };

async function decode(codec: Codec): Promise<SandboxResult> {
  const [result] = await sandbox.run([{ codec, kind: 'decodeUplink', input }]);
  if (result === undefined) throw new Error('a call without a result');
  return result;
}

async function outputOf(source: string): Promise<unknown> {
  const result = await decode(codecOf(source));
  return result.outcome === 'returned' ? result.output : result;
}

describe('the forms that public codecs have', () => {
  test.each([
    ['TS013', 'function decodeUplink(input) { return { data: { p: input.fPort } } }'],
    ['TS013 as a constant', 'const decodeUplink = (input) => ({ data: { p: input.fPort } });'],
    [
      'TS013 in strict mode',
      '"use strict"; function decodeUplink(input) { return { data: { p: input.fPort } } }',
    ],
    ['The Things Network v2', 'function Decoder(bytes, port) { return { p: port } }'],
    ['ChirpStack v3', 'function Decode(fPort, bytes, variables) { return { p: fPort } }'],
    [
      'both, where TS013 wins',
      'function Decoder() { return {} } function decodeUplink(i) { return { data: { p: i.fPort } } }',
    ],
    [
      'CommonJS with a list of its exports',
      'function decodeUplink(i) { return { data: { p: i.fPort } } }\nmodule.exports = { decodeUplink };',
    ],
    [
      'a script whose functions call each other through this',
      'function decodeUplink(i) { return { data: this.portOf(i) } }\nfunction portOf(i) { return { p: i.fPort } }',
    ],
    [
      'a bundle that leaves an object named driver',
      'var driver = { decodeUplink: (i) => ({ data: { p: i.fPort } }) };',
    ],
    ['CommonJS that declares nothing', 'exports.decodeUplink = (i) => ({ data: { p: i.fPort } });'],
    [
      'CommonJS as one object',
      'module.exports = { decodeUplink: function (i) { return { data: { p: i.fPort } } } }',
    ],
    ['a name that was never declared', 'decodeUplink = function (i) { return { data: { p: i.fPort } } }'],
    [
      'a last line that is a comment',
      'function decodeUplink(i) { return { data: { p: i.fPort } } } // the end',
    ],
  ])('%s', async (_form, source) => {
    expect(await outputOf(source)).toEqual({ data: { p: 7 } });
  });

  test('a downlink is encoded by TS013 and by both legacy forms', async () => {
    const sources = [
      'function encodeDownlink(input) { return { bytes: [input.data.on], fPort: 9, warnings: [] } }',
      'function Encoder(data, port) { return [data.on, port] }',
      'function Encode(fPort, data, variables) { return [data.on, fPort] }',
    ];
    const results = await sandbox.run(
      sources.map((source) => ({
        codec: codecOf(source),
        kind: 'encodeDownlink',
        input: { data: { on: 1 }, fPort: 5 },
      })),
    );
    expect(results.map((result) => result.outcome === 'returned' && result.output)).toEqual([
      { bytes: [1], fPort: 9, warnings: [] },
      { bytes: [1, 5], fPort: 5 },
      { bytes: [1, 5], fPort: 5 },
    ]);
  });

  test('normalizeUplink and decodeDownlink are run; a codec without them is refused', async () => {
    const codec = codecOf(
      'function normalizeUplink(i) { return { data: { air: { temperature: i.data.t } } } } function decodeDownlink(i) { return { data: { n: i.bytes.length } } }',
    );
    const results = await sandbox.run([
      { codec, kind: 'normalizeUplink', input: { data: { t: 21 } } },
      { codec, kind: 'decodeDownlink', input },
      { codec, kind: 'decodeUplink', input },
    ]);
    expect(results).toMatchObject([
      { outcome: 'returned', output: { data: { air: { temperature: 21 } } } },
      { outcome: 'returned', output: { data: { n: 4 } } },
      { outcome: 'refused', code: 'no_decoder', reason: 'the codec declares no function decodeUplink' },
    ]);
  });
});

describe('what public codecs rely on', () => {
  test.each([
    [
      'a plain array of bytes, a Date and the variables',
      'Array.isArray(input.bytes) && input.recvTime instanceof Date && input.variables.height === "3"',
      true,
    ],
    ['a clock that stands at the time of reception', 'new Date().toISOString()', '2026-03-01T12:34:56.789Z'],
    [
      'UTC, wherever this runs',
      '[new Date(2026, 6, 1, 12).toISOString(), new Date().getHours(), new Date().getTimezoneOffset()]',
      ['2026-07-01T12:00:00.000Z', 12, 0],
    ],
    ['toLocaleString', '[typeof new Date().toLocaleString(), (1.5).toLocaleString()]', ['string', '1.5']],
    ['BigInt arithmetic', 'Number((BigInt(input.bytes[0]) << 8n) | BigInt(input.bytes[1]))', 258],
    [
      'BigInt with a toJSON of its own',
      '(BigInt.prototype.toJSON = function () { return String(this) }, 5n)',
      '5',
    ],
    ['sloppy mode: names never declared', '(undeclared = 4, undeclared)', 4],
    ['typed arrays and DataView', 'new DataView(new Uint8Array(input.bytes).buffer).getInt16(2)', -128],
    ['Buffer in hex', 'Buffer.from(input.bytes).toString("hex")', '0102ff80'],
    [
      'Buffer in base64, both ways',
      '[Buffer.from(input.bytes).toString("base64"), Buffer.from("AQL/gA==", "base64")[2]]',
      ['AQL/gA==', 255],
    ],
    [
      'Buffer in UTF-8',
      '[Buffer.from("é€😀").length, Buffer.from("c3a9e282acf09f9880", "hex").toString()]',
      [9, 'é€😀'],
    ],
    ['Buffer in ASCII', 'Buffer.from([0x41, 0xc2]).toString("ascii")', 'AB'],
    [
      'Buffer that reads integers',
      '(b => [b.readUInt8(2), b.readInt8(2), b.readUInt16BE(0), b.readInt16LE(2), b.readUInt32LE(0), b.readInt32BE(0), b.readUIntBE(0, 3), b.readIntLE(1, 3)])(Buffer.from(input.bytes))',
      [255, -1, 258, -32513, 2164195841, 16973696, 66303, -8323326],
    ],
    [
      'Buffer that reads floats',
      '(b => [b.readFloatBE(0), b.readDoubleLE(4)])(Buffer.from("3fc00000000000000000f83f", "hex"))',
      [1.5, 1.5],
    ],
    [
      'Buffer.slice, which shares memory as in Node',
      '(b => { b.slice(1, 3)[0] = 9; return [b[1], b.slice(-1).length, b.subarray(1).length] })(Buffer.from(input.bytes))',
      [9, 1, 3],
    ],
    ['new Buffer(bytes), as of old', 'new Buffer(input.bytes).length', 4],
  ])('%s', async (_what, expression, expected) => {
    expect(await outputOf(`function decodeUplink(input) { return { data: ${expression} } }`)).toEqual({
      data: expected,
    });
  });

  test('a Buffer read past its end throws, as in Node', async () => {
    const source = 'function decodeUplink(i) {\n  return { data: Buffer.from(i.bytes).readUInt32BE(2) }\n}';
    expect(await decode(codecOf(source))).toMatchObject({
      outcome: 'threw',
      message: expect.stringContaining('RangeError'),
    });
  });

  test('Buffer exists only where the source names it, as it does on one network server of two', async () => {
    const source = 'function decodeUplink() { return { data: { b: typeof globalThis["Buf" + "fer"] } } }';
    expect(await outputOf(source)).toEqual({ data: { b: 'undefined' } });
  });

  test('variables at the top level are fresh in each call, as on a network server', async () => {
    const codec = codecOf(
      'var seen = []; function decodeUplink(i) { seen.push(i.fPort); leaked = (typeof leaked === "undefined" ? 0 : leaked) + 1; return { data: { seen, leaked } } }',
    );
    const again = { codec, kind: 'decodeUplink', input } as const;
    const results = await sandbox.run([again, again, again]);
    for (const result of results) {
      expect(result).toMatchObject({ outcome: 'returned', output: { data: { seen: [7], leaked: 1 } } });
    }
  });
});

describe('for the person who debugs a codec', () => {
  test('an exception comes in its own words, with the line and what was on the console before it', async () => {
    const source =
      'function decodeUplink(input) {\n  console.log("bytes", input.bytes, { a: 1 });\n  return input.nothing.at.all;\n}';
    expect(await decode(codecOf(source))).toMatchObject({
      outcome: 'threw',
      message: "TypeError: cannot read property 'at' of undefined (line 3)",
      console: ['bytes [1,2,255,128] {"a":1}'],
    });
  });

  test('a source that does not parse is refused, with the line', async () => {
    expect(await decode(codecOf('function decodeUplink(input) {\n\n  return 1 +* 2;\n}'))).toMatchObject({
      outcome: 'refused',
      code: 'source_invalid',
      reason: expect.stringMatching(/^SyntaxError: .*\(line 3\)$/),
    });
  });

  test('a codec that is interrupted leaves its console behind', async () => {
    const source = 'function decodeUplink() { console.log("here"); for (;;) {} }';
    expect(await decode(codecOf(source))).toMatchObject({ code: 'time_limit', console: ['here'] });
  });
});

test('a sandboxed decoder answers in order, and its failures say why', async () => {
  const source =
    'function decodeUplink(i) { if (i.fPort === 0) throw new Error("no such port"); return { data: { p: i.fPort / (i.fPort - 1) }, warnings: ["odd"] } }';
  const decoder = sandboxedDecoder(sandbox, codecOf(source));
  expect(
    await decoder.decodeUplink([
      { ...input, fPort: 2 },
      { ...input, fPort: 1 },
      { ...input, fPort: 0 },
    ]),
  ).toEqual([
    { outcome: 'output', output: { data: { p: 2 }, warnings: ['odd'] } },
    {
      outcome: 'output',
      output: {
        data: { p: null },
        warnings: ['odd', 'data.p is Infinity, for which JSON has no word: null'],
      },
    },
    { outcome: 'failed', code: 'decoder_threw', reason: 'Error: no such port (line 1)' },
  ]);
});
