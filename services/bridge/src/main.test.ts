import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ConfigError } from '@veilleur/runtime';
import { expect, it } from 'vitest';
import { main } from './main.ts';

it('a metrics port in use ends the start before anything runs, and is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const started = main({
    // Nobody listens at either.
    DATABASE_URL: 'postgres://127.0.0.1:1/veilleur',
    MQTT_URL: 'mqtt://127.0.0.1:1',
    BRIDGE_METRICS_PORT: String(port),
  });
  await expect(started).rejects.toThrow(ConfigError);
  await expect(started).rejects.toThrow(`BRIDGE_METRICS_PORT: port ${port} on 127.0.0.1 is in use`);
  taken.close();
});
