import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { VeilleurError } from '@veilleur/domain';

import type { SandboxCall, SandboxResult } from './call.ts';
import { type CodecStats, StatsByCodec } from './codec-stats.ts';
import { DEFAULT_HOLD_POLICY, type Hold, type HoldPolicy, Holds } from './hold.ts';
import { inputOf } from './input.ts';
import { Lane, type PendingCall, refusedResult } from './lane.ts';
import { DEFAULT_LIMITS, type SandboxLimits } from './limits.ts';

export interface SandboxOptions {
  /** Worker threads; 1 unless told. Calls of one codec stay on one of them. */
  readonly workers?: number;
  readonly limits?: Partial<SandboxLimits>;
  readonly hold?: Partial<HoldPolicy>;
  /** The clock that holds go by. Limits go by real time. */
  readonly now?: () => Date;
}

/** Runs strangers' codecs. Whatever one of them does, each call gets its answer and no other is harmed. */
export interface Sandbox {
  /**
   * Results stand in the order of the calls. A codec that takes long lets others go first.
   *
   * @throws VeilleurError `sandbox_stopped`, `sandbox_unavailable`: never for what a codec does.
   */
  run(calls: readonly SandboxCall[]): Promise<readonly SandboxResult[]>;
  /** By codec id, since the sandbox was created. */
  stats(): ReadonlyMap<string, CodecStats>;
  /** Ends a codec's hold and forgets its strikes. */
  release(codecId: string): void;
  stop(): Promise<void>;
}

/** Starts no thread yet: the first call does. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const nowMs = () => (options.now?.() ?? new Date()).getTime();
  const holds = new Holds({ ...DEFAULT_HOLD_POLICY, ...options.hold });
  const stats = new StatsByCodec();
  const setup = { limits, wasm: compiledQuickJs() };
  const lanes = Array.from(
    { length: Math.max(1, options.workers ?? 1) },
    () => new Lane({ setup, refusalBeforehand }),
  );

  function refusalBeforehand(codecId: string): SandboxResult | null {
    const hold = holds.holdOf(codecId, nowMs());
    return hold === null ? null : refusedResult('on_hold', reasonOf(hold));
  }

  function record(codecId: string, result: SandboxResult): SandboxResult {
    stats.record(codecId, result);
    if (result.outcome === 'refused') holds.record(codecId, result.code, nowMs());
    return result;
  }

  return {
    run(calls) {
      const byLane = new Map<Lane, PendingCall[]>();
      const results = calls.map((call) => {
        const { id, source } = call.codec;
        const beforehand = refusalBeforehand(id);
        if (beforehand !== null) return Promise.resolve(record(id, beforehand));
        const input = inputOf(call, limits.maxInputChars);
        if ('refused' in input) {
          return Promise.resolve(record(id, refusedResult('input_invalid', input.refused)));
        }
        const { promise, resolve, reject } = Promise.withResolvers<SandboxResult>();
        const pending: PendingCall = {
          codecId: id,
          source,
          kind: call.kind,
          ...input,
          settle: (result) => {
            if (result instanceof VeilleurError) reject(result);
            else resolve(record(id, result));
          },
        };
        const lane = laneOf(lanes, id);
        const queued = byLane.get(lane);
        if (queued === undefined) byLane.set(lane, [pending]);
        else queued.push(pending);
        return promise;
      });
      for (const [lane, pending] of byLane) lane.add(pending);
      return Promise.all(results);
    },
    stats: () =>
      stats.read((codecId) => {
        const hold = holds.holdOf(codecId, nowMs());
        return hold === null ? null : new Date(hold.sinceMs);
      }),
    release: (codecId) => holds.release(codecId),
    async stop() {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

function reasonOf({ untilMs }: Hold): string {
  const until = new Date(untilMs).toISOString();
  return `the codec exceeded its limits too often: on hold until ${until} or until it is released`;
}

/** The same lane each time, so that a codec's context exists once. */
function laneOf(lanes: readonly Lane[], codecId: string): Lane {
  let sum = 0;
  for (let at = 0; at < codecId.length; at += 1) sum = (sum * 31 + codecId.charCodeAt(at)) >>> 0;
  const lane = lanes[sum % lanes.length];
  if (lane === undefined) throw new RangeError('a sandbox has at least one lane');
  return lane;
}

let quickJs: WebAssembly.Module | undefined;

/** Compiled once a process, some 5 ms, and shared by all workers. */
function compiledQuickJs(): WebAssembly.Module {
  const file = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  quickJs ??= new WebAssembly.Module(readFileSync(file));
  return quickJs;
}
