import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { type ConnectionOptions, MqttConnection, type MqttVersion } from './mqtt-connection.ts';

export interface SessionOptions extends Omit<ConnectionOptions, 'version' | 'topicFilters'> {
  /** `auto` tries MQTT 5 and falls back to 3.1.1 where the broker refuses it. */
  readonly version: MqttVersion | 'auto';
  readonly topicFilters: readonly string[];
  /**
   * Under MQTT 5 bridges of one group share the load (`$share`). MQTT 3.1.1 has no shared subscriptions:
   * there one bridge reads everything.
   */
  readonly shareGroup: string | undefined;
  readonly log: Logger;
  /** Awaited before each connection. */
  readonly readyToConnect: () => Promise<void>;
  readonly onConnected?: (version: MqttVersion) => void;
  readonly onDisconnected?: () => void;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

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
        this.#connection = await MqttConnection.open(this.#connectionOptions());
        if (this.#stopping.signal.aborted) await this.#connection.close();
        retryMs = FIRST_RETRY_MS;
        log.info({
          event: 'bridge.mqtt.connect',
          broker: this.#options.url.host,
          mqttVersion: this.#version,
        });
        this.#options.onConnected?.(this.#version);
        await this.#connection.ended;
        this.#options.onDisconnected?.();
        log.info({ event: 'bridge.mqtt.disconnect', broker: this.#options.url.host });
      } catch (thrown) {
        if (this.#fallsBack(thrown)) continue;
        log.warn({
          event: 'bridge.mqtt.connect_fail',
          error: messageOf(thrown),
          remedy: thrown instanceof VeilleurError ? thrown.remedy : undefined,
          retryInMs: retryMs,
        });
        // Bridges that lost the same broker come back at different moments.
        await delay(retryMs * (0.5 + Math.random()), undefined, { signal: this.#stopping.signal }).catch(
          () => {},
        );
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      } finally {
        this.#connection = undefined;
      }
    }
  }

  #connectionOptions(): ConnectionOptions {
    const { shareGroup, topicFilters } = this.#options;
    const shared = this.#version === 5 && shareGroup !== undefined;
    return {
      ...this.#options,
      version: this.#version,
      topicFilters: shared ? topicFilters.map((filter) => `$share/${shareGroup}/${filter}`) : topicFilters,
    };
  }

  #fallsBack(thrown: unknown): boolean {
    if (!(thrown instanceof VeilleurError && thrown.code === 'mqtt_version_refused')) return false;
    if (this.#options.version !== 'auto' || this.#version === 4) return false;
    this.#version = 4;
    return true;
  }
}
