import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A server that says every letter twice, behind a proxy, and a client of it. */
async function wire() {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => socket.write(bytes.toString().replaceAll(/./g, '$&$&')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => server.close());
  const proxy = await startTcpProxy((server.address() as AddressInfo).port);
  endings.push(() => proxy.stop());
  const open = async () => {
    const client = connect({ port: proxy.port, host: '127.0.0.1' });
    client.on('error', () => {});
    let heard = '';
    client.on('data', (bytes) => {
      heard += bytes.toString();
    });
    await once(client, 'connect');
    endings.push(() => client.destroy());
    const hears = async (text: string) => {
      for (let i = 0; i < 100 && heard !== text; i += 1) await delay(10);
      expect(heard).toBe(text);
    };
    const ends = async () => {
      for (let i = 0; i < 100 && !client.closed; i += 1) await delay(10);
      expect(client.closed).toBe(true);
    };
    return { client, hears, ends };
  };
  return { proxy, accepted, open };
}

it('passes bytes both ways, unchanged', async () => {
  const { open } = await wire();
  const { client, hears } = await open();
  client.write('ab');
  await hears('aabb');
});

it('cuts what is open and passes what comes after', async () => {
  const { proxy, open } = await wire();
  const { client, ends } = await open();
  client.write('ab');
  await delay(50);
  proxy.cut();
  await ends();
  const { client: next, hears } = await open();
  next.write('cd');
  await hears('ccdd');
});

it('half open: nothing arrives and nobody is told, not even after it has healed', async () => {
  const { proxy, accepted, open } = await wire();
  const { client, hears } = await open();
  client.write('ab');
  await hears('aabb');
  proxy.halfOpen();
  const late = await open();
  late.client.write('ef');
  client.write('cd');
  accepted[0]?.write('unheard');
  await delay(100);
  accepted[0]?.destroy();
  await delay(100);
  proxy.heal();
  await delay(100);
  await hears('aabb');
  await late.hears('');
  expect(client.closed || late.client.closed).toBe(false);
  const { client: next, hears: nextHears } = await open();
  next.write('gh');
  await nextHears('gghh');
});

it('cuts in the middle of a packet', async () => {
  const { proxy, open } = await wire();
  const { client, hears, ends } = await open();
  const sprung = proxy.cutAfter(5, 'from_server');
  client.write('abc');
  await hears('aabbc');
  expect(await sprung).toBe(true);
  await ends();
});

it('delays in order', async () => {
  const { proxy, open } = await wire();
  const { client, hears } = await open();
  proxy.delay(150);
  const startedMs = performance.now();
  client.write('a');
  await delay(30);
  client.write('b');
  await delay(30);
  proxy.heal();
  client.write('c');
  await hears('aabbcc');
  expect(performance.now() - startedMs).toBeGreaterThan(140);
});
