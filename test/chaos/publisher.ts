import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { ChaosMessage } from './material.ts';

const ACKNOWLEDGED_WITHIN_MS = 60_000;

/** PUBACK of MQTT 5: nobody has subscribed, so the broker kept nothing. */
const NO_MATCHING_SUBSCRIBERS = 0x10;
const AGAIN_AFTER_MS = 100;
const IN_FLIGHT = 2000;

/**
 * The network server's side: publishes at QoS 1, over and over until the broker has taken over (MQTT.js
 * sends again on each connection what has no PUBACK), and knows what it must publish again when a broker
 * of snapshots dies. It speaks MQTT 5, for only there a broker says that it has thrown a message away
 * because it has forgotten its subscriptions.
 */
export class Publisher {
  readonly #client: MqttClient;
  /** Published as soon as there is a connection and room: what MQTT.js holds itself it sends one by one. */
  #waiting: ChaosMessage[] = [];
  #open = 0;
  /** Acknowledged since the last sure snapshot: a SIGKILL of the broker may have lost it. */
  #unsafe: ChaosMessage[] = [];
  readonly #keepUnsafe: boolean;
  /** Packet ids whose PUBACK said that nobody has subscribed. */
  readonly #thrownAway = new Set<number>();
  /** Messages that the broker has taken over, or has still to. */
  published = 0;
  /** Messages whose PUBACK said that nobody has subscribed; each was published again until somebody had. */
  withoutSubscriber = 0;

  static async connect(url: string, { keepUnsafe }: { readonly keepUnsafe: boolean }): Promise<Publisher> {
    const client = await connectAsync(url, {
      protocolVersion: 5,
      reconnectPeriod: 200,
      connectTimeout: 5000,
    });
    client.on('error', () => {});
    return new Publisher(client, keepUnsafe);
  }

  private constructor(client: MqttClient, keepUnsafe: boolean) {
    this.#client = client;
    this.#keepUnsafe = keepUnsafe;
    client.on('connect', () => this.#pump());
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NO_MATCHING_SUBSCRIBERS && packet.messageId) {
        this.#thrownAway.add(packet.messageId);
      }
    });
  }

  publish(message: ChaosMessage): void {
    this.published += 1;
    this.#waiting.push(message);
    this.#pump();
  }

  #pump(): void {
    if (!this.#client.connected) return;
    const batch = this.#waiting.slice(0, IN_FLIGHT - this.#open);
    if (batch.length === 0) return;
    this.#waiting = this.#waiting.slice(batch.length);
    for (const message of batch) {
      this.#open += 1;
      void this.#publishUntilTaken(message).then(() => {
        this.#open -= 1;
        if (this.#keepUnsafe) this.#unsafe.push(message);
        if (this.#open <= IN_FLIGHT / 2) this.#pump();
      });
    }
  }

  async #publishUntilTaken({ topic, payload }: ChaosMessage): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const packet = await this.#client.publishAsync(topic, payload, { qos: 1 });
      if (packet?.messageId === undefined || !this.#thrownAway.delete(packet.messageId)) return;
      if (attempt === 1) this.withoutSubscriber += 1;
      await delay(AGAIN_AFTER_MS);
    }
  }

  /** Everything that is acknowledged now is on the broker's disk when `snapshot` resolves. */
  async makeSafe(snapshot: () => Promise<void>): Promise<void> {
    const covered = this.#unsafe;
    this.#unsafe = [];
    try {
      await snapshot();
    } catch (thrown) {
      this.#unsafe = [...covered, ...this.#unsafe];
      throw thrown;
    }
  }

  /** After a SIGKILL of the broker: again what its disk may not have. Returns how many. */
  republishUnsafe(): number {
    const again = this.#unsafe;
    this.#unsafe = [];
    for (const message of again) this.publish(message);
    return again.length;
  }

  /** @throws When the broker does not take over what was published. */
  async settled(): Promise<void> {
    const deadline = performance.now() + ACKNOWLEDGED_WITHIN_MS;
    while (this.#open + this.#waiting.length > 0) {
      if (performance.now() > deadline) {
        throw new Error(`${this.#open + this.#waiting.length} messages were never acknowledged`);
      }
      await delay(20);
    }
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
