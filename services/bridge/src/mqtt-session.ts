import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { type ConnectionOptions, MqttConnection, type MqttVersion } from './mqtt-connection.ts';

export interface SessionOptions
  extends Omit<ConnectionOptions, 'version' | 'clean' | 'topicFilters' | 'unwantedFilters'> {
  /** `auto` tries MQTT 5 and falls back to 3.1.1 where the broker refuses it. */
  readonly version: MqttVersion | 'auto';
  readonly topicFilters: readonly string[];
  /**
   * Under MQTT 5 bridges of one group share the load (`$share`). MQTT 3.1.1 has no shared subscriptions:
   * there, and without a group, one bridge reads everything.
   */
  readonly shareGroup: string | undefined;
  /** Unsubscribes instead: the session brings what it holds, and nothing that is new. */
  readonly leaving?: boolean;
  readonly log: Logger;
  /** Awaited before each connection. */
  readonly readyToConnect: () => Promise<void>;
  readonly onConnected?: (
    version: MqttVersion,
    connection: Pick<MqttConnection, 'sessionPresent' | 'unsubscribed'>,
  ) => void;
  readonly onDisconnected?: () => void;
}

const FIRST_RETRY_MS = 250;
/** Until a bridge is back, a Mosquitto that was restarted throws away what is for its group. */
const LONGEST_RETRY_MS = 2000;
/**
 * A connection that ends sooner is not made again at once: two bridges of one name cut each other's, and
 * Mosquitto 2.0 does not tell them why.
 */
const SHORT_LIVED_MS = 1000;

/** A session with the broker that lives on over connections: it reconnects for as long as it is not stopped. */
export class MqttSession {
  readonly #options: SessionOptions;
  readonly #stopping = new AbortController();
  #connection: MqttConnection | undefined;
  #version: MqttVersion;
  #loop: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#version = options.version === 'auto' ? 5 : options.version;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.close();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#options.readyToConnect();
        if (this.#stopping.signal.aborted) return;
        const connection = await MqttConnection.open(this.#connectionOptions());
        this.#connection = connection;
        if (this.#stopping.signal.aborted) await connection.close();
        const openedMs = performance.now();
        log.info({
          event: 'bridge.mqtt.connect',
          broker: this.#options.url.host,
          mqttVersion: this.#version,
        });
        this.#options.onConnected?.(this.#version, connection);
        await connection.ended;
        this.#options.onDisconnected?.();
        const isShortLived = performance.now() - openedMs < SHORT_LIVED_MS;
        log.info({
          event: 'bridge.mqtt.disconnect',
          broker: this.#options.url.host,
          ...(isShortLived
            ? { remedy: 'Where this goes on, see that no other bridge has this MQTT_CLIENT_ID.' }
            : {}),
        });
        if (isShortLived) {
          await this.#pause(retryMs);
          retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
        } else retryMs = FIRST_RETRY_MS;
      } catch (thrown) {
        if (this.#fallsBack(thrown)) continue;
        log.warn({
          event: 'bridge.mqtt.connect_fail',
          error: messageOf(thrown),
          remedy: thrown instanceof VeilleurError ? thrown.remedy : undefined,
          retryInMs: retryMs,
        });
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      } finally {
        this.#connection = undefined;
      }
    }
  }

  /** Bridges that lost the same broker come back at different moments. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    await delay(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
  }

  #connectionOptions(): ConnectionOptions {
    const { shareGroup, topicFilters: plain, leaving = false } = this.#options;
    const isShared = this.#version === 5 && shareGroup !== undefined;
    const shared = isShared ? plain.map((filter) => `$share/${shareGroup}/${filter}`) : [];
    const wanted = isShared ? shared : plain;
    return {
      ...this.#options,
      version: this.#version,
      topicFilters: leaving ? [] : wanted,
      // A session from before it had a group would bring everything twice.
      unwantedFilters: leaving ? [...plain, ...shared] : isShared ? plain : [],
    };
  }

  #fallsBack(thrown: unknown): boolean {
    if (!(thrown instanceof VeilleurError && thrown.code === 'mqtt_version_refused')) return false;
    if (this.#options.version !== 'auto' || this.#version === 4) return false;
    this.#version = 4;
    return true;
  }
}
