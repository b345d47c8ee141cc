import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runDemo } from './demo.ts';
import { every, fleetOf } from './fixtures/fleet.ts';
import type { Uplink } from './fleet.ts';

const CATCH_UP_MS = 5 * 60_000;

/** A broker on a port of its own choice, and everything that it was given. */
async function startBroker(port = 0) {
  const broker = await Aedes.createBroker();
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let onPublish = () => {};
  broker.on('publish', (packet, client) => {
    if (client === null) return;
    const event = JSON.parse(packet.payload.toString()) as { fCnt: number; deviceInfo: { devEui: string } };
    received.push(`${event.deviceInfo.devEui} ${event.fCnt}`);
    onPublish();
  });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    onEachPublish(listener: () => void) {
      onPublish = listener;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await closed;
    },
  };
}

const names = (uplinks: Iterable<Uplink>) =>
  [...uplinks].map(({ device, frame }) => `${device.devEui} ${frame.fCnt}`);

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

describe('the demo', () => {
  it('publishes the past once, in order, and counts what the broker acknowledged', async () => {
    const broker = await startBroker();
    cleanUp.push(() => broker.close());
    const fleet = fleetOf();
    const nowMs = Date.parse('2026-10-01T20:00:00Z');
    const caughtUp = vi.fn();
    const demo = await runDemo({
      url: broker.url,
      fleet,
      catchUpMs: CATCH_UP_MS,
      now: () => nowMs,
      onCaughtUp: caughtUp,
    });
    cleanUp.push(() => demo.stop());
    await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledOnce(), { timeout: 10_000 });
    expect(demo.counts).toEqual({ water: 100, gas: 50, electricity: 55, lighting: 100 });
    expect(caughtUp).toHaveBeenCalledWith(demo.counts);
    expect(broker.received).toEqual(names(fleet.uplinks(new Date(nowMs - CATCH_UP_MS), new Date(nowMs + 1))));
  });

  it('publishes each uplink when its time comes, not before', async () => {
    const broker = await startBroker();
    cleanUp.push(() => broker.close());
    const early: string[] = [];
    let published = 0;
    const demo = await runDemo({
      url: broker.url,
      fleet: fleetOf(every(1)),
      catchUpMs: 0,
      onPublished: (uplink) => {
        published += 1;
        // A timer may fire within the millisecond before.
        if (uplink.at.getTime() > Date.now() + 1) early.push(uplink.at.toISOString());
      },
    });
    cleanUp.push(() => demo.stop());
    await vi.waitFor(() => expect(published).toBeGreaterThan(60), { timeout: 10_000 });
    expect(early).toEqual([]);
  });

  it('loses nothing when the broker restarts in the middle', async () => {
    const first = await startBroker();
    const fleet = fleetOf();
    const nowMs = Date.parse('2026-10-01T20:00:00Z');
    const cut = new Promise<void>((resolve) => {
      first.onEachPublish(() => {
        if (first.received.length === 100) resolve();
      });
    });
    const troubles: string[] = [];
    const caughtUp = vi.fn();
    const demo = await runDemo({
      url: first.url,
      fleet,
      catchUpMs: CATCH_UP_MS,
      maxInFlight: 20,
      now: () => nowMs,
      onTrouble: ({ message }) => troubles.push(message),
      onCaughtUp: caughtUp,
    });
    cleanUp.push(() => demo.stop());
    await cut;
    await first.close();
    const second = await startBroker(first.port);
    cleanUp.push(() => second.close());
    await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledOnce(), { timeout: 10_000 });

    const expected = names(fleet.uplinks(new Date(nowMs - CATCH_UP_MS), new Date(nowMs + 1)));
    expect(second.received.length).toBeGreaterThan(0);
    expect(new Set([...first.received, ...second.received])).toEqual(new Set(expected));
    expect(demo.counts).toEqual({ water: 100, gas: 50, electricity: 55, lighting: 100 });
    expect(troubles).toEqual([expect.stringContaining('the demo waits for it')]);
  });

  it('keeps no more in flight than it may', async () => {
    const broker = await startBroker();
    cleanUp.push(() => broker.close());
    let published = 0;
    let highest = 0;
    broker.onEachPublish(() => {
      highest = Math.max(highest, broker.received.length - published);
    });
    const caughtUp = vi.fn();
    const demo = await runDemo({
      url: broker.url,
      fleet: fleetOf(),
      catchUpMs: CATCH_UP_MS,
      maxInFlight: 5,
      now: () => Date.parse('2026-10-01T20:00:00Z'),
      onPublished: () => {
        published += 1;
      },
      onCaughtUp: caughtUp,
    });
    cleanUp.push(() => demo.stop());
    await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledOnce(), { timeout: 10_000 });
    expect(highest).toBeGreaterThan(0);
    expect(highest).toBeLessThanOrEqual(5);
  });

  it('stops by signal, also while the broker is away', async () => {
    const broker = await startBroker();
    const stopping = new AbortController();
    const demo = await runDemo({
      url: broker.url,
      fleet: fleetOf(),
      catchUpMs: 0,
      signal: stopping.signal,
    });
    await broker.close();
    stopping.abort();
    await demo.stop();
    const stopped = { ...demo.counts };
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(demo.counts).toEqual(stopped);
  });

  it('says that there is no broker, without its password', async () => {
    const broker = await startBroker();
    await broker.close();
    await expect(
      runDemo({
        url: `mqtt://city:secret@127.0.0.1:${broker.port}`,
        fleet: fleetOf(),
        catchUpMs: 0,
        connectTimeoutMs: 300,
      }),
    ).rejects.toMatchObject({
      code: 'broker_unreachable',
      message: expect.not.stringContaining('secret'),
    });
  });
});
