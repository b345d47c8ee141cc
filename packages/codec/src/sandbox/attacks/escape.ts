import { type Attack, HARMLESS } from './attack.ts';

/** Codecs that look for a way out of QuickJS. */
export const ESCAPES: readonly Attack[] = [
  {
    name: 'whatever Node or a browser would offer',
    body: 'const names = ["require", "process", "fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "WebAssembly", "Atomics", "XMLHttpRequest", "Worker", "postMessage", "std", "os", "bjson", "navigator", "Deno", "Buffer2"]; return { data: { found: names.filter((n) => typeof globalThis[n] !== "undefined") } }',
    comesTo: HARMLESS,
    data: { found: [] },
  },
  { name: 'require', body: 'return { data: require("fs").readdirSync("/") }', comesTo: ['threw'] },
  { name: 'process', body: 'return { data: process.env }', comesTo: ['threw'] },
  {
    name: 'the constructor of the constructor',
    body: 'return { data: { p: typeof input.constructor.constructor("return this")().process, r: typeof console.log.constructor("return this")().require } }',
    comesTo: HARMLESS,
    data: { p: 'undefined', r: 'undefined' },
  },
  {
    name: 'the constructor of the time of reception',
    body: 'return { data: input.recvTime.constructor.constructor("return process")().env }',
    comesTo: ['threw'],
  },
  {
    name: 'import(), which answers with a promise that is never settled',
    body: 'import("node:fs").then((m) => { globalThis.fs = m }); return { data: { n: typeof fs } }',
    comesTo: [...HARMLESS, 'threw'],
  },
  {
    name: 'an import statement',
    source: 'import fs from "node:fs"; function decodeUplink() { return { data: {} } }',
    comesTo: ['source_invalid'],
  },
  { name: 'import.meta', body: 'return { data: import.meta.url }', comesTo: ['source_invalid'] },
  {
    name: 'eval, which stays inside',
    body: 'return { data: { n: eval("1 + 1"), p: (0, eval)("typeof process") } }',
    comesTo: HARMLESS,
    data: { n: 2, p: 'undefined' },
  },
  {
    name: 'the callers of the decoder',
    body: 'return { data: { c: typeof decodeUplink.caller } }',
    comesTo: [...HARMLESS, 'threw'],
  },
  {
    name: 'a stack that hands out call sites',
    body: 'Error.prepareStackTrace = (_, sites) => sites; const s = new Error("x").stack; return { data: { f: Array.isArray(s) ? s.map((c) => typeof (c.getFunction && c.getFunction())).length > 0 : false } }',
    comesTo: [...HARMLESS, 'threw'],
  },
  {
    name: 'another wrapper than ours',
    source:
      '}); globalThis.decodeUplink = function () { return { data: { n: typeof process } } }; (function () {',
    comesTo: [...HARMLESS, 'no_decoder'],
  },
];
