import { readFileSync } from 'node:fs';

import {
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core';

import { type CallKind, type Refusal, refusal } from './call.ts';
import { isDeeperThan } from './json-depth.ts';
import type { SandboxLimits } from './limits.ts';

/** What a call came to, and how much of the guest can be used again after it. */
export interface GuestAnswer {
  /** A SandboxResult as JSON, without its duration. */
  readonly text: string;
  readonly keep: 'context' | 'machine' | 'nothing';
  /** The codec threw in a context that had served other calls: perhaps because of what they left in it. */
  readonly worthRetrying?: boolean;
}

const HARNESS = guestSource('harness');
const DEFINED_JSON = guestSource('defined-json');
const BUFFER = guestSource('buffer');

const DECLARED = ['decodeUplink', 'normalizeUplink', 'encodeDownlink', 'decodeDownlink']
  .concat(['Decoder', 'Decode', 'Encoder', 'Encode'])
  .map((name) => `${name}: typeof ${name} === 'function' ? ${name} : undefined`)
  // Bundles of Actility's catalogue put the four functions into one object of this name.
  .concat(["driver: typeof driver === 'object' && driver ? driver : undefined"])
  .join(', ');

/**
 * On a network server a script's functions are properties of the global object, and some codecs call
 * them as `this.name()`. Here the source is a function's body, so those that it may mean are handed out.
 */
function globalsOf(source: string): string {
  if (!/\bthis\s*\./.test(source)) return 'undefined';
  const names = new Set(
    [...source.matchAll(/^function\s+([A-Za-z_$][\w$]*)\s*\(/gm)].map(([, name]) => name),
  );
  return `{ ${[...names].map((name) => `${name}: typeof ${name} === 'function' ? ${name} : undefined`).join(', ')} }`;
}

/** For fetching the console's lines after an interruption. */
const AFTERWARDS_MS = 10;

/**
 * One codec in a QuickJS runtime of its own: no other codec's objects, symbols, jobs or prototypes are
 * in reach. Promise jobs are never run; a context that has some is spent.
 */
export class GuestContext {
  readonly #scope = new Scope();
  readonly #context: QuickJSContext;
  readonly #source: string;
  readonly #limits: SandboxLimits;
  readonly #harness: QuickJSHandle;
  /** The codec as one function, from the first call on. */
  #make: QuickJSHandle | undefined;
  #invalid: GuestAnswer | undefined;
  readonly #entries = new Map<CallKind, QuickJSHandle>();
  #calls = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #interrupted = false;

  constructor(module: QuickJSWASMModule, source: string, limits: SandboxLimits) {
    this.#source = source;
    this.#limits = limits;
    const runtime = this.#scope.manage(module.newRuntime());
    runtime.setInterruptHandler(() => {
      if (performance.now() < this.#deadlineMs) return false;
      this.#interrupted = true;
      return true;
    });
    this.#context = this.#scope.manage(runtime.newContext());
    const { maxOutputChars, maxOutputDepth, maxConsoleLines, maxConsoleLineChars } = limits;
    const textOf = this.#install(DEFINED_JSON, this.#numbers(maxOutputChars, maxOutputDepth));
    const caps = this.#numbers(maxConsoleLines, maxConsoleLineChars);
    this.#harness = this.#install(HARNESS, [textOf, ...caps]);
    if (/\bBuffer\b/.test(source)) this.#install(BUFFER, []);
  }

  /** @throws whatever WASM throws when its stack or memory gives way: the machine is lost then. */
  call(kind: CallKind, inputText: string): GuestAnswer {
    this.#deadlineMs = performance.now() + this.#limits.timeLimitMs;
    this.#interrupted = false;
    this.#calls += 1;
    this.#invalid ??= this.#load();
    if (this.#invalid !== undefined) return this.#invalid;
    const { undefined: nothing } = this.#context;
    const input = this.#context.newString(inputText);
    const result = this.#context.callFunction(this.#entry(kind), nothing, input);
    input.dispose();
    if (result.error) return this.#explain(result.error);
    const answer = this.#context.getString(result.value);
    result.value.dispose();
    if (this.#interrupted) return this.#timeLimit();
    if (answer === '') return OUT_OF_MEMORY; // No room was left to hand the answer over.
    // One level is the result's own. JSON.stringify of QuickJS keeps no such limit.
    if (isDeeperThan(answer, this.#limits.maxOutputDepth + 1)) {
      const reason = `the output is nested deeper than ${this.#limits.maxOutputDepth}`;
      return answerOf(refusal('output_not_json', reason), 'machine');
    }
    const keep = answer.startsWith('+') && !this.#context.runtime.hasPendingJob();
    const worthRetrying = answer.startsWith('!') && this.#calls > 1;
    return { text: answer.slice(1), keep: keep ? 'context' : 'machine', worthRetrying };
  }

  dispose(): void {
    this.#scope.dispose();
  }

  /** Our own guest code: a function that is called once with its settings. */
  #install(code: string, settings: readonly QuickJSHandle[]): QuickJSHandle {
    const context = this.#context;
    const installer = this.#scope.manage(context.unwrapResult(context.evalCode(code, 'guest.js', GLOBAL)));
    const installed = context.callFunction(installer, context.undefined, ...settings);
    return this.#scope.manage(context.unwrapResult(installed));
  }

  #numbers(...values: readonly number[]): QuickJSHandle[] {
    return values.map((value) => this.#scope.manage(this.#context.newNumber(value)));
  }

  /** Parses the codec. An answer says what is wrong with it; it holds for every call. */
  #load(): GuestAnswer | undefined {
    if (this.#make !== undefined) return undefined;
    const { maxSourceChars } = this.#limits;
    if (this.#source.length > maxSourceChars) {
      const reason = `the source is longer than ${maxSourceChars} characters`;
      return answerOf(refusal('source_invalid', reason), 'context');
    }
    // On the first line and in front of it, so that the line numbers are the codec's own. Sloppy: of
    // 2,894 working public examples 119 fail in strict mode.
    const declared = `${DECLARED}, globals: ${globalsOf(this.#source)}`;
    const code = `(function () {${this.#source}\nreturn { ${declared} };\n})`;
    const result = this.#context.evalCode(code, 'codec.js', GLOBAL);
    if (!result.error) {
      this.#make = this.#scope.manage(result.value);
      return undefined;
    }
    if (this.#interrupted) return this.#explain(result.error);
    const { message, memory } = this.#describe(result.error);
    if (memory) return OUT_OF_MEMORY;
    return answerOf(refusal('source_invalid', message), 'context');
  }

  #entry(kind: CallKind): QuickJSHandle {
    const known = this.#entries.get(kind);
    if (known !== undefined) return known;
    const context = this.#context;
    const settings = [
      this.#make ?? context.undefined,
      /\b(?:module|exports)\b/.test(this.#source) ? context.true : context.false,
      this.#scope.manage(context.newString(kind)),
    ];
    const prepare = this.#scope.manage(context.getProp(this.#harness, 'prepare'));
    const prepared = context.callFunction(prepare, context.undefined, ...settings);
    const entry = this.#scope.manage(context.unwrapResult(prepared));
    this.#entries.set(kind, entry);
    return entry;
  }

  /** The harness catches what a codec throws, so what arrives here is a limit that was reached. */
  #explain(error: QuickJSHandle): GuestAnswer {
    if (this.#interrupted) {
      error.dispose();
      return this.#timeLimit();
    }
    const { message, memory } = this.#describe(error);
    if (memory) return OUT_OF_MEMORY;
    return answerOf({ outcome: 'threw', message }, 'machine');
  }

  #describe(error: QuickJSHandle): { message: string; memory: boolean } {
    const thrown: unknown = this.#context.dump(error);
    if (error.alive) error.dispose();
    if (typeof thrown !== 'object' || thrown === null) {
      // QuickJS throws null where not even the error object could be allocated.
      return { message: String(thrown), memory: thrown === null || thrown === undefined };
    }
    const { name, message, stack } = thrown as Record<string, unknown>;
    const line = /codec\.js:(\d+)/.exec(String(stack))?.[1];
    return {
      message: `${String(name)}: ${String(message)}${line === undefined ? '' : ` (line ${line})`}`,
      memory: message === 'out of memory',
    };
  }

  #timeLimit(): GuestAnswer {
    this.#deadlineMs = performance.now() + AFTERWARDS_MS;
    const context = this.#context;
    const fetch = this.#scope.manage(context.getProp(this.#harness, 'consoleSoFar'));
    const result = context.callFunction(fetch, context.undefined);
    const consoleText = result.error ? '[]' : context.getString(result.value);
    if (result.error) result.error.dispose();
    else result.value.dispose();
    const reason = `the codec ran longer than ${this.#limits.timeLimitMs} ms`;
    return answerOf(refusal('time_limit', reason), 'machine', consoleText);
  }
}

/** A plain script, with QuickJS's guessing of modules turned off. */
const GLOBAL = { type: 'global' } as const;

const OUT_OF_MEMORY = answerOf(refusal('memory_limit', 'the codec ran out of memory'), 'nothing');

export function answerOf(
  fields: Refusal | { readonly outcome: 'threw'; readonly message: string },
  keep: GuestAnswer['keep'],
  consoleText = '[]',
): GuestAnswer {
  return { text: `${JSON.stringify(fields).slice(0, -1)},"console":${consoleText}}`, keep };
}

function guestSource(name: string): string {
  return readFileSync(new URL(`./guest/${name}.js`, import.meta.url), 'utf8');
}
