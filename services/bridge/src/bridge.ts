import { createSandbox, type ProfileCatalogue, type Sandbox } from '@veilleur/codec';
import { CHIRPSTACK_TOPIC_FILTERS, TTS_TOPIC_FILTERS } from '@veilleur/lns';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import { migrate, type Pool, requireDurableCommits, Writer } from '@veilleur/store';
import type { BridgeConfig } from './config.ts';
import { Conservation } from './conservation.ts';
import { endHungConnections } from './hung-database.ts';
import { Intake } from './intake.ts';
import { type BridgeCounts, type CodecCost, createBridgeMetrics } from './metrics.ts';
import { MqttSession, type SessionOptions } from './mqtt-session.ts';
import { UntimedFrames } from './untimed-frames.ts';

export interface BridgeDependencies {
  readonly pool: Pool;
  readonly profiles: ProfileCatalogue;
  readonly registry: Registry;
  readonly log: Logger;
}

export interface Bridge extends Running {
  counts(): BridgeCounts;
}

/** What the bridge reads. */
export const BRIDGE_TOPIC_FILTERS: readonly string[] = [...CHIRPSTACK_TOPIC_FILTERS, ...TTS_TOPIC_FILTERS];

/** A bridge that leaves its group takes what its session holds, and no more; it tells how that goes. */
export type Leaving = Required<Pick<SessionOptions, 'onConnected' | 'onDisconnected'>>;

/**
 * MQTT in, frames and measurements committed, then acknowledged. The order of processing:
 *
 * 1. a message arrives (`mqtt-connection.ts`) and counts as received and in flight;
 * 2. `interpret`: read the event, place it in time, find the profile, decode (a stranger's decoder runs
 *    in the sandbox, for the batch);
 * 3. each device belongs to one of `writers` lanes; what has gathered in a lane while its batch is written
 *    is its next batch: one message when idle, up to `batchSize` under load;
 * 4. `commit`: one transaction, tried again while the database is away, halved where it refuses;
 * 5. each message of the batch is acknowledged.
 *
 * A message is acknowledged after it is committed and never before: whatever dies, the broker still has
 * it, and writing it again changes nothing.
 */
export async function startBridge(
  config: BridgeConfig,
  dependencies: BridgeDependencies,
  leaving?: Leaving,
): Promise<Bridge> {
  const { pool, profiles, registry, log } = dependencies;
  await migrate(pool);
  await requireDurableCommits(pool);
  // After the migrations, which may take as long as they need.
  const cutConnections = endHungConnections(pool, config.databaseTimeoutMs);
  const writer = new Writer(pool);
  const interpreter = {
    profiles,
    profileVersionIds: await writer.registerProfiles(profiles.all()),
    assigned: new Map(),
    untimed: new UntimedFrames(),
  };
  const sandbox = createSandbox();
  const metrics = createBridgeMetrics(registry, () => codecCosts(profiles, sandbox));
  const intake = new Intake({
    writer,
    interpreter,
    sandbox,
    metrics,
    batchSize: config.batchSize,
    writers: config.writers,
    window: config.mqtt.window,
    log,
  });
  const conservation = new Conservation({
    registry,
    log,
    counts: () => metrics.counts(),
    held: () => intake.held,
  });
  const session = new MqttSession({
    ...config.mqtt,
    topicFilters: BRIDGE_TOPIC_FILTERS,
    leaving: leaving !== undefined,
    log,
    readyToConnect: () => intake.room(),
    onDelivery: (delivery) => {
      conservation.receive();
      if (delivery.qos === 0) metrics.receivedAtQos0.inc();
      intake.take(delivery);
    },
    onConnected: (version, connection) => {
      metrics.connect(true);
      leaving?.onConnected(version, connection);
    },
    onDisconnected: () => {
      metrics.connect(false);
      leaving?.onDisconnected();
    },
  });
  session.start();
  conservation.start();
  return {
    counts: () => metrics.counts(),
    stop: async () => {
      conservation.stop();
      await intake.drain(config.drainTimeoutMs);
      cutConnections();
      await session.stop();
      await sandbox.stop();
    },
  };
}

/** What each stranger's decoder has cost, under the names of the profiles that use it. */
function codecCosts(profiles: ProfileCatalogue, sandbox: Sandbox): CodecCost[] {
  const stats = sandbox.stats();
  return profiles.all().flatMap((profile) => {
    const cost = profile.execution === 'sandboxed' ? stats.get(profile.codec.id) : undefined;
    return cost === undefined ? [] : [{ profile: profile.id, ...cost }];
  });
}
