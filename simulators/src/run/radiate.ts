import { setTimeout as sleep } from 'node:timers/promises';
import { VeilleurError } from '@veilleur/domain';
import { GatewayNetwork, type NetworkCounts } from '../gateway/gateway-network.ts';
import type { GatewayPort } from '../gateway/gateway-port.ts';
import { MqttGateway } from '../gateway/mqtt-gateway.ts';
import { UdpGateway } from '../gateway/udp-gateway.ts';
import type { Gateway } from '../radio/plan.ts';
import type { RunPlan } from './run-plan.ts';
import type { Source } from './source.ts';

export interface RadiateOptions {
  /** `udp://host:1700`: Semtech's packet forwarder; `mqtt://host:1883`: ChirpStack's gateway topics. */
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly signal: AbortSignal;
  /** Told the network once it runs, to look at its counts. */
  readonly onStart: (counts: Readonly<NetworkCounts>) => void;
  readonly onEmission: (atMs: number) => void;
}

/** Windows and retries of the last frames. */
const LAST_FRAMES_MS = 20_000;

/**
 * Sends a city's frames through true LoRaWAN devices and simulated gateways to a network server, in real
 * time. The server has to know the devices: `deviceKeys`.
 *
 * @throws VeilleurError `gateway_url_invalid`, `network_server_unreachable`, `broker_unreachable`
 */
export async function radiate(source: Source, plan: RunPlan, options: RadiateOptions): Promise<void> {
  const network = new GatewayNetwork({
    plan: source.radio,
    seed: plan.seed,
    ports: source.gateways.map((gateway) => portOf(gateway, options)),
  });
  await network.start();
  options.onStart(network.counts);
  try {
    for (const emission of source.city.emissions(new Date(plan.fromMs), new Date(plan.untilMs))) {
      const atMs = emission.at.getTime();
      const waitMs = atMs - Date.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: options.signal }).catch(() => {});
      if (options.signal.aborted) break;
      network.send(emission);
      options.onEmission(atMs);
    }
    if (!options.signal.aborted) {
      await Promise.race([
        network.idle(),
        sleep(LAST_FRAMES_MS, undefined, { signal: options.signal }).catch(() => {}),
      ]);
    }
  } finally {
    await network.stop();
  }
}

function portOf(gateway: Gateway, { url, username, password }: RadiateOptions): GatewayPort {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'udp:') return new UdpGateway(gateway, { host: hostname, port: Number(port || 1700) });
  if (protocol === 'mqtt:' || protocol === 'mqtts:') {
    return new MqttGateway(gateway, {
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
  }
  throw new VeilleurError('gateway_url_invalid', `no gateway can speak ${protocol.replace(':', '')}`, {
    remedy: 'udp://host:1700 is the packet forwarder, mqtt://host:1883 ChirpStack’s gateway topics.',
  });
}
