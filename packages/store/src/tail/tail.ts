import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { isTransient, type Pool } from '../connect.ts';
import { registerConsumer, type Share, type StartAt } from './checkpoint.ts';
import { type TailLag, tailLag } from './lag.ts';
import { TailListener } from './listener.ts';
import { type HandleChanges, type Round, runRound } from './round.ts';

/** The part of the runtime's logger that is needed here. */
export interface TailLog {
  info(detail: object): void;
  warn(detail: object): void;
  error(detail: object): void;
}

export interface TailOptions {
  readonly pool: Pool;
  /** Names the checkpoint: the same over restarts, another for each kind of consumer. */
  readonly consumer: string;
  /** 0 … partitions - 1. */
  readonly partition?: number;
  readonly partitions?: number;
  /** Counts when the consumer is new, and when it must start anew. */
  readonly startAt: StartAt;
  readonly handle: HandleChanges;
  readonly log: TailLog;
  /** Changes handed on at once, about. */
  readonly batchSize?: number;
  /** How often to look though nothing woke us. */
  readonly pollMs?: number;
  /** How often a batch may be refused before its culprits are looked for and parked. */
  readonly attempts?: number;
  /** How long to wait before the first retry; doubled with each failure, up to 10 s. */
  readonly retryFromMs?: number;
  readonly signal?: AbortSignal;
}

export interface Tail {
  /** Ends it after the round that is under way. */
  stop(): Promise<void>;
  lag(): Promise<TailLag>;
}

const RETRY_UP_TO_MS = 10_000;

/**
 * Follows the tail for one partition of a consumer, until it is stopped: at least once to `handle`,
 * exactly once in effect, for the checkpoint moves in the transaction that holds the effects. As many
 * processes as you like may run the same partition: one works, the others stand by.
 *
 * What the log tells: `tail.consumer.restart` (a gap that history had to fill, or, starting at `now`,
 * that nothing filled), `tail.round.fail` (it will be tried again), `tail.change.park`.
 *
 * @throws VeilleurError `tail_partitions_changed`, `tail_partition_invalid`.
 */
export async function createTail(options: TailOptions): Promise<Tail> {
  const { pool, consumer, partition = 0, partitions = 1, startAt } = options;
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
    throw new VeilleurError(
      'tail_partition_invalid',
      `the consumer ${consumer} has no partition ${partition}`,
      { remedy: `Partitions are counted from 0 to ${partitions - 1}.` },
    );
  }
  const share: Share = { consumer, partition, partitions };
  await registerConsumer(pool, share, startAt);
  const follower = new Follower(options, share);
  const stopListening = TailListener.of(pool).add(() => follower.wake());
  const done = follower.run();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      follower.end();
      await done;
      await stopListening();
    })();
    return stopped;
  };
  options.signal?.addEventListener('abort', () => void stop(), { signal: follower.ended });
  if (options.signal?.aborted) await stop();
  return { stop, lag: () => tailLag(pool, share) };
}

/** The loop of one partition: rounds while there is work, then sleep until woken. */
class Follower {
  readonly #options: TailOptions;
  readonly #share: Share;
  readonly #ending = new AbortController();
  #woken = false;
  #wakeSleeper: (() => void) | undefined;
  #failures = 0;
  #refusals = 0;

  constructor(options: TailOptions, share: Share) {
    this.#options = options;
    this.#share = share;
  }

  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Many calls during one round are one. */
  wake(): void {
    this.#woken = true;
    this.#wakeSleeper?.();
  }

  end(): void {
    this.#ending.abort();
    this.#wakeSleeper?.();
  }

  async run(): Promise<void> {
    const { pollMs = 3000 } = this.#options;
    while (!this.#ending.signal.aborted) {
      this.#woken = false;
      const next = await this.#round();
      if (next === 'wait') await this.#sleep(pollMs);
    }
  }

  async #round(): Promise<'go on' | 'wait'> {
    const { pool, handle, batchSize = 5000, attempts = 3, retryFromMs = 100, log } = this.#options;
    const isolating = this.#refusals >= attempts;
    try {
      const round = await runRound({ pool, share: this.#share, handle, batchSize, isolating });
      this.#failures = 0;
      this.#refusals = 0;
      if (round.kind === 'busy') return 'wait';
      this.#tell(round);
      return round.more ? 'go on' : 'wait';
    } catch (thrown) {
      this.#failures += 1;
      if (!isTransient(thrown)) this.#refusals += 1;
      const retryMs = Math.min(retryFromMs * 2 ** (this.#failures - 1), RETRY_UP_TO_MS);
      log.warn({ event: 'tail.round.fail', ...this.#share, retryMs, error: messageOf(thrown) });
      await delay(retryMs, undefined, { signal: this.#ending.signal }).catch(() => {});
      return 'go on';
    }
  }

  #tell({ restarted, parked }: Extract<Round, { kind: 'done' }>): void {
    const { log } = this.#options;
    if (restarted !== null) {
      const { reason, stoodAt, startAt } = restarted;
      log.error({ event: 'tail.consumer.restart', ...this.#share, reason, stoodAt, startAt });
    }
    for (const { change, thrown } of parked) {
      log.error({ event: 'tail.change.park', ...this.#share, change, error: messageOf(thrown) });
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#woken || this.#ending.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeSleeper = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeSleeper = undefined;
  }
}
