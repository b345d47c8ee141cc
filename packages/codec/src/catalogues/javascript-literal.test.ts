import { describe, expect, test } from 'vitest';

import { parseJavaScriptLiteral } from './javascript-literal.ts';

describe('what vendors write where JSON was asked for', () => {
  test.each<[string, string, unknown]>([
    [
      'JSON',
      '{"a": [1, -2.5, 3e2, true, false, null, "x\\u00e9\\n"]}',
      { a: [1, -2.5, 300, true, false, null, 'xé\n'] },
    ],
    ['hexadecimal', '[0x1D, 0XfA, -0x10]', [29, 250, -16]],
    ['comments', '[ // one\n 1, /* two\n */ 2 ]', [1, 2]],
    ['a comma at the end', '[{"a": 1,},]', [{ a: 1 }]],
    ['bare and single-quoted names', "{a: 'it\\'s', 'b-c': 2, 3: 4}", { a: "it's", 'b-c': 2, 3: 4 }],
    ['a closing semicolon', '[1];\n', [1]],
    ['a byte order mark', '\uFEFF[1]', [1]],
    ['numbers without a digit on one side', '[.5, 5.]', [0.5, 5]],
    ['NaN and undefined', '[NaN, undefined]', [Number.NaN, undefined]],
  ])('%s', (_what, text, value) => {
    expect(parseJavaScriptLiteral(text)).toMatchObject({ kind: 'parsed', value });
  });

  test('a field named __proto__ is a field and nothing else', () => {
    const parsed = parseJavaScriptLiteral('{"__proto__": {"polluted": true}}');
    expect(parsed.kind === 'parsed' && Object.keys(parsed.value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test.each([
  ['code', '[\n  process.exit(1)\n]', 2, 3],
  ['a call behind the value', '[1]; alert(1)', 1, 6],
  ['a missing colon', '{ "a" 1 }', 1, 7],
  ['a missing comma', '[1 2]', 1, 4],
  ['a text over two lines', '["a\n"]', 1, 4],
  ['nothing', '', 1, 1],
  ['nesting that would overflow the stack', '['.repeat(100_000), 1, 202],
])('refused, with its place: %s', (_what, text, line, column) => {
  expect(parseJavaScriptLiteral(text)).toMatchObject({ kind: 'invalid', line, column });
});

test('each part has a place, and a missing part has its parent’s', () => {
  const parsed = parseJavaScriptLiteral('[\n  { "input": { "bytes": [1] } }\n]');
  if (parsed.kind !== 'parsed') throw new Error(parsed.reason);
  expect(parsed.placeOf([0, 'input', 'bytes'])).toBe('2:25');
  expect(parsed.placeOf([0, 'input', 'fPort'])).toBe('2:14');
});
