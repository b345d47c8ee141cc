import { createSocket, type Socket } from 'node:dgram';
import { VeilleurError } from '@veilleur/domain';
import type { Gateway } from '../radio/plan.ts';
import {
  concentratorCounter,
  type GatewayCounts,
  type GatewayPort,
  type GatewayUplink,
  type TakeDownlink,
} from './gateway-port.ts';
import { pullData, pushStat, pushUplink, readServerDatagram, txAck } from './semtech-udp.ts';

export interface UdpGatewayOptions {
  readonly host: string;
  /** 1700 is the usual one. */
  readonly port: number;
  /** Between two PULL_DATA, which keep a router's door open. Default 10 s. */
  readonly keepAliveMs?: number;
  /** Between two `stat`. Default 30 s. */
  readonly statEveryMs?: number;
  readonly connectTimeoutMs?: number;
  readonly now?: () => number;
}

/** One gateway as Semtech's packet forwarder: uplinks and stat pushed, downlinks pulled, over UDP. */
export class UdpGateway implements GatewayPort {
  readonly gatewayId: string;
  readonly counts: GatewayCounts = { received: 0, forwarded: 0, acknowledged: 0, downlinks: 0, sent: 0 };
  readonly #gateway: Gateway;
  readonly #options: UdpGatewayOptions;
  readonly #now: () => number;
  readonly #socket: Socket = createSocket('udp4');
  readonly #timers: NodeJS.Timeout[] = [];
  #token = 0;
  #pushes = 0;
  #onPullAck: (() => void) | undefined;

  constructor(gateway: Gateway, options: UdpGatewayOptions) {
    this.gatewayId = gateway.id;
    this.#gateway = gateway;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @throws VeilleurError `network_server_unreachable` when no PULL_ACK comes. */
  async start(take: TakeDownlink): Promise<void> {
    const { keepAliveMs = 10_000, statEveryMs = 30_000, connectTimeoutMs = 5000 } = this.#options;
    this.#socket.on('message', (bytes) => this.#takeDatagram(bytes, take));
    // ICMP says that nobody listens there (yet); UDP has no connection to lose.
    this.#socket.on('error', () => {});
    const pull = () => this.#send(pullData(this.#nextToken(), this.gatewayId));
    const answered = new Promise<void>((resolve) => {
      this.#onPullAck = resolve;
    });
    const retry = setInterval(pull, 500);
    pull();
    try {
      await within(answered, connectTimeoutMs, () => this.#unreachable());
    } finally {
      clearInterval(retry);
    }
    this.#timers.push(
      setInterval(pull, keepAliveMs),
      setInterval(() => this.#pushStat(), statEveryMs),
    );
    this.#pushStat();
  }

  forward(uplink: GatewayUplink): void {
    this.counts.received += 1;
    this.counts.forwarded += 1;
    this.#pushes += 1;
    const tmst = concentratorCounter(this.gatewayId, uplink.heardAtMs);
    this.#send(pushUplink(this.#nextToken(), this.gatewayId, uplink, tmst));
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #takeDatagram(bytes: Buffer, take: TakeDownlink): void {
    let datagram: ReturnType<typeof readServerDatagram>;
    try {
      datagram = readServerDatagram(bytes);
    } catch (thrown) {
      if (!(thrown instanceof VeilleurError)) throw thrown;
      // A PULL_RESP that can't be read still gets its answer, or the server would wait.
      if (bytes[3] === 3) this.#send(txAck(bytes.readUInt16BE(1), this.gatewayId, 'INTERNAL_ERROR'));
      return;
    }
    switch (datagram.kind) {
      case 'push_ack':
        this.counts.acknowledged += 1;
        break;
      case 'pull_ack':
        this.#onPullAck?.();
        break;
      case 'pull_resp': {
        this.counts.downlinks += 1;
        const status = take(this.gatewayId, datagram.downlink);
        if (status === 'OK') this.counts.sent += 1;
        this.#send(txAck(datagram.token, this.gatewayId, status));
        break;
      }
    }
  }

  #pushStat(): void {
    const { received, forwarded, acknowledged, downlinks, sent } = this.counts;
    const { latitude, longitude, altitude } = this.#gateway;
    const ackr = this.#pushes === 0 ? 100 : Math.round((1000 * acknowledged) / this.#pushes) / 10;
    this.#pushes += 1;
    this.#send(
      pushStat(this.#nextToken(), this.gatewayId, {
        atMs: this.#now(),
        latitude,
        longitude,
        altitude,
        rxnb: received,
        rxok: received,
        rxfw: forwarded,
        ackr,
        dwnb: downlinks,
        txnb: sent,
      }),
    );
  }

  /** Tokens tell acknowledgements apart; they need not be random. */
  #nextToken(): number {
    this.#token = (this.#token + 1) & 0xffff;
    return this.#token;
  }

  #send(datagram: Buffer): void {
    this.#socket.send(datagram, this.#options.port, this.#options.host);
  }

  #unreachable(): VeilleurError {
    return new VeilleurError(
      'network_server_unreachable',
      `no PULL_ACK from ${this.#options.host}:${this.#options.port} for gateway ${this.gatewayId}`,
      { remedy: "Check that the network server's UDP packet forwarder listens there.", retryable: true },
    );
  }
}

async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
