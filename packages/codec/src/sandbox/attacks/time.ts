import { type Attack, HUNG, MEMORY, TIME, TOO_LARGE } from './attack.ts';

/** Codecs that do not come back. */
export const TIME_ATTACKS: readonly Attack[] = [
  { name: 'an endless loop', body: 'for (;;) {}', comesTo: TIME },
  { name: 'an endless loop at the top level', source: 'while (true);', comesTo: TIME },
  {
    name: 'an endless loop that closes our wrapper and runs while the source is parsed',
    source: '}); for (;;) {} (function () {',
    comesTo: TIME,
  },
  {
    name: 'an endless loop that catches whatever ends it',
    body: 'for (;;) { try { for (;;) {} } catch (e) {} finally { continue; } }',
    comesTo: TIME,
  },
  {
    name: 'indexOf over 9,007,199,254,740,991 holes, which QuickJS never interrupts',
    body: 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    comesTo: HUNG,
  },
  {
    name: 'includes over the same',
    body: 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)',
    comesTo: HUNG,
  },
  {
    name: 'a join of four thousand million holes',
    body: 'const a = []; a.length = 4294967295; return { data: { text: a.join("") } }',
    comesTo: [...HUNG, ...TIME, ...MEMORY, 'threw'],
  },
  {
    name: 'an output with four thousand million holes',
    body: 'const a = []; a.length = 4294967295; return { data: a }',
    comesTo: [...HUNG, ...MEMORY, ...TOO_LARGE],
  },
  {
    name: 'a sort with a comparator that never agrees with itself',
    body: 'Array.from({ length: 200000 }, (_, i) => i).sort(() => Math.random() - 0.5); for (;;) [3, 2, 1].sort(() => 1)',
    comesTo: TIME,
  },
  {
    name: 'a sort whose comparator grows the array',
    body: 'const a = [3, 2, 1]; a.sort((x, y) => { a.push(x, y); for (;;) {} })',
    comesTo: TIME,
  },
  {
    name: 'a regular expression that backtracks for ever',
    body: 'return { data: { ok: /^(a+)+$/.test("a".repeat(40) + "!") } }',
    comesTo: [...TIME, ...HUNG],
  },
  {
    name: 'a power of BigInts as large as the memory',
    body: 'let n = 3n; for (;;) n = n * n;',
    comesTo: [...TIME, ...MEMORY, ...HUNG, 'threw'],
  },
  {
    name: 'a generator without an end',
    body: 'function* g() { for (;;) yield 1 } for (const x of g()) {}',
    comesTo: TIME,
  },
  {
    name: 'labels that continue each other',
    body: 'outer: for (;;) { inner: for (;;) { continue outer } }',
    comesTo: TIME,
  },
  { name: 'a toJSON that loops', body: 'return { data: { toJSON() { for (;;) {} } } }', comesTo: TIME },
  { name: 'a getter that loops', body: 'return { data: { get t() { for (;;) {} } } }', comesTo: TIME },
  {
    name: 'a proxy that loops when its keys are asked for',
    body: 'return { data: new Proxy({}, { ownKeys() { for (;;) {} } }) }',
    comesTo: TIME,
  },
  {
    name: 'an error whose message loops',
    body: 'throw { name: "x", get message() { for (;;) {} } }',
    comesTo: TIME,
  },
  {
    name: 'a thrown object whose toString loops, which nobody calls',
    body: 'throw { toString() { for (;;) {} } }',
    comesTo: ['threw'],
  },
  {
    name: 'a console line whose text loops',
    body: 'console.log({ toJSON() { for (;;) {} } })',
    comesTo: TIME,
  },
  {
    name: 'Array[Symbol.species] that loops',
    body: 'class A extends Array { static get [Symbol.species]() { for (;;) {} } } new A(1, 2).map((x) => x)',
    comesTo: TIME,
  },
  {
    name: 'an Object.prototype.toJSON that loops in whatever the sandbox writes',
    body: 'Object.prototype.toJSON = function () { for (;;) {} }; return { data: {} }',
    comesTo: TIME,
  },
  {
    name: 'a for-in over a proxy chain without an end',
    body: 'const p = new Proxy({}, { getPrototypeOf: () => p, ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }); for (const k in p) for (;;) {}',
    comesTo: [...TIME, 'threw'],
  },
  {
    name: 'a clock that is waited for',
    body: 'const t = Date.now(); while (Date.now() < t + 1000);',
    comesTo: TIME,
  },
  {
    name: 'decodeURIComponent of a text without an end',
    body: 'let s = "%41"; for (;;) s = encodeURIComponent(s)',
    comesTo: [...TIME, ...MEMORY, ...HUNG],
  },
];
