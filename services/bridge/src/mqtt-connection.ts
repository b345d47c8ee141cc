import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import * as mqtt from 'mqtt-packet';
import { Acknowledgements } from './acknowledgements.ts';
import { MqttRefusals } from './mqtt-refusals.ts';

export type MqttVersion = 4 | 5;

/** One PUBLISH from the broker. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** 0: the broker would not send it again. */
  readonly qos: number;
  /** The broker sent it before and had no acknowledgement. */
  readonly redelivered: boolean;
  /** Sends its PUBACK, in order; does nothing when the connection that brought it has gone. */
  readonly acknowledge: () => void;
}

export interface ConnectionOptions {
  readonly url: URL;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly version: MqttVersion;
  /** Ends a session that is there, and begins with none. Off by default. */
  readonly clean?: boolean;
  /** Empty: no subscription is made, and the session brings what it holds. */
  readonly topicFilters: readonly string[];
  /** Subscriptions that a session which is there may have and must not keep. */
  readonly unwantedFilters?: readonly string[];
  readonly keepAliveS: number;
  readonly sessionExpiryS: number;
  /** How many messages may be on their way from the broker to their commit. */
  readonly window: number;
  readonly onDelivery: (delivery: Delivery) => void;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** UNSUBACK of MQTT 5: there was such a subscription. */
const UNSUBSCRIBED = 0;

/**
 * One connection to the broker, from CONNECT to its end. The session behind it (subscriptions and what
 * is not yet acknowledged) outlives it at the broker: clean start off, long expiry.
 *
 * MQTT.js acknowledges a message before it reads the next one, so a commit would hold one message. This
 * connection, over MQTT.js's own packet codec, lets a window of messages be in flight and acknowledges
 * each when its batch is committed. MQTT 5 tells the broker the window (Receive Maximum); under 3.1.1
 * the socket is not read while the window is full.
 */
export class MqttConnection {
  readonly #options: ConnectionOptions;
  readonly #refusals: MqttRefusals;
  readonly #socket: Socket;
  readonly #acknowledgements: Acknowledgements;
  readonly #ended: Promise<void>;
  #keepAlive: NodeJS.Timeout | undefined;
  #lastHeardMs = performance.now();
  #inFlight = 0;
  #pubacks: number[] = [];
  #paused = false;
  #open = true;
  #sessionPresent = false;
  #unsubscribed: readonly string[] = [];

