import { expect, it } from 'vitest';
import { ConfigError } from './config.ts';
import { createMetrics } from './metrics.ts';
import { serveMetrics } from './serve-metrics.ts';

const serveAt = (host: string, port: number) =>
  serveMetrics(createMetrics(), { host, port, variables: 'BRIDGE_METRICS' });

it('tells that the program is alive, and what it counts', async () => {
  const metrics = await serveAt('127.0.0.1', 0);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${metrics.port}${path}`)).text();
  expect(await get('/health')).toContain('alive');
  expect(await get('/metrics')).toContain('process_cpu_seconds_total');
  await metrics.stop();
});

it('names the variable to change where another program has the port', async () => {
  const first = await serveAt('127.0.0.1', 0);
  const second = serveAt('127.0.0.1', first.port);
  await expect(second).rejects.toThrow(ConfigError);
  await expect(second).rejects.toThrow(
    `BRIDGE_METRICS_PORT: port ${first.port} on 127.0.0.1 is in use. Stop the other program, or choose another port.`,
  );
  await first.stop();
});

it('names the variable to change where the address is of another machine', async () => {
  // TEST-NET-1 (RFC 5737).
  const served = serveAt('192.0.2.1', 0);
  await expect(served).rejects.toThrow(ConfigError);
  await expect(served).rejects.toThrow('BRIDGE_METRICS_HOST: this machine has no address 192.0.2.1');
});
