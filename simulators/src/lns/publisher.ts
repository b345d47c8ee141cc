import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { VeilleurError } from '@veilleur/domain';
import {
  answerReader,
  connectPacket,
  DISCONNECT,
  PINGREQ,
  publishRoom,
  writePublish,
} from './mqtt-packets.ts';
import { Unacknowledged } from './unacknowledged.ts';

export interface Publishable {
  readonly topic: string;
  readonly payload: string | Uint8Array;
}

export interface PublishOptions<T extends Publishable> {
  /** `mqtt://host:1883` or `mqtts://host:8883`; a user and password in it are taken. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** For `mqtts://`: certificates and names, as `node:tls` takes them. */
  readonly tls?: ConnectionOptions;
  readonly clientId: string;
  /** How many may wait for the broker's acknowledgement. Default 2,000, at most 60,000. */
  readonly inFlight?: number;
  /** Messages a second at most; by default as fast as the broker takes them. */
  readonly rate?: number;
  /** When a message may go, by the wall clock; by default at once. Asked once a message, in order. */
  readonly dueAtMs?: (message: T) => number;
  /** How long the broker may take to answer, at the start and after it went away. Default 30 s, then without end. */
  readonly connectTimeoutMs?: number;
  /** Each message that the broker has acknowledged. */
  readonly onAcknowledged?: (message: T) => void;
  /** The broker went away (once an outage). It is waited for. */
  readonly onTrouble?: (trouble: Error) => void;
  /** Ends it: nothing more is sent, what is in flight gets a few seconds. */
  readonly signal?: AbortSignal;
}

export interface PublishCounts {
  /** Given to the socket, repetitions after a reconnect not counted. */
  published: number;
  acknowledged: number;
  /** Sent a second time because the connection broke before their acknowledgement. */
  repeated: number;
  reconnects: number;
  bytes: number;
}

export interface RunningPublisher {
  /** Live. */
  readonly counts: Readonly<PublishCounts>;
  /** When all is acknowledged, or after `signal`. */
  readonly finished: Promise<Readonly<PublishCounts>>;
}

/** One write holds up to so many bytes: some forty messages. */
const CHUNK_BYTES = 64 * 1024;
/** Between two looks at the clock, when there is nothing to do but wait. */
const TICK_MS = 5;
const KEEP_ALIVE_S = 30;
const RECONNECT_MS = 500;
const LAST_ACKNOWLEDGEMENTS_MS = 3000;

/**
 * Publishes messages at QoS 1 over one connection, at least once each and in their order, and costs
 * little: many packets to a write, a window of open acknowledgements, nothing kept for a message but its
 * bytes. What was not acknowledged when a connection broke is sent again, marked as a duplicate.
 *
 * Takes messages only as fast as broker, window and rate let it: a generator behind it does no more.
 *
 * @throws VeilleurError `broker_unreachable` when the broker does not accept us in time.
 */
export async function publish<T extends Publishable>(
  messages: Iterable<T>,
  options: PublishOptions<T>,
): Promise<RunningPublisher> {
  const publisher = new Publisher(messages, options);
  await publisher.connect(options.connectTimeoutMs ?? 30_000);
  const finished = publisher.run();
  // Whoever looks later still gets the failure.
  finished.catch(() => {});
  return { counts: publisher.counts, finished };
}

class Publisher<T extends Publishable> {
  readonly counts: PublishCounts = { published: 0, acknowledged: 0, repeated: 0, reconnects: 0, bytes: 0 };
  readonly #options: PublishOptions<T>;
  readonly #source: Iterator<T>;
  readonly #open: Unacknowledged<T>;
  #next: T | undefined;
  #nextDueMs = 0;
  #isExhausted = false;
  #socket: Socket | undefined;
  #wake: (() => void) | undefined;
  #lastWriteMs = 0;
  /** Room for packets; replaced when full, for acknowledgements may need its bytes again. */
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #chunkAt = 0;

