import { type Attack, HARMLESS, HUNG, MEMORY, TIME } from './attack.ts';

/** Codecs that take memory, on the heap or on the stack. */
export const MEMORY_ATTACKS: readonly Attack[] = [
  {
    name: 'an allocation bomb',
    body: 'const a = []; for (;;) a.push(new Array(10000).fill(a.length))',
    comesTo: MEMORY,
  },
  { name: 'a fill bomb', body: 'new Array(1e9).fill(1)', comesTo: [...MEMORY, ...HUNG, ...TIME] },
  {
    name: 'typed arrays of 2 GB',
    body: 'return { data: { n: new Uint8Array(2 ** 31 - 1).length } }',
    comesTo: [...MEMORY, 'threw'],
  },
  {
    name: 'typed arrays of 1 MB without end',
    body: 'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(7))',
    comesTo: MEMORY,
  },
  { name: 'a text that doubles', body: 'let s = "x"; for (;;) s += s', comesTo: [...MEMORY, 'threw'] },
  {
    name: 'a text repeated to 1 GB',
    body: 'return { data: { n: "x".repeat(1e9).length } }',
    comesTo: [...MEMORY, 'threw'],
  },
  {
    name: 'a bomb that catches its out of memory and goes on',
    body: 'const a = []; for (;;) { try { for (;;) a.push(new Uint8Array(100000)) } catch (e) {} }',
    comesTo: [...MEMORY, ...TIME, ...HUNG],
  },
  {
    name: 'a hoard in Array.prototype that grows with each call',
    body: 'Array.prototype.hoard = new Uint8Array(40e6).fill(1); return { data: { n: 1 } }',
    comesTo: HARMLESS,
    data: { n: 1 },
  },
  {
    name: 'SharedArrayBuffer of 1 GB',
    body: 'return { data: { n: new SharedArrayBuffer(2 ** 30).byteLength } }',
    comesTo: [...MEMORY, 'threw'],
  },
  { name: 'recursion', body: 'const f = (n) => f(n + 1) + 1; f(0)', comesTo: ['threw'] },
  {
    name: 'recursion that catches its own overflow',
    body: 'const f = () => { try { f() } catch (e) { f() } }; f(); return { data: {} }',
    comesTo: ['threw', ...TIME, ...HUNG],
  },
  {
    name: 'a toString that calls itself',
    body: 'const o = { toString() { return "" + this } }; return { data: { t: "" + o } }',
    comesTo: ['threw', ...MEMORY],
  },
  {
    name: 'a source with 100,000 brackets',
    source: `function decodeUplink() { return ${'['.repeat(100_000)} }`,
    comesTo: ['source_invalid', ...MEMORY],
  },
  {
    name: 'a regular expression with 50,000 groups',
    body: 'return { data: { ok: new RegExp("(".repeat(50000) + ")".repeat(50000)).test("") } }',
    comesTo: ['threw', ...HARMLESS],
  },
  {
    name: 'arrays nested 100,000 deep, parsed from text',
    body: 'return { data: JSON.parse("[".repeat(100000) + "]".repeat(100000)) }',
    comesTo: ['threw', 'output_not_json', ...MEMORY],
  },
  {
    name: 'an output nested 5,000 deep',
    body: 'let d = {}; for (let i = 0; i < 5000; i++) d = { d }; return { data: d }',
    comesTo: ['output_not_json', 'threw', ...TIME, ...HUNG],
  },
  {
    name: 'an output nested 65 deep',
    body: 'let d = {}; for (let i = 0; i < 65; i++) d = { d }; return { data: d }',
    comesTo: ['output_not_json'],
  },
];
