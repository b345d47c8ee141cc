import { Worker } from 'node:worker_threads';

import { VeilleurError } from '@veilleur/domain';

import { type RefusalCode, refusal, type SandboxResult } from './call.ts';
import {
  HEARTBEAT,
  PROGRESS_BYTES,
  RUNNING,
  type WireBatch,
  type WireCall,
  type WireReport,
  type WorkerSetup,
} from './wire.ts';

export interface PendingCall extends WireCall {
  readonly source: string;
  /** Called exactly once. An error means that the sandbox itself is gone, not that the codec failed. */
  readonly settle: (result: SandboxResult | VeilleurError) => void;
}

export interface LaneOptions {
  readonly setup: Omit<WorkerSetup, 'progress'>;
  /** The answer to calls of a codec that is not to be run now. */
  readonly refusalBeforehand: (codecId: string) => SandboxResult | null;
}

/** More calls make fewer crossings, but whatever arrives meanwhile waits for the whole batch. */
const MAX_BATCH_CALLS = 200;
const WATCH_EVERY_MS = 20;
/** A worker that dies so often without having answered anything is nobody's codec's fault. */
const MAX_FALSE_STARTS = 3;
/** For our own code in the worker: what codecs allocate lies in the WASM memory, outside of these. */
const WORKER_HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

