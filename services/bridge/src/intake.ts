import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '@veilleur/codec';
import { type DevEui, messageOf } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import type { Writer } from '@veilleur/store';
import { commit, deviceOf } from './commit.ts';
import { decodeInSandbox } from './decode-in-sandbox.ts';
import { type Interpreter, interpret } from './interpret.ts';
import type { Received } from './message.ts';
import type { BridgeMetrics } from './metrics.ts';
import type { Delivery } from './mqtt-connection.ts';

export interface IntakeParts {
  readonly writer: Pick<Writer, 'write'>;
  readonly interpreter: Interpreter & { readonly assigned: Map<DevEui, string> };
  readonly sandbox: Sandbox;
  readonly metrics: BridgeMetrics;
  readonly batchSize: number;
  /** How many batches may be written at once, each of devices of its own. */
  readonly writers: number;
  /** How many messages may wait here before no new connection is made for more. */
  readonly window: number;
  readonly log: Logger;
}

type Taken = Received & { readonly delivery: Delivery };

/** Nothing is known to fail here but the database, and that is waited for below. */
const UNEXPECTED_RETRY_MS = 1000;

/** Messages of some of the devices, which one writer commits a batch at a time. */
interface Lane {
  waiting: Taken[];
  isWriting: boolean;
}

/**
 * Messages between their arrival and their acknowledgement.
 *
 * A device belongs to one lane, and so to one writer: a batch locks the rows of its devices, and two batches
 * of one lane would only wait for each other. It also keeps the order of each device's messages.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #stopping = new AbortController();
  readonly #writing = new Set<Promise<void>>();
  readonly #lanes: readonly Lane[];
  /** Taken and not yet acknowledged: waiting, or being written. */
  #held = 0;
  #closed = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#lanes = Array.from({ length: parts.writers }, () => ({ waiting: [], isWriting: false }));
  }

  take(delivery: Delivery): void {
    // After `drain` has begun nothing new is begun: unacknowledged, it comes again.
    if (this.#closed) return;
    this.#parts.metrics.receive();
    const message = { ...delivery, arrivedAt: new Date() };
    this.#held += 1;
    const taken = { delivery, message, interpretation: interpret(message, this.#parts.interpreter) };
    const lane = this.#lanes[laneOf(taken, this.#lanes.length)] as Lane;
    lane.waiting.push(taken);
    if (!lane.isWriting) this.#startWriter(lane);
  }

  /** Messages that were taken and are not committed yet. */
  get held(): number {
    return this.#held;
  }

  /**
   * Resolves when there is room for what a new connection brings. A broker sends again all that was not
   * acknowledged on the one before; without this, each reconnection while the database is away would
   * add another window of messages to the memory.
   */
  room(): Promise<void> {
    if (this.#hasRoom()) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #hasRoom(): boolean {
    return this.#closed || this.#held <= this.#parts.window / 2;
  }

  /**
   * Commits and acknowledges what has arrived, for at most `timeoutMs`; the broker keeps the rest. A write
   * that hangs in the database is not waited for either: nothing of it is acknowledged.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#closed = true;
    this.#room?.resolve();
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const timeout = setTimeout(() => {
      this.#stopping.abort();
      resolve();
    }, timeoutMs);
    await Promise.race([Promise.all(this.#writing), isLate]);
    clearTimeout(timeout);
  }

  #startWriter(lane: Lane): void {
    lane.isWriting = true;
    const writing = this.#writeWaiting(lane).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Writes what waits in a lane, a batch at a time, until nothing does. */
  async #writeWaiting(lane: Lane): Promise<void> {
    try {
      // Messages that come in the same read of the socket belong to one batch.
      await new Promise(setImmediate);
      while (lane.waiting.length > 0 && !this.#stopping.signal.aborted) {
        const batch = lane.waiting.slice(0, this.#parts.batchSize);
        lane.waiting = lane.waiting.slice(batch.length);
        while (!(await this.#write(batch))) if (this.#stopping.signal.aborted) return;
        this.#held -= batch.length;
        if (this.#hasRoom()) {
          this.#room?.resolve();
          this.#room = undefined;
        }
      }
    } finally {
      // At once: whatever comes from now on needs a writer.
      lane.isWriting = false;
    }
  }

  /** Commits a batch and acknowledges it; false when it must be tried again. */
  async #write(batch: readonly Taken[]): Promise<boolean> {
    const { writer, sandbox, metrics, log } = this.#parts;
    const startMs = performance.now();
    try {
      const committed = await commit(await decodeInSandbox(batch, sandbox), {
        write: (entries, profileOf) => writer.write(entries, profileOf),
        redecode: (stale, assigned) => this.#redecode(stale, assigned),
        log,
        signal: this.#stopping.signal,
        onRetry: () => metrics.retries.inc(),
      });
      metrics.commit(committed, (performance.now() - startMs) / 1000);
      for (const { delivery } of batch) delivery.acknowledge();
      return true;
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return false;
      log.error({ event: 'bridge.batch.fail', size: batch.length, error: messageOf(thrown) });
      await delay(UNEXPECTED_RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      return false;
    }
  }

  async #redecode(
    batch: readonly Received[],
    assigned: ReadonlyMap<DevEui, string>,
  ): Promise<readonly Received[]> {
    const { interpreter, sandbox } = this.#parts;
    for (const [devEui, profile] of assigned) interpreter.assigned.set(devEui, profile);
    const anew = batch.map((received) =>
      received.interpretation.entry.kind === 'frame'
        ? { ...received, interpretation: interpret(received.message, interpreter) }
        : received,
    );
    return decodeInSandbox(anew, sandbox);
  }
}

/** DevEUIs of a delivery follow each other: their last digits tell them apart best. */
function laneOf({ interpretation: { entry } }: Taken, lanes: number): number {
  const devEui = deviceOf(entry)?.devEui;
  return devEui === undefined ? 0 : Number.parseInt(devEui.slice(-4), 16) % lanes;
}
