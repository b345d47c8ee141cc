import type { CallKind } from './call.ts';
import type { SandboxLimits } from './limits.ts';

/** What passes between a lane and its worker thread: texts and numbers only, never a guest's object. */
export interface WorkerSetup {
  readonly limits: SandboxLimits;
  /** Compiled once for all workers. */
  readonly wasm: WebAssembly.Module;
  readonly progress: SharedArrayBuffer;
}

export interface WireCall {
  readonly codecId: string;
  readonly kind: CallKind;
  readonly inputText: string;
  /** What the guest's clock says during the call; null: the time it is. */
  readonly clockMs: number | null;
}

export interface WireBatch {
  readonly calls: readonly WireCall[];
  /** The source of each codec in the batch, by id. Copying 20 KB costs less than remembering who has them. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface WireAnswer {
  /** Place of the call in its batch. */
  readonly index: number;
  /** A SandboxResult as JSON, without its duration; null: not run, it has to wait for another batch. */
  readonly text: string | null;
  readonly durationMs: number;
}

export interface WireReport {
  readonly answers: readonly WireAnswer[];
  /** The batch is over, and the worker waits for the next. The first report only says that it started. */
  readonly done: boolean;
}

/**
 * The memory that a worker shares with the watchdog outside: where it is, and that it moves. A message
 * would not do, for a worker that hangs inside WASM sends none.
 */
export const PROGRESS_BYTES = 8;
/** One more than the index of the call that runs; 0 while none does. */
export const RUNNING = 0;
/** Counts up with every call that begins. */
export const HEARTBEAT = 1;
