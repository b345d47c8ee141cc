import type { ProfileCatalogue } from '@veilleur/codec';
import type { DevEui } from '@veilleur/domain';
import { CHIRPSTACK_TOPIC_FILTERS, TTS_TOPIC_FILTERS } from '@veilleur/lns';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import { migrate, type Pool, requireDurableCommits, Writer } from '@veilleur/store';
import { commit, type Received } from './commit.ts';
import type { BridgeConfig } from './config.ts';
import { type Interpreter, interpret } from './interpret.ts';
import { type BridgeCounts, type BridgeMetrics, createBridgeMetrics } from './metrics.ts';
import type { Delivery } from './mqtt-connection.ts';
import { MqttSession } from './mqtt-session.ts';

export interface BridgeDependencies {
  readonly pool: Pool;
  readonly profiles: ProfileCatalogue;
  readonly registry: Registry;
  readonly log: Logger;
}

export interface Bridge extends Running {
  counts(): BridgeCounts;
}

/**
 * MQTT in, frames and measurements committed, then acknowledged. The order of processing:
 *
 * 1. a message arrives (`mqtt-connection.ts`) and counts as received and in flight;
 * 2. `interpret`: read the event, place it in time, find the profile, decode;
 * 3. what has gathered while the last batch was written is the next batch: one message when idle, up
 *    to `batchSize` under load;
 * 4. `commit`: one transaction, tried again while the database is away, halved where it refuses;
 * 5. each message of the batch is acknowledged.
 *
 * A message is acknowledged after it is committed and never before: whatever dies, the broker still has
 * it, and writing it again changes nothing.
 */
export async function startBridge(config: BridgeConfig, dependencies: BridgeDependencies): Promise<Bridge> {
  const { pool, profiles, registry, log } = dependencies;
  await migrate(pool);
  await requireDurableCommits(pool);
  const writer = new Writer(pool);
  const interpreter = {
    profiles,
    profileVersionIds: await writer.registerProfiles(profiles.all()),
    assigned: new Map(),
  };
  const intake = new Intake(writer, interpreter, createBridgeMetrics(registry), config.batchSize, log);
  const session = new MqttSession({
    ...config.mqtt,
    topicFilters: [...CHIRPSTACK_TOPIC_FILTERS, ...TTS_TOPIC_FILTERS],
    log,
    onDelivery: (delivery) => intake.take(delivery),
    onConnected: () => intake.metrics.connect(true),
    onDisconnected: () => intake.metrics.connect(false),
  });
  session.start();
  return {
    counts: () => intake.metrics.counts(),
    stop: async () => {
      await intake.drain(config.drainTimeoutMs);
      await session.stop();
    },
  };
}

type Taken = Received & { readonly delivery: Delivery };

/** Messages between their arrival and their acknowledgement. */
class Intake {
  readonly metrics: BridgeMetrics;
  readonly #writer: Writer;
  readonly #interpreter: Interpreter & { readonly assigned: Map<DevEui, string> };
  readonly #batchSize: number;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #waiting: Taken[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(
    writer: Writer,
    interpreter: Interpreter & { readonly assigned: Map<DevEui, string> },
    metrics: BridgeMetrics,
    batchSize: number,
    log: Logger,
  ) {
    this.#writer = writer;
    this.#interpreter = interpreter;
    this.metrics = metrics;
    this.#batchSize = batchSize;
    this.#log = log;
  }

  take(delivery: Delivery): void {
    // After `drain` has begun nothing new is begun: unacknowledged, it comes again.
    if (this.#closed) return;
    this.metrics.receive();
    const message = { ...delivery, arrivedAt: new Date() };
    this.#waiting.push({ delivery, message, interpretation: interpret(message, this.#interpreter) });
    this.#writing ??= this.#writeAll();
  }

  /** Commits and acknowledges what has arrived, for at most `timeoutMs`; the broker keeps the rest. */
  async drain(timeoutMs: number): Promise<void> {
    this.#closed = true;
    const timeout = setTimeout(() => this.#stopping.abort(), timeoutMs);
    await this.#writing;
    clearTimeout(timeout);
  }

  async #writeAll(): Promise<void> {
    // Messages that come in the same read of the socket belong to one batch.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#batchSize);
      this.#waiting = this.#waiting.slice(this.#batchSize);
      if (!(await this.#write(batch))) return;
    }
    this.#writing = undefined;
  }

  async #write(batch: readonly Taken[]): Promise<boolean> {
    const startMs = performance.now();
    try {
      const committed = await commit(batch, {
        write: (entries, profileOf) => this.#writer.write(entries, profileOf),
        redecode: (stale, assigned) => this.#redecode(stale, assigned),
        log: this.#log,
        signal: this.#stopping.signal,
        onRetry: () => this.metrics.retries.inc(),
      });
      this.metrics.commit(committed, (performance.now() - startMs) / 1000);
      for (const { delivery } of batch) delivery.acknowledge();
      return true;
    } catch (thrown) {
      this.#log.error({ event: 'bridge.batch.abandon', size: batch.length, error: String(thrown) });
      return false;
    }
  }

  #redecode(batch: readonly Received[], assigned: ReadonlyMap<DevEui, string>): readonly Received[] {
    for (const [devEui, profile] of assigned) this.#interpreter.assigned.set(devEui, profile);
    return batch.map((received) =>
      received.interpretation.entry.kind === 'frame'
        ? { ...received, interpretation: interpret(received.message, this.#interpreter) }
        : received,
    );
  }
}
