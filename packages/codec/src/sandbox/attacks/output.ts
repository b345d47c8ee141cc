import { type Attack, HARMLESS, HUNG, MEMORY, TIME, TOO_LARGE } from './attack.ts';

/** Codecs whose answer is the attack. */
export const OUTPUT_ATTACKS: readonly Attack[] = [
  { name: 'an output of 300 KB', body: 'return { data: { t: "x".repeat(300000) } }', comesTo: TOO_LARGE },
  { name: 'an output of 2 MB', body: 'return { data: { t: "x".repeat(2e6) } }', comesTo: TOO_LARGE },
  {
    name: 'an output of 20 MB',
    body: 'return { data: { t: "x".repeat(2e7) } }',
    comesTo: [...TOO_LARGE, ...HUNG],
  },
  {
    name: 'an output of a million fields',
    body: 'return { data: new Uint8Array(1000000) }',
    comesTo: [...TOO_LARGE, ...HUNG, ...MEMORY],
  },
  {
    name: 'a cyclic output',
    body: 'const d = {}; d.d = d; return { data: d }',
    comesTo: ['output_not_json'],
  },
  {
    name: 'a promise',
    source: 'async function decodeUplink() { return { data: {} } }',
    comesTo: ['output_not_json'],
  },
  { name: 'a promise as data', body: 'return { data: Promise.resolve(1) }', comesTo: ['output_not_json'] },
  {
    name: 'promise jobs without end, which are never run',
    body: 'const f = () => Promise.resolve().then(f); f(); return { data: { n: 1 } }',
    comesTo: HARMLESS,
    data: { n: 1 },
  },
  {
    name: 'a proxy that says yes to everything',
    body: 'return { data: new Proxy({}, { get: () => 1, has: () => true, ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }) }',
    comesTo: HARMLESS,
    data: { a: 1 },
  },
  {
    name: 'a proxy that has proxies without end',
    body: 'const p = () => new Proxy({}, { get: (_, k) => (k === "toJSON" ? undefined : p()), ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }); return { data: p() }',
    comesTo: ['output_not_json', 'threw', ...TIME],
  },
  {
    name: 'a revoked proxy',
    body: 'const r = Proxy.revocable({}, {}); r.revoke(); return { data: r.proxy }',
    comesTo: ['threw'],
  },
  {
    name: 'a console flood',
    body: 'for (let i = 0; i < 1000; i++) console.log("x".repeat(5000)); return { data: { n: 1 } }',
    comesTo: HARMLESS,
    data: { n: 1 },
  },
  { name: 'an error of 10 MB', body: 'throw new Error("x".repeat(1e7))', comesTo: ['threw', ...HUNG] },
  { name: 'an error whose message throws', body: 'throw { get message() { throw 1 } }', comesTo: ['threw'] },
  { name: 'a thrown null', body: 'throw null', comesTo: ['threw'] },
  {
    name: 'a thrown proxy',
    body: 'throw new Proxy({}, { get() { throw new Error("no") } })',
    comesTo: ['threw'],
  },
  {
    name: 'an answer forged with quotes',
    body: 'return { data: { t: "\\"},\\"outcome\\":\\"forged\\"" } }',
    comesTo: HARMLESS,
    data: { t: '"},"outcome":"forged"' },
  },
  {
    name: 'a __proto__ of its own',
    body: 'return { data: JSON.parse(\'{"__proto__":{"x":1}}\') }',
    comesTo: HARMLESS,
    data: JSON.parse('{"__proto__":{"x":1}}'),
  },
  {
    name: 'half a surrogate pair and a NUL',
    body: 'return { data: { t: "\\ud800 \\u0000 \\u2028" } }',
    comesTo: HARMLESS,
    data: { t: '\ud800 \u0000 \u2028' },
  },
];
