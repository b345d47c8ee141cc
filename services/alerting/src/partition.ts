import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import type { Running } from '@veilleur/runtime';
import { createTail, type Pool, type Tail } from '@veilleur/store';
import { CONSUMER } from './metrics.ts';
import { PartitionEngine } from './partition-engine.ts';
import type { PartitionOptions } from './partition-options.ts';
import type { RuleSet } from './rule-set.ts';

export interface RunningPartition extends Running {
  readonly engine: PartitionEngine;
}

export interface PartitionRunOptions extends PartitionOptions {
  readonly pool: Pool;
  /** The rules as they are now. */
  readonly currentRules: () => RuleSet;
  readonly batchSize: number;
  readonly attributesEveryMs: number;
}

const TICK_MS = 250;
const FAR_BEHIND_MS = 5000;
const RETRY_UP_TO_MS = 10_000;

/** Follows the tail for one partition, and lets time pass for its devices. Whoever leads it runs this. */
export async function runPartition(options: PartitionRunOptions): Promise<RunningPartition> {
  const { pool, partition, partitions, batchSize, log, currentRules } = options;
  const engine = new PartitionEngine({ ...options, rules: currentRules() });
  const tail = await createTail({
    pool,
    consumer: CONSUMER,
    partition,
    partitions,
    startAt: 'now',
    batchSize,
    handle: engine.handle,
    log,
  });
  const ending = new AbortController();
  const done = keepTime(engine, tail, options, ending.signal);
  return {
    engine,
    stop: async () => {
      ending.abort();
      await tail.stop();
      await done;
    },
  };
}

async function keepTime(
  engine: PartitionEngine,
  tail: Tail,
  { clock, currentRules, rules, attributesEveryMs, log, partition }: PartitionRunOptions,
  signal: AbortSignal,
): Promise<void> {
  let used = rules.revision;
  let attributesAt = performance.now();
  let failures = 0;
  while (!signal.aborted) {
    let restMs = TICK_MS;
    try {
      const current = currentRules();
      if (current.revision !== used) {
        await engine.useRules(current);
        used = current.revision;
      }
      if (!engine.figures.isWarm) await engine.warmUp();
      else if (performance.now() - attributesAt > attributesEveryMs) {
        await engine.refreshAttributes();
        attributesAt = performance.now();
      }
      await engine.retrySetAside();
      const now = clock().getTime();
      // What is committed and not told yet may say that nobody was silent.
      const { behindS } = await tail.lag();
      const behindMs = Math.max(0, behindS ?? 0) * 1000;
      await engine.passTime(now - behindMs);
      if (!engine.figures.isWarm || engine.nextDue <= now - behindMs) restMs = 0;
      // Far behind, the question itself is a long one.
      else if (behindMs > FAR_BEHIND_MS) restMs = 10 * TICK_MS;
      failures = 0;
    } catch (thrown) {
      failures += 1;
      restMs = Math.min(100 * 2 ** failures, RETRY_UP_TO_MS);
      log.warn({ event: 'alerting.timers.fail', partition, retryMs: restMs, error: messageOf(thrown) });
    }
    if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
  }
}
