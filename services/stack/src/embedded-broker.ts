import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { VeilleurError } from '@veilleur/domain';
import type { Running } from '@veilleur/runtime';
import { Aedes } from 'aedes';
import { AcknowledgeAfterCommit, type CommittingReader } from './acknowledge-after-commit.ts';
import type { StackConfig } from './config.ts';

export type EmbeddedBroker = Running & { readonly url: string };

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * A broker in this process, MQTT 3.1.1. It keeps nothing over a restart, and promises nothing: what the
 * bridge reads is acknowledged when it is committed (`acknowledge-after-commit.ts`), so that the publisher
 * keeps what is not. A network server keeps little, and in memory: for outages of hours, use Mosquitto or
 * EMQX with persistence.
 *
 * @param bridge Whose acknowledgements say that a message is committed.
 * @throws VeilleurError `port_in_use`, `port_forbidden`, `broker_open` when it would listen beyond this
 *   machine without a password.
 */
export async function startEmbeddedBroker(
  options: StackConfig['embeddedBroker'],
  bridge: CommittingReader,
): Promise<EmbeddedBroker> {
  const { host, port, username, password } = options;
  if (!LOOPBACK.test(host) && (username === undefined || password === undefined)) {
    throw new VeilleurError('broker_open', `the embedded broker would listen on ${host} without a password`, {
      remedy: 'Set MQTT_USERNAME and MQTT_PASSWORD, or let it listen on 127.0.0.1 (MQTT_HOST).',
    });
  }
  const broker = await Aedes.createBroker({
    authenticate: (_client, name, secret, done) =>
      done(null, username === undefined || (name === username && secret?.toString() === password)),
  });
  new AcknowledgeAfterCommit(broker, bridge);
  const server = createServer(broker.handle);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (thrown) {
    broker.close();
    throw cannotListen(thrown, host, port);
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function cannotListen(thrown: unknown, host: string, port: number): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'EADDRINUSE') {
    return new VeilleurError('port_in_use', `MQTT port ${port} on ${host} is in use`, {
      remedy:
        'Stop the other broker, choose another port with MQTT_PORT, or use that broker with MQTT_URL=mqtt://...',
    });
  }
  if (code === 'EACCES') {
    return new VeilleurError('port_forbidden', `this user may not listen on MQTT port ${port}`, {
      remedy: 'Choose a port above 1023 with MQTT_PORT.',
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new VeilleurError('address_unknown', `this machine has no address ${host}`, {
      remedy: 'MQTT_HOST is 127.0.0.1 for this machine alone, 0.0.0.0 for all of its networks.',
    });
  }
  return thrown;
}