  /**
   * Connects, subscribes, then unsubscribes from what is not wanted: in this order nothing falls between,
   * and what comes twice is known.
   *
   * @throws VeilleurError `mqtt_version_refused`, `mqtt_refused`, `mqtt_subscription_refused`, or
   *   `mqtt_unreachable`; all but the first are worth trying again.
   */
  static async open(options: ConnectionOptions): Promise<MqttConnection> {
    const connection = new MqttConnection(options);
    try {
      await connection.#handshake();
      return connection;
    } catch (thrown) {
      connection.#socket.destroy();
      throw thrown;
    }
  }

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#refusals = new MqttRefusals(options.url, options.version);
    const port = Number(options.url.port);
    const host = options.url.hostname.replace(/^\[|\]$/g, '');
    this.#socket =
      options.url.protocol === 'mqtts:'
        ? // A server name is never an address (RFC 6066, clause 3); the certificate is held against `host` either way.
          connectTls({ host, port: port || 8883, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connectTcp({ host, port: port || 1883 });
    this.#socket.setNoDelay(true);
    this.#acknowledgements = new Acknowledgements((messageId) => this.#puback(messageId));
    this.#ended = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#open = false;
        clearInterval(this.#keepAlive);
        resolve();
      });
    });
  }

  /** Resolves when the connection has ended, for whatever reason. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The broker had a session by our name. */
  get sessionPresent(): boolean {
    return this.#sessionPresent;
  }

  /** Of the filters that were not wanted, those that the session had; only MQTT 5 tells. */
  get unsubscribed(): readonly string[] {
    return this.#unsubscribed;
  }

  /** Tells the broker goodbye; the session stays there. */
  async close(): Promise<void> {
    if (this.#open) {
      this.#send({ cmd: 'disconnect' });
      this.#socket.end();
      const guard = setTimeout(() => this.#socket.destroy(), 1000);
      await this.#ended;
      clearTimeout(guard);
    }
  }

  #handshake(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        reject(this.#refusals.unreachable('it did not answer in time'));
      }, CONNECT_TIMEOUT_MS);
      const ready = () => {
        clearTimeout(timeout);
        this.#startKeepAlive();
        resolve();
      };
      const parser = mqtt.parser({ protocolVersion: this.#options.version });
      parser.on('packet', (packet) => {
        this.#lastHeardMs = performance.now();
        // The other packets are answers to what this client never sends.
        switch (packet.cmd) {
          case 'connack': {
            const code = packet.reasonCode ?? packet.returnCode ?? 0;
            if (code !== 0) return reject(this.#refusals.refused(code));
            this.#sessionPresent = packet.sessionPresent;
            if (!this.#subscribe() && !this.#unsubscribe()) ready();
            return;
          }
          case 'suback': {
            const refused = packet.granted.findIndex((granted) => Number(granted) >= 0x80);
            if (refused >= 0)
              return reject(this.#refusals.subscriptionRefused(this.#options.topicFilters[refused]));
            if (!this.#unsubscribe()) ready();
            return;
          }
          case 'unsuback': {
            const { unwantedFilters = [] } = this.#options;
            const codes = [packet.granted ?? []].flat();
            this.#unsubscribed = unwantedFilters.filter((_, i) => codes[i] === UNSUBSCRIBED);
            return ready();
          }
          case 'publish':
            return this.#deliver(packet);
          case 'disconnect':
            this.#socket.destroy();
            return reject(this.#refusals.unreachable('it closed the connection'));
          default:
        }
      });
      parser.on('error', (error) => {
        this.#socket.destroy();
        reject(
          this.#options.version === 5 && this.#keepAlive === undefined
            ? this.#refusals.versionRefused()
            : this.#refusals.unreachable(`it sent what is not MQTT: ${error.message}`),
        );
      });
      this.#socket.on('data', (bytes: Buffer) => parser.parse(bytes));
      this.#socket.on('error', (error) => reject(this.#refusals.unreachable(error.message, error)));
      this.#socket.once('close', () => {
        clearTimeout(timeout);
        reject(this.#refusals.unreachable('it closed the connection'));
      });
      this.#socket.once(this.#options.url.protocol === 'mqtts:' ? 'secureConnect' : 'connect', () =>
        this.#sendConnect(),
      );
    });
  }

  #sendConnect(): void {
    const { clientId, username, password, version, keepAliveS, sessionExpiryS, window } = this.#options;
    const { clean = false } = this.#options;
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId,
      clean,
      keepalive: keepAliveS,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(version === 5
        ? { properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum: Math.min(window, 65_535) } }
        : {}),
    });
  }

  /** False when there is nothing to ask for. */
  #subscribe(): boolean {
    const { topicFilters } = this.#options;
    if (topicFilters.length === 0) return false;
    const subscriptions = topicFilters.map((topic) => ({ topic, qos: 1 as const }));
    this.#send({ cmd: 'subscribe', messageId: 1, subscriptions });
    return true;
  }

  #unsubscribe(): boolean {
    const { unwantedFilters = [] } = this.#options;
    if (!this.#sessionPresent || unwantedFilters.length === 0) return false;
    this.#send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [...unwantedFilters] });
    return true;
  }

  #deliver(packet: mqtt.IPublishPacket): void {
    const puback =
      packet.qos === 0 || packet.messageId === undefined
        ? undefined
        : this.#acknowledgements.expect(packet.messageId);
    this.#inFlight += 1;
    if (this.#inFlight >= this.#options.window) this.#pause();
    this.#options.onDelivery({
      topic: packet.topic,
      payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
      qos: packet.qos,
      redelivered: packet.dup,
      acknowledge: () => {
        puback?.();
        this.#inFlight -= 1;
        if (this.#paused && this.#inFlight <= this.#options.window / 2) this.#resume();
      },
    });
  }

  /** Stops reading; TCP makes the broker wait. PINGREQs go on, so the broker keeps the connection. */
  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#lastHeardMs = performance.now();
    this.#socket.resume();
  }

  #startKeepAlive(): void {
    const intervalMs = (this.#options.keepAliveS * 1000) / 2;
    this.#keepAlive = setInterval(() => {
      // While we do not read, silence says nothing about the broker.
      if (!this.#paused && performance.now() - this.#lastHeardMs > 3 * intervalMs) {
        this.#socket.destroy();
        return;
      }
      this.#send({ cmd: 'pingreq' });
    }, intervalMs);
  }

  /** A batch's PUBACKs leave in one write. A PUBACK of success has one form in every version of MQTT. */
  #puback(messageId: number): void {
    if (this.#pubacks.length === 0) queueMicrotask(() => this.#sendPubacks());
    this.#pubacks.push(0x40, 0x02, messageId >> 8, messageId & 0xff);
  }

  #sendPubacks(): void {
    const bytes = Buffer.from(this.#pubacks);
    this.#pubacks = [];
    if (this.#open && this.#socket.writable) this.#socket.write(bytes);
  }

  #send(packet: mqtt.Packet): void {
    if (this.#open && this.#socket.writable) {
      mqtt.writeToStream(packet, this.#socket, { protocolVersion: this.#options.version });
    }
  }
}
