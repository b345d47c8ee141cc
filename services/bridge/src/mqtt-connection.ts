import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { VeilleurError } from '@veilleur/domain';
import * as mqtt from 'mqtt-packet';
import { Acknowledgements } from './acknowledgements.ts';

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
  readonly topicFilters: readonly string[];
  readonly keepAliveS: number;
  readonly sessionExpiryS: number;
  /** How many messages may be on their way from the broker to their commit. */
  readonly window: number;
  readonly onDelivery: (delivery: Delivery) => void;
}

const CONNECT_TIMEOUT_MS = 15_000;
/** CONNACK: the broker does not speak this version (3.1.1 return code 1, 5.0 reason code 0x84). */
const VERSION_REFUSED = new Set([0x01, 0x84]);
const REFUSALS: Readonly<Record<number, string>> = {
  2: 'the client identifier was refused',
  3: 'the broker is unavailable',
  4: 'user name or password is wrong',
  5: 'not authorised',
  134: 'user name or password is wrong',
  135: 'not authorised',
};

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
  readonly #socket: Socket;
  readonly #acknowledgements: Acknowledgements;
  readonly #ended: Promise<void>;
  #keepAlive: NodeJS.Timeout | undefined;
  #lastHeardMs = performance.now();
  #inFlight = 0;
  #pubacks: number[] = [];
  #paused = false;
  #open = true;

  /**
   * Connects and subscribes.
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
    const port = Number(options.url.port);
    const host = options.url.hostname.replace(/^\[|\]$/g, '');
    this.#socket =
      options.url.protocol === 'mqtts:'
        ? connectTls({ host, port: port || 8883, servername: host })
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
        reject(this.#unreachable('it did not answer in time'));
      }, CONNECT_TIMEOUT_MS);
      const parser = mqtt.parser({ protocolVersion: this.#options.version });
      parser.on('packet', (packet) => {
        this.#lastHeardMs = performance.now();
        // The other packets are answers to what this client never sends.
        switch (packet.cmd) {
          case 'connack': {
            const code = packet.reasonCode ?? packet.returnCode ?? 0;
            if (code !== 0) return reject(this.#refused(code));
            return this.#subscribe();
          }
          case 'suback': {
            clearTimeout(timeout);
            const refused = packet.granted.findIndex((granted) => Number(granted) >= 0x80);
            if (refused >= 0) return reject(this.#subscriptionRefused(this.#options.topicFilters[refused]));
            this.#startKeepAlive();
            return resolve();
          }
          case 'publish':
            return this.#deliver(packet);
          case 'disconnect':
            this.#socket.destroy();
            return reject(this.#unreachable('it closed the connection'));
          default:
        }
      });
      parser.on('error', (error) => {
        this.#socket.destroy();
        // A broker that knows no MQTT 5 answers in the older form, which does not parse as the newer one.
        reject(
          this.#options.version === 5 && this.#keepAlive === undefined
            ? this.#refused(0x84)
            : this.#unreachable(`it sent what is not MQTT: ${error.message}`),
        );
      });
      this.#socket.on('data', (bytes: Buffer) => parser.parse(bytes));
      this.#socket.on('error', (error) => reject(this.#unreachable(error.message, error)));
      this.#socket.once('close', () => {
        clearTimeout(timeout);
        reject(this.#unreachable('it closed the connection'));
      });
      this.#socket.once(this.#options.url.protocol === 'mqtts:' ? 'secureConnect' : 'connect', () =>
        this.#sendConnect(),
      );
    });
  }

  #sendConnect(): void {
    const { clientId, username, password, version, keepAliveS, sessionExpiryS, window } = this.#options;
    this.#send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId,
      clean: false,
      keepalive: keepAliveS,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(version === 5
        ? { properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum: Math.min(window, 65_535) } }
        : {}),
    });
  }

  #subscribe(): void {
    this.#send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: this.#options.topicFilters.map((topic) => ({ topic, qos: 1 })),
    });
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

  get #broker(): string {
    return `the broker at ${this.#options.url.host}`;
  }

  #refused(code: number): VeilleurError {
    if (VERSION_REFUSED.has(code)) {
      return new VeilleurError(
        'mqtt_version_refused',
        `${this.#broker} does not speak MQTT ${this.#options.version}`,
      );
    }
    return new VeilleurError(
      'mqtt_refused',
      `${this.#broker} refused us: ${REFUSALS[code] ?? `reason code ${code}`}`,
      {
        remedy:
          'Check MQTT_USERNAME, MQTT_PASSWORD and MQTT_CLIENT_ID, and what the broker allows that user.',
        retryable: true,
      },
    );
  }

  #subscriptionRefused(filter: string | undefined): VeilleurError {
    return new VeilleurError(
      'mqtt_subscription_refused',
      `${this.#broker} refused the subscription ${filter}`,
      {
        remedy: 'Allow this user to read that topic in the access list of the broker.',
        retryable: true,
      },
    );
  }

  #unreachable(why: string, cause?: unknown): VeilleurError {
    return new VeilleurError('mqtt_unreachable', `${this.#broker} cannot be used: ${why}`, {
      remedy: 'Check that the broker runs and that MQTT_URL names it.',
      retryable: true,
      cause,
    });
  }
}
