import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TlsOptions,
} from 'node:tls';
import { createLogger } from '@veilleur/runtime';
import * as mqtt from 'mqtt-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { MqttSession } from './mqtt-session.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A broker of MQTT 5 that has a session for everybody, and writes down what it is told. */
async function startBroker(onSubscribed: (socket: Socket) => void = () => {}, tls?: TlsOptions) {
  const told: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const parser = mqtt.parser({ protocolVersion: 5 });
    const send = (packet: mqtt.Packet) => mqtt.writeToStream(packet, socket, { protocolVersion: 5 });
    parser.on('packet', (packet) => {
      switch (packet.cmd) {
        case 'connect':
          told.push('connect');
          return send({ cmd: 'connack', reasonCode: 0, sessionPresent: true });
        case 'subscribe':
          told.push(`subscribe ${packet.subscriptions.map(({ topic }) => topic).join(' ')}`);
          send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
          return onSubscribed(socket);
        case 'unsubscribe':
          told.push(`unsubscribe ${packet.unsubscriptions.join(' ')}`);
          return send({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [0] });
        default:
      }
    });
    socket.on('data', (bytes: Buffer) => parser.parse(bytes));
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return {
    told,
    url: new URL(
      `${tls === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ),
  };
}

async function startSession(url: URL, how: { readonly shareGroup?: string; readonly leaving?: boolean }) {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const session = new MqttSession({
    ...{ url, clientId: 'north', version: 5, username: undefined, password: undefined, window: 10 },
    ...{ keepAliveS: 30, sessionExpiryS: 600, log: createLogger('silent') },
    topicFilters: ['v3/+/up'],
    shareGroup: how.shareGroup,
    leaving: how.leaving ?? false,
    readyToConnect: () => Promise.resolve(),
    onDelivery: () => {},
    onConnected: (_version, { unsubscribed }) => resolve(unsubscribed),
  });
  session.start();
  endings.push(() => session.stop());
  return promise;
}

/** A certificate of 127.0.0.1 that this process trusts until the test ends. */
function trustedCertificate(): TlsOptions {
  const folder = mkdtempSync(join(tmpdir(), 'veilleur-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    '/usr/bin/openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=broker -addext subjectAltName=IP:127.0.0.1 -keyout ${keyFile} -out ${certFile}`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  );
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile, 'utf8')];
  rmSync(folder, { recursive: true });
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  endings.push(async () => setDefaultCACertificates(before));
  return { key, cert };
}

it('a broker with TLS may be named by its address, where its certificate has that', async () => {
  const { told, url } = await startBroker(undefined, trustedCertificate());
  expect(url.protocol).toBe('mqtts:');
  await startSession(url, {});
  expect(told).toEqual(['connect', 'subscribe v3/+/up']);
}, 10_000);

describe('a session that is there', () => {
  it('without a group is subscribed to all', async () => {
    const { told, url } = await startBroker();
    await startSession(url, {});
    expect(told).toEqual(['connect', 'subscribe v3/+/up']);
  });

  it('with a group loses its ordinary subscription when the shared one is made, so that nothing falls between', async () => {
    const { told, url } = await startBroker();
    expect(await startSession(url, { shareGroup: 'city' })).toEqual(['v3/+/up']);
    expect(told).toEqual(['connect', 'subscribe $share/city/v3/+/up', 'unsubscribe v3/+/up']);
  });

  it('that leaves loses both, and gets none', async () => {
    const { told, url } = await startBroker();
    await startSession(url, { shareGroup: 'city', leaving: true });
    expect(told).toEqual(['connect', 'unsubscribe v3/+/up $share/city/v3/+/up']);
  });
});

it('a connection that is cut as soon as it is made, as by a bridge of the same name, is not made again at once', async () => {
  const { told, url } = await startBroker((socket) => socket.end());
  await startSession(url, {});
  await delay(2000);
  const connections = told.filter((line) => line === 'connect').length;
  // After a quarter of a second, a half, one: each half as long to one and a half times.
  expect(connections).toBeGreaterThanOrEqual(2);
  expect(connections).toBeLessThanOrEqual(5);
});