/**
 * One worker thread, the queue before it, and the watchdog beside it.
 *
 * `indexOf.call({ length: 2 ** 53 - 1 })` runs for ever inside QuickJS and is never interrupted; only
 * ending the thread stops it. The shared progress tells which call that was: it alone is refused, and
 * the rest of its batch runs again on a fresh thread.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #patienceMs: number;
  #queue: PendingCall[] = [];
  /** The batch that the worker has; undefined where it has answered. */
  #inFlight: (PendingCall | undefined)[] = [];
  #state: 'no_worker' | 'starting' | 'idle' | 'busy' | 'stopped' = 'no_worker';
  #worker: Worker | undefined;
  #progress = new Int32Array(new SharedArrayBuffer(PROGRESS_BYTES));
  #falseStarts = 0;
  #watch: NodeJS.Timeout | undefined;
  #heartbeat = 0;
  #stillMs = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#patienceMs = options.setup.limits.timeLimitMs + options.setup.limits.graceMs;
  }

  add(calls: readonly PendingCall[]): void {
    if (this.#state === 'stopped') {
      for (const call of calls) call.settle(stopped());
      return;
    }
    this.#queue.push(...calls);
    this.#dispatch();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#giveUp(stopped());
    this.#worker?.removeAllListeners();
    await this.#worker?.terminate();
  }

  #dispatch(): void {
    this.#queue = this.#queue.filter((call) => {
      const refused = this.#options.refusalBeforehand(call.codecId);
      if (refused !== null) call.settle(refused);
      return refused === null;
    });
    if (this.#queue.length === 0) {
      this.#rest();
      return;
    }
    this.#watch ??= setInterval(() => this.#look(), WATCH_EVERY_MS);
    if (this.#state === 'no_worker') this.#start();
    if (this.#state !== 'idle') return;
    this.#state = 'busy';
    this.#heartbeat = Atomics.load(this.#progress, HEARTBEAT);
    this.#stillMs = 0;
    const batch = this.#queue.splice(0, MAX_BATCH_CALLS);
    this.#inFlight = batch;
    this.#worker?.postMessage({
      calls: batch.map(({ codecId, kind, inputText, clockMs }) => ({ codecId, kind, inputText, clockMs })),
      sources: new Map(batch.map(({ codecId, source }) => [codecId, source])),
    } satisfies WireBatch);
  }

  #start(): void {
    this.#state = 'starting';
    this.#progress = new Int32Array(new SharedArrayBuffer(PROGRESS_BYTES));
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { ...this.#options.setup, progress: this.#progress.buffer } satisfies WorkerSetup,
      env: {}, // Should anything ever get out of QuickJS, it finds no secrets here.
      execArgv: [],
      resourceLimits: WORKER_HEAP,
    });
    worker.unref(); // A sandbox that nobody waits for keeps no process alive; the watch does while it works.
    worker.on('message', (report: WireReport) => this.#take(report));
    worker.on('error', (cause) => this.#bury(cause));
    worker.on('exit', () => this.#bury(new Error('the worker ended by itself')));
    this.#worker = worker;
  }

  #take({ answers, done }: WireReport): void {
    const postponed: PendingCall[] = [];
    for (const { index, text, durationMs } of answers) {
      const call = this.#inFlight[index];
      this.#inFlight[index] = undefined;
      if (call === undefined) continue;
      this.#falseStarts = 0;
      if (text === null) postponed.push(call);
      else call.settle(resultOf(text, durationMs));
    }
    this.#queue.push(...postponed);
    if (!done) return;
    this.#state = 'idle';
    this.#dispatch();
  }

  /** Counts its own ticks, not the clock: after the machine slept, no codec is to blame for the night. */
  #look(): void {
    const running = Atomics.load(this.#progress, RUNNING);
    const heartbeat = Atomics.load(this.#progress, HEARTBEAT);
    this.#stillMs = running !== 0 && heartbeat === this.#heartbeat ? this.#stillMs + WATCH_EVERY_MS : 0;
    this.#heartbeat = heartbeat;
    if (this.#stillMs > this.#patienceMs) {
      this.#bury(new Error(`a call did not come back within ${this.#patienceMs} ms`));
    }
  }

  /** Ends the thread if it still runs, settles the call that it died of, and has all others run again. */
  #bury(cause: unknown): void {
    this.#worker?.removeAllListeners();
    this.#worker?.on('error', () => {}); // Of its last breath.
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#state = 'no_worker';
    const running = Atomics.load(this.#progress, RUNNING);
    const culprit = running === 0 ? undefined : this.#inFlight[running - 1];
    const unanswered = this.#inFlight.filter(
      (call) => call !== undefined && call !== culprit,
    ) as PendingCall[];
    this.#inFlight = [];
    if (culprit === undefined) {
      this.#falseStarts += 1;
    } else {
      culprit.settle(killed(this.#stillMs));
    }
    const others = unanswered.filter((call) => call.codecId !== culprit?.codecId);
    const sameCodec = unanswered.filter((call) => call.codecId === culprit?.codecId);
    this.#queue = [...others, ...this.#queue, ...sameCodec];
    if (this.#falseStarts >= MAX_FALSE_STARTS) this.#giveUp(unavailable(cause));
    this.#dispatch();
  }

  #giveUp(error: VeilleurError): void {
    const abandoned = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
    this.#queue = [];
    this.#falseStarts = 0;
    for (const call of abandoned) call?.settle(error);
    this.#rest();
  }

  /** Nothing is waited for: the process may end. */
  #rest(): void {
    if (this.#state === 'busy') return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}

function resultOf(text: string, durationMs: number): SandboxResult {
  try {
    return { ...JSON.parse(text), durationMs };
  } catch {
    return refusedResult('output_not_json', 'the sandbox received something that is no JSON', durationMs);
  }
}

function killed(durationMs: number): SandboxResult {
  const reason = 'the codec hung where it could not be interrupted, so its thread was ended';
  return refusedResult('worker_killed', reason, durationMs);
}

export function refusedResult(code: RefusalCode, reason: string, durationMs = 0): SandboxResult {
  return { ...refusal(code, reason), console: [], durationMs };
}

function stopped(): VeilleurError {
  return new VeilleurError('sandbox_stopped', 'the sandbox was stopped before the call was answered');
}

function unavailable(cause: unknown): VeilleurError {
  return new VeilleurError('sandbox_unavailable', 'the worker of the sandbox does not start', {
    remedy: 'Run `npm install`: the sandbox needs quickjs-emscripten-core and its QuickJS build.',
    retryable: true,
    cause,
  });
}
