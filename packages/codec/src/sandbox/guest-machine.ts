import variant from '@jitl/quickjs-wasmfile-release-sync';
import { messageOf } from '@veilleur/domain';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';

import { type CallKind, refusal } from './call.ts';
import { answerOf, type GuestAnswer, GuestContext } from './guest-context.ts';
import type { SandboxLimits } from './limits.ts';

/** The package's types describe its CommonJS build; imported as a module, the variant is the default. */
const QUICKJS = variant as unknown as QuickJSSyncVariant;
const PAGE_BYTES = 64 * 1024;
/** What the QuickJS build asks for at least: 16 MB. */
const INITIAL_PAGES = 256;
/**
 * WASM memory never shrinks. Beyond this share of the cap the machine is replaced, so that every call
 * begins with room to spare and no codec pays for what another has taken.
 */
const WORN_OUT = 0.75;

/**
 * One instance of the QuickJS WASM module with a memory of its own, and the contexts that live in it.
 *
 * The capped memory is the memory limit. QuickJS's own `setMemoryLimit` is none: this build cannot tell
 * how large an allocation is, and a fill bomb took 1.5 GB past it.
 */
export class GuestMachine {
  readonly #module: QuickJSWASMModule;
  readonly #memory: WebAssembly.Memory;
  readonly #limits: SandboxLimits;
  /** In order of use, the least recent first. */
  readonly #contexts = new Map<string, GuestContext>();
  #lost = false;

  private constructor(module: QuickJSWASMModule, memory: WebAssembly.Memory, limits: SandboxLimits) {
    this.#module = module;
    this.#memory = memory;
    this.#limits = limits;
  }

  static async start(wasm: WebAssembly.Module, limits: SandboxLimits): Promise<GuestMachine> {
    const maximum = (limits.memoryLimitMb * 1024 * 1024) / PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
    const capped = newVariant(QUICKJS, { wasmMemory: memory, wasmModule: async () => wasm });
    return new GuestMachine(await newQuickJSWASMModuleFromVariant(capped), memory, limits);
  }

  /** Whether this machine must not be called again. There is nothing to dispose of: drop it. */
  get spent(): boolean {
    const worn = this.#limits.memoryLimitMb * 1024 * 1024 * WORN_OUT;
    return this.#lost || this.#memory.buffer.byteLength > worn;
  }

  /** What a codec throws counts only from a fresh context, as every frame meets on a network server. */
  call(codecId: string, source: string, kind: CallKind, inputText: string): GuestAnswer {
    const answer = this.#callOnce(codecId, source, kind, inputText);
    return answer.worthRetrying ? this.#callOnce(codecId, source, kind, inputText) : answer;
  }

  #callOnce(codecId: string, source: string, kind: CallKind, inputText: string): GuestAnswer {
    let answer: GuestAnswer;
    try {
      answer = this.#contextOf(codecId, source).call(kind, inputText);
    } catch (trap) {
      answer = answerOf(
        refusal('memory_limit', `the codec exhausted its machine: ${messageOf(trap)}`),
        'nothing',
      );
    }
    if (answer.keep === 'machine') this.#drop(codecId);
    if (answer.keep === 'nothing') this.#lost = true;
    return answer;
  }

  #contextOf(codecId: string, source: string): GuestContext {
    const context = this.#contexts.get(codecId) ?? this.#create(source);
    this.#contexts.delete(codecId);
    this.#contexts.set(codecId, context);
    return context;
  }

  #create(source: string): GuestContext {
    if (this.#contexts.size >= this.#limits.maxContexts) {
      for (const oldest of this.#contexts.keys()) {
        this.#drop(oldest);
        break;
      }
    }
    return new GuestContext(this.#module, source, this.#limits);
  }

  #drop(codecId: string): void {
    const context = this.#contexts.get(codecId);
    this.#contexts.delete(codecId);
    try {
      context?.dispose();
    } catch {
      this.#lost = true; // QuickJS found its own heap inconsistent.
    }
  }
}
