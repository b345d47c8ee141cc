import { parentPort, workerData } from 'node:worker_threads';

import { GuestMachine } from './guest-machine.ts';
import {
  HEARTBEAT,
  RUNNING,
  type WireAnswer,
  type WireBatch,
  type WireReport,
  type WorkerSetup,
} from './wire.ts';
import { liveInGuestTime } from './worker-clock.ts';
import { collectGarbage } from './worker-memory.ts';

/** Answers that have waited this long do not wait for their batch to end: a later call may hang. */
const REPORT_EVERY_MS = 10;

const { limits, wasm, progress: shared } = workerData as WorkerSetup;
const progress = new Int32Array(shared);
const setGuestClock = liveInGuestTime();
let machine = await GuestMachine.start(wasm, limits);

parentPort?.on('message', (batch: WireBatch) => void runBatch(batch));
report([], true);

async function runBatch({ calls, sources }: WireBatch): Promise<void> {
  /** A codec that has used up one call's time within a batch lets the others go first. */
  const spentMs = new Map<string, number>();
  let answers: WireAnswer[] = [];
  let reportedAt = performance.now();
  for (const [index, call] of calls.entries()) {
    const source = sources.get(call.codecId);
    const spent = spentMs.get(call.codecId) ?? 0;
    if (source === undefined || spent >= limits.timeLimitMs) {
      answers.push({ index, text: null, durationMs: 0 });
      continue;
    }
    if (machine.spent) {
      machine = await GuestMachine.start(wasm, limits);
      collectGarbage();
    }
    const startedAt = performance.now();
    if (startedAt - reportedAt > REPORT_EVERY_MS) {
      report(answers, false);
      answers = [];
      reportedAt = startedAt;
    }
    Atomics.store(progress, RUNNING, index + 1);
    Atomics.add(progress, HEARTBEAT, 1);
    setGuestClock(call.clockMs);
    const { text } = machine.call(call.codecId, source, call.kind, call.inputText);
    Atomics.store(progress, RUNNING, 0);
    const durationMs = performance.now() - startedAt;
    spentMs.set(call.codecId, spent + durationMs);
    answers.push({ index, text, durationMs });
  }
  report(answers, true);
}

function report(answers: readonly WireAnswer[], done: boolean): void {
  parentPort?.postMessage({ answers, done } satisfies WireReport);
}
