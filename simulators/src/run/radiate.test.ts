import { afterEach, expect, it } from 'vitest';
import { NetworkServer } from '../fixtures/network-server.ts';
import { startUdpServer } from '../fixtures/udp-server.ts';
import { deviceKeys } from '../gateway/device-keys.ts';
import type { NetworkCounts } from '../gateway/gateway-network.ts';
import { radiate } from './radiate.ts';
import { planRun } from './run-plan.ts';
import { parseScenario } from './scenario-file.ts';
import { createSource } from './source.ts';

const SCENARIO = `name: on-air
description: { en: A street at the gateway level, fr: Une rue au niveau des passerelles }
seed: 4
city:
  installedAt: "2026-01-01"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 0.5 }
  households: { count: 3, gas: 0, electricity: 0 }
  waterDistricts: 0
reportEvery_s: { water: 4 }
radio: { gateways: 1 }
level: gateway
speed: 1
days: 0.00015
`;

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0)) await step();
});

it('sends a street of meters through a gateway to a network server, which finds the very frames', async () => {
  const plan = planRun(parseScenario(SCENARIO, 'on-air.yaml'), {}, new Date());
  const source = await createSource(plan);
  const server = await startUdpServer(new NetworkServer((devEui) => deviceKeys(plan.seed, devEui).appKey));
  cleanUp.push(() => server.close());
  let counts: Readonly<NetworkCounts> | undefined;

  await radiate(source, plan, {
    url: `udp://127.0.0.1:${server.port}`,
    username: undefined,
    password: undefined,
    signal: new AbortController().signal,
    onStart: (network) => {
      counts = network;
    },
    onEmission: () => {},
  });

  expect(new Set(server.pulls).size).toBe(1);
  expect(server.heard.filter(({ received }) => received.kind === 'refused')).toEqual([]);
  const sent = new Map<string, string[]>();
  for (const { device, payload } of source.city.emissions(new Date(plan.fromMs), new Date(plan.untilMs))) {
    sent.set(device.devEui, [...(sent.get(device.devEui) ?? []), Buffer.from(payload).toString('hex')]);
  }
  const heard = server.heard.flatMap(({ received }) => (received.kind === 'data' ? [received] : []));
  expect(heard.length).toBeGreaterThanOrEqual(3);
  expect(new Set(heard.map(({ devEui }) => devEui)).size).toBe(3);
  for (const { devEui, payload } of heard) expect(sent.get(devEui)).toContain(payload.toString('hex'));
  expect(counts?.joins).toBe(3);
}, 90_000);

it('is refused at another pace than real time', () => {
  const scenario = parseScenario(SCENARIO.replace('speed: 1\n', ''), 'on-air.yaml');
  expect(() => planRun(scenario, {}, new Date())).toThrow(
    expect.objectContaining({ code: 'gateway_level_real_time' }),
  );
});
