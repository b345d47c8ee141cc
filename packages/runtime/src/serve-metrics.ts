import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { ConfigError } from './config.ts';
import type { Running } from './lifecycle.ts';

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  /** How the variables begin that say so: `BRIDGE_METRICS` of `BRIDGE_METRICS_HOST` and `BRIDGE_METRICS_PORT`. */
  readonly variables: string;
}

/**
 * `/metrics` and `/health` for a program that serves nothing else.
 *
 * @throws ConfigError when it cannot listen there, with the variable to change.
 */
export async function serveMetrics(
  registry: Registry,
  address: MetricsAddress,
): Promise<Running & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.url === '/health') {
      response.setHeader('content-type', 'application/json').end('{"status":"alive"}\n');
      return;
    }
    if (request.url !== '/metrics') {
      response.writeHead(404).end('Only /metrics and /health are here.\n');
      return;
    }
    registry.metrics().then(
      (text) => response.setHeader('content-type', registry.contentType).end(text),
      () => response.writeHead(500).end(),
    );
  });
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (thrown) {
    throw cannotListen(thrown, address);
  }
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function cannotListen(thrown: unknown, { host, port, variables }: MetricsAddress): unknown {
  switch (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined) {
    case 'EADDRINUSE':
      return new ConfigError(
        `${variables}_PORT: port ${port} on ${host} is in use. Stop the other program, or choose another port.`,
      );
    case 'EACCES':
      return new ConfigError(
        `${variables}_PORT: this user may not listen on port ${port}. Choose one above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(
        `${variables}_HOST: this machine has no address ${host}. Choose 127.0.0.1 for this machine alone, 0.0.0.0 for all of its networks.`,
      );
    default:
      return thrown;
  }
}