  constructor(messages: Iterable<T>, options: PublishOptions<T>) {
    this.#options = options;
    this.#source = messages[Symbol.iterator]();
    this.#open = new Unacknowledged(options.inFlight ?? 2000);
  }

  /** @throws VeilleurError `broker_unreachable` */
  async connect(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      try {
        await this.#connectOnce(Math.max(100, deadlineMs - performance.now()));
        return;
      } catch (cause) {
        if (this.#isStopped) return;
        const isRefused = cause instanceof VeilleurError;
        if (isRefused || performance.now() + RECONNECT_MS > deadlineMs) {
          throw isRefused ? cause : this.#unreachable(cause);
        }
        await sleep(RECONNECT_MS, undefined, this.#abortable()).catch(() => {});
      }
    }
  }

  async run(): Promise<Readonly<PublishCounts>> {
    const startMs = performance.now();
    this.#options.signal?.addEventListener('abort', () => this.#wake?.(), { once: true });
    while (!this.#isStopped) {
      if (this.#socket === undefined) {
        await this.connect(Number.POSITIVE_INFINITY);
        continue;
      }
      const { rate } = this.#options;
      const elapsedS = (performance.now() - startMs) / 1000;
      const allowed =
        rate === undefined ? this.#open.room : Math.floor(elapsedS * rate) - this.counts.published;
      const sent = this.#send(Math.min(allowed, this.#open.room));
      if (this.#isExhausted && this.#open.open === 0) break;
      if (this.#socket?.writableNeedDrain) await this.#woken(1000);
      // Others get their turn; the acknowledgements come in between.
      else if (sent > 0 && rate === undefined && this.#open.room > 0) await new Promise(setImmediate);
      else await this.#woken(this.#pauseMs());
    }
    if (this.#open.open > 0) await this.#lastAcknowledgements();
    this.#socket?.end(DISCONNECT);
    this.#source.return?.();
    return this.counts;
  }

  get #isStopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #abortable(): { signal?: AbortSignal } {
    return this.#options.signal === undefined ? {} : { signal: this.#options.signal };
  }

  #pauseMs(): number {
    if (performance.now() - this.#lastWriteMs > (KEEP_ALIVE_S * 1000) / 2) {
      this.#lastWriteMs = performance.now();
      this.#socket?.write(PINGREQ);
    }
    if (this.#isExhausted || this.#open.room <= 0) return 1000;
    if (this.#next !== undefined) return Math.max(1, Math.min(1000, this.#nextDueMs - Date.now()));
    return TICK_MS;
  }

  /** Up to `most` messages that are due, in one write or a few. */
  #send(most: number): number {
    let sent = 0;
    let from = this.#chunkAt;
    const flush = () => {
      if (this.#chunkAt === from) return;
      this.counts.bytes += this.#chunkAt - from;
      this.#lastWriteMs = performance.now();
      this.#socket?.write(this.#chunk.subarray(from, this.#chunkAt));
    };
    while (sent < most && !this.#socket?.writableNeedDrain) {
      const message = this.#due();
      if (message === undefined) break;
      const room = publishRoom(message.topic, message.payload);
      if (this.#chunkAt + room > this.#chunk.length) {
        flush();
        this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, room));
        this.#chunkAt = 0;
        from = 0;
      }
      const start = this.#chunkAt;
      this.#chunkAt = writePublish(this.#chunk, start, message.topic, message.payload, this.#open.nextId);
      this.#open.add(this.#chunk, start, this.#chunkAt, message);
      this.counts.published += 1;
      sent += 1;
    }
    flush();
    return sent;
  }

  /** The next message, if its time has come. */
  #due(): T | undefined {
    if (this.#next === undefined) {
      if (this.#isExhausted) return undefined;
      const { done, value } = this.#source.next();
      if (done === true) {
        this.#isExhausted = true;
        return undefined;
      }
      this.#next = value;
      this.#nextDueMs = this.#options.dueAtMs?.(value) ?? 0;
    }
    if (this.#nextDueMs > 0 && this.#nextDueMs > Date.now()) return undefined;
    const message = this.#next;
    this.#next = undefined;
    return message;
  }

  #connectOnce(timeoutMs: number): Promise<void> {
    const url = new URL(this.#options.url);
    const isTls = url.protocol === 'mqtts:';
    const port = Number(url.port || (isTls ? 8883 : 1883));
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = isTls
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...this.#options.tls })
      : connectPlain({ host, port, noDelay: true });
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      let lastError: Error | undefined;
      const timeout = setTimeout(() => socket.destroy(new Error('no answer')), Math.min(timeoutMs, 10_000));
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        socket.write(
          connectPacket({
            clientId: this.#options.clientId,
            keepAliveS: KEEP_ALIVE_S,
            username: this.#options.username ?? (url.username ? decodeURIComponent(url.username) : undefined),
            password: this.#options.password ?? (url.password ? decodeURIComponent(url.password) : undefined),
          }),
        );
      });
      socket.on('error', (error) => {
        lastError = error;
      });
      socket.on('drain', () => this.#wake?.());
      socket.on('close', () => {
        clearTimeout(timeout);
        reject(lastError ?? new Error('the connection was closed'));
        if (this.#socket === socket) this.#wentAway(lastError);
      });
      socket.on(
        'data',
        answerReader({
          connack: (returnCode) => {
            clearTimeout(timeout);
            if (returnCode !== 0) {
              reject(this.#refused(returnCode));
              socket.destroy();
              return;
            }
            this.#socket = socket;
            this.#lastWriteMs = performance.now();
            this.counts.repeated += this.#open.open;
            if (this.#open.open > 0) socket.write(this.#open.again());
            resolve();
          },
          puback: (packetId) => {
            const message = this.#open.acknowledge(packetId);
            if (message === undefined) return;
            this.counts.acknowledged += 1;
            this.#options.onAcknowledged?.(message);
            this.#wake?.();
          },
        }),
      );
    });
  }

  #wentAway(cause: Error | undefined): void {
    this.#socket = undefined;
    this.#wake?.();
    if (this.#isStopped || (this.#isExhausted && this.#open.open === 0)) return;
    this.counts.reconnects += 1;
    this.#options.onTrouble?.(
      new VeilleurError('broker_away', `${this.#place} went away; the simulator waits for it`, {
        remedy: 'Nothing is lost on this side: what was not acknowledged is sent again.',
        retryable: true,
        cause,
      }),
    );
  }

  /** Until something happens, or so long. A timer that fires for nothing is cheaper than one a message. */
  async #woken(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      // While the rate holds it back, acknowledgements are no reason to look.
      if (ms > TICK_MS) {
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }
    });
    this.#wake = undefined;
  }

  async #lastAcknowledgements(): Promise<void> {
    const deadlineMs = performance.now() + LAST_ACKNOWLEDGEMENTS_MS;
    while (this.#open.open > 0 && this.#socket !== undefined && performance.now() < deadlineMs)
      await sleep(20);
  }

  get #place(): string {
    return new URL(this.#options.url).host;
  }

  #unreachable(cause: unknown): VeilleurError {
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    return new VeilleurError('broker_unreachable', `no connection to ${this.#place}: ${why}`, {
      remedy: 'Check that the broker runs there and that it takes this user.',
      retryable: true,
      cause,
    });
  }

  #refused(returnCode: number): VeilleurError {
    const why = [
      '',
      'protocol version',
      'client id',
      'it is unavailable',
      'user or password',
      'not authorised',
    ];
    return new VeilleurError(
      'broker_refused',
      `${this.#place} refused the connection: ${why[returnCode] ?? returnCode}`,
      { remedy: 'Give the user and password that this broker knows.' },
    );
  }
}
