import { VeilleurError } from '@veilleur/domain';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { Gateway } from '../radio/plan.ts';
import type { GatewayCounts, GatewayPort, GatewayUplink, TakeDownlink, TxStatus } from './gateway-port.ts';
import {
  connState,
  downlinkTxAck,
  gatewayStats,
  readDownlinkFrame,
  uplinkFrame,
} from './gateway-protobuf.ts';

export interface MqttGatewayOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Of ChirpStack's region. Default `eu868`. */
  readonly topicPrefix?: string;
  /** Default 30 s. */
  readonly statsEveryMs?: number;
  readonly now?: () => number;
}

/**
 * One gateway as ChirpStack's MQTT forwarder, in protobuf: `event/up`, `event/stats`, `event/ack`,
 * `command/down`, and `state/conn`, retained, which the broker sets to offline when we are gone.
 */
export class MqttGateway implements GatewayPort {
  readonly gatewayId: string;
  readonly counts: GatewayCounts = { received: 0, forwarded: 0, acknowledged: 0, downlinks: 0, sent: 0 };
  readonly #gateway: Gateway;
  readonly #options: MqttGatewayOptions;
  readonly #now: () => number;
  readonly #topic: string;
  #told: GatewayCounts = { received: 0, forwarded: 0, acknowledged: 0, downlinks: 0, sent: 0 };
  #client: MqttClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #uplinkId = 0;

  constructor(gateway: Gateway, options: MqttGatewayOptions) {
    this.gatewayId = gateway.id;
    this.#gateway = gateway;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#topic = `${options.topicPrefix ?? 'eu868'}/gateway/${gateway.id}`;
  }

  /** @throws VeilleurError `broker_unreachable` */
  async start(take: TakeDownlink): Promise<void> {
    const { url, username, password, statsEveryMs = 30_000 } = this.#options;
    const offline = { topic: `${this.#topic}/state/conn`, payload: connState(this.gatewayId, false) };
    const options: IClientOptions = {
      protocolVersion: 4,
      clientId: `veilleur-gateway-${this.gatewayId}`,
      will: { ...offline, qos: 1, retain: true },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    const client = await connectAsync(url, options, false).catch((cause: unknown) => {
      throw new VeilleurError(
        'broker_unreachable',
        `gateway ${this.gatewayId}: no connection to ${new URL(url).host}`,
        {
          remedy: 'Check that the broker runs there and that it takes this user.',
          retryable: true,
          cause,
        },
      );
    });
    this.#client = client;
    client.on('error', () => {});
    client.on('message', (_, payload) => this.#takeCommand(payload, take));
    await client.subscribeAsync(`${this.#topic}/command/down`, { qos: 1 });
    // MQTT.js subscribes again by itself after a reconnect; the state is ours to tell.
    client.on('connect', () => this.#publish('state/conn', connState(this.gatewayId, true), true));
    this.#publish('state/conn', connState(this.gatewayId, true), true);
    this.#timer = setInterval(() => this.#publishStats(), statsEveryMs);
    this.#publishStats();
  }

  forward(uplink: GatewayUplink): void {
    this.counts.received += 1;
    this.counts.forwarded += 1;
    this.#uplinkId = (this.#uplinkId + 1) >>> 0;
    this.#publish('event/up', uplinkFrame(this.gatewayId, uplink, this.#uplinkId));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const client = this.#client;
    if (client?.connected) {
      const payload = connState(this.gatewayId, false);
      await client.publishAsync(`${this.#topic}/state/conn`, payload, { qos: 1, retain: true });
    }
    await client?.endAsync(!client.connected);
  }

  #takeCommand(payload: Uint8Array, take: TakeDownlink): void {
    let command: ReturnType<typeof readDownlinkFrame>;
    try {
      command = readDownlinkFrame(payload);
    } catch (thrown) {
      if (thrown instanceof RangeError) return;
      throw thrown;
    }
    this.counts.downlinks += 1;
    // The first item whose time can be kept is sent; those behind it are not needed.
    const statuses: (TxStatus | 'IGNORED')[] = command.items.map(() => 'IGNORED');
    for (const [i, item] of command.items.entries()) {
      const status = take(this.gatewayId, item);
      statuses[i] = status;
      if (status !== 'OK') continue;
      this.counts.sent += 1;
      break;
    }
    this.#publish('event/ack', downlinkTxAck(this.gatewayId, command.downlinkId, statuses));
  }

  #publishStats(): void {
    const { counts } = this;
    const told = this.#told;
    this.#told = { ...counts };
    const since = {
      received: counts.received - told.received,
      forwarded: counts.forwarded - told.forwarded,
      acknowledged: counts.acknowledged - told.acknowledged,
      downlinks: counts.downlinks - told.downlinks,
      sent: counts.sent - told.sent,
    };
    this.#publish('event/stats', gatewayStats(this.#gateway, this.#now(), since));
  }

  #publish(what: string, payload: Buffer, retain = false): void {
    this.#client?.publish(`${this.#topic}/${what}`, payload, { qos: 1, retain }, (error) => {
      if (!error) this.counts.acknowledged += 1;
    });
  }
}
