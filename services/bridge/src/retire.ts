import { setTimeout as delay } from 'node:timers/promises';
import { VeilleurError } from '@veilleur/domain';
import { type Bridge, type BridgeDependencies, startBridge } from './bridge.ts';
import type { BridgeConfig } from './config.ts';
import { MqttConnection, type MqttVersion } from './mqtt-connection.ts';

/** What became of the session of a bridge that has left. */
export interface Retirement {
  readonly clientId: string;
  /** False: the broker had no session by that name, so nothing waited. */
  readonly found: boolean;
  /** Subscriptions that it had and that were ended. Null under MQTT 3.1.1, where the broker does not tell. */
  readonly unsubscribed: readonly string[] | null;
  /** Messages that waited for it, and what they were. */
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
}

/** A bridge that runs takes its session back within three seconds (`mqtt-session.ts`). */
const TAKEN_BACK_WITHIN_MS = 4000;
const CUTS_OF_ANOTHER = 3;
const POLL_MS = 100;

/**
 * Takes a bridge out of its group for good: the broker goes on giving its session a share of what is new
 * until the session expires, and nobody would read it. The order:
 *
 * 1. the session is taken over by its client id, and watched: a bridge that still runs takes it back, and
 *    then nothing is changed;
 * 2. its subscriptions end, those of the group and ordinary ones;
 * 3. what is queued for it is stored as a bridge stores, until nothing has come for `quietMs`;
 * 4. the session ends.
 *
 * Broken off, it can be repeated: what is not stored is not acknowledged.
 *
 * @throws VeilleurError `bridge_still_running`, and what `MqttConnection.open` throws.
 */
export async function retireBridge(
  config: BridgeConfig,
  dependencies: BridgeDependencies,
  quietMs: number,
): Promise<Retirement> {
  const { clientId } = config.mqtt;
  const { version, found } = await takeOver(config);
  const unsubscribed = new Set<string>();
  const counts = found
    ? await storeWhatWaits(config, dependencies, quietMs, unsubscribed)
    : { received: 0, stored: 0, duplicate: 0, quarantined: 0 };
  await openAs(config, version, { clean: true, sessionExpiryS: 0 }).then((connection) => connection.close());
  const { received, stored, duplicate, quarantined } = counts;
  return {
    clientId,
    found,
    unsubscribed: version === 5 ? [...unsubscribed] : null,
    ...{ received, stored, duplicate, quarantined },
  };
}

/** Takes nothing of what the session brings: it comes again. */
function openAs(
  { mqtt }: BridgeConfig,
  version: MqttVersion,
  how: { readonly clean?: boolean; readonly sessionExpiryS?: number } = {},
): Promise<MqttConnection> {
  return MqttConnection.open({ ...mqtt, version, window: 1, topicFilters: [], onDelivery: () => {}, ...how });
}

async function takeOver(config: BridgeConfig): Promise<{ version: MqttVersion; found: boolean }> {
  const { version: wanted } = config.mqtt;
  let version: MqttVersion = wanted === 'auto' ? 5 : wanted;
  const connection = await openAs(config, version).catch((thrown: unknown) => {
    const isOld = thrown instanceof VeilleurError && thrown.code === 'mqtt_version_refused';
    if (!isOld || wanted !== 'auto') throw thrown;
    version = 4;
    return openAs(config, version);
  });
  const found = connection.sessionPresent;
  const watch = new AbortController();
  const wasCut = await Promise.race([
    connection.ended.then(() => true),
    delay(found ? TAKEN_BACK_WITHIN_MS : 0, false, { signal: watch.signal }),
  ]);
  watch.abort();
  if (wasCut) throw stillRunning(config);
  await connection.close();
  return { version, found };
}

async function storeWhatWaits(
  config: BridgeConfig,
  dependencies: BridgeDependencies,
  quietMs: number,
  unsubscribed: Set<string>,
) {
  const { clientId, shareGroup } = config.mqtt;
  let cuts = 0;
  const bridge = await startBridge(config, dependencies, {
    onConnected: (version, connection) => {
      for (const filter of connection.unsubscribed) unsubscribed.add(filter);
      if (version !== 5 || unsubscribed.size > 0) return;
      dependencies.log.warn({
        event: 'bridge.retire.no_subscription',
        clientId,
        group: shareGroup ?? null,
        remedy: 'Unless the broker has forgotten them, name the group that this bridge was in.',
      });
    },
    onDisconnected: () => {
      cuts += 1;
    },
  });
  try {
    await untilQuiet(bridge, quietMs, () => {
      if (cuts >= CUTS_OF_ANOTHER) throw stillRunning(config);
    });
  } finally {
    await bridge.stop();
  }
  return bridge.counts();
}

async function untilQuiet(bridge: Bridge, quietMs: number, check: () => void): Promise<void> {
  let quietSinceMs = performance.now();
  let before = 0;
  while (performance.now() - quietSinceMs < quietMs) {
    await delay(POLL_MS);
    check();
    const { received, inFlight, connected } = bridge.counts();
    if (received !== before || inFlight > 0 || !connected) quietSinceMs = performance.now();
    before = received;
  }
}

function stillRunning({ mqtt }: BridgeConfig): VeilleurError {
  return new VeilleurError(
    'bridge_still_running',
    `another client takes the session of ${mqtt.clientId} back`,
    {
      remedy: 'Stop that bridge first, and whatever would start it again.',
    },
  );
}
