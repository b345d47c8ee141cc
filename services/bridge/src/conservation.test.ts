import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox, loadFirstPartyProfiles } from '@veilleur/codec';
import { createLogger, createMetrics } from '@veilleur/runtime';
import type { BatchEntry, EntryOutcome } from '@veilleur/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conservation } from './conservation.ts';
import { Intake } from './intake.ts';
import { createBridgeMetrics } from './metrics.ts';
import type { Delivery } from './mqtt-connection.ts';
import { UntimedFrames } from './untimed-frames.ts';

const DELIVERY: Delivery = {
  topic: 'application/1/device/70b3d5e75e000001/event/status',
  payload: Buffer.from('{}'),
  qos: 1,
  redelivered: false,
  acknowledge: () => {},
};

describe('the conservation of messages', () => {
  const lines: string[] = [];
  const registry = () => createMetrics();
  let release: () => void = () => {};
  let writing: Promise<void> = Promise.resolve();
  let sandbox: ReturnType<typeof createSandbox>;
  beforeEach(() => {
    lines.length = 0;
    sandbox = createSandbox();
    ({ promise: writing, resolve: release } = Promise.withResolvers<void>());
  });
  afterEach(async () => {
    release();
    await sandbox.stop();
  });

  /** A real intake before a database that answers when `release` says so. */
  async function bridge(everyMs?: number) {
    const log = createLogger('info', { write: (line: string) => void lines.push(line) });
    const metricsRegistry = registry();
    const metrics = createBridgeMetrics(metricsRegistry, () => []);
    const intake = new Intake({
      writer: {
        write: async (entries: readonly BatchEntry[]) => {
          await writing;
          return { outcomes: entries.map((): EntryOutcome => 'quarantined'), newMeasurements: 0 };
        },
      },
      interpreter: {
        profiles: await loadFirstPartyProfiles(),
        profileVersionIds: new Map(),
        assigned: new Map(),
        untimed: new UntimedFrames(),
      },
      sandbox,
      metrics,
      batchSize: 3,
      writers: 2,
      window: 100,
      log,
    });
    const conservation = new Conservation({
      registry: metricsRegistry,
      log,
      counts: () => metrics.counts(),
      held: () => intake.held,
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    const deliver = (take: (delivery: Delivery) => void = (delivery) => intake.take(delivery)) => {
      conservation.receive();
      take(DELIVERY);
    };
    return { intake, conservation, deliver, metricsRegistry };
  }
  const breaks = () => lines.filter((line) => line.includes('bridge.conservation.break'));

  it('holds while messages wait, while they are written, and when they are committed', async () => {
    const { conservation, deliver, intake } = await bridge();
    for (let i = 0; i < 20; i += 1) deliver();
    expect([conservation.check(), intake.held]).toEqual([0, 20]);
    await delay(20);
    expect([conservation.check(), intake.held]).toEqual([0, 20]);
    release();
    for (let turn = 0; intake.held > 0; turn += 1) {
      expect(turn).toBeLessThan(1000);
      expect(conservation.check()).toBe(0);
      await new Promise(setImmediate);
    }
    expect(conservation.check()).toBe(0);
    expect(breaks()).toEqual([]);
  });

  it('breaks when a message is dropped between the connection and the intake, and says so once', async () => {
    const { conservation, deliver, metricsRegistry } = await bridge(5);
    conservation.start();
    deliver();
    deliver(() => {});
    await delay(40);
    expect(breaks()).toHaveLength(1);
    expect(JSON.parse(breaks()[0] ?? '')).toMatchObject({
      level: 'error',
      imbalance: 1,
      received: 2,
      held: 1,
      quarantined: 0,
    });
    expect(await metricsRegistry.metrics()).toContain('veilleur_bridge_conservation_imbalance 1');
    conservation.stop();
  });

  it('breaks when the intake itself drops one: it was closed while the connection went on', async () => {
    const { conservation, deliver, intake } = await bridge();
    release();
    deliver();
    await intake.drain(1000);
    deliver();
    expect(conservation.check()).toBe(1);
  });

  it('breaks the other way when the intake has a message that no connection brought', async () => {
    const { intake, conservation } = await bridge();
    intake.take(DELIVERY);
    expect(conservation.check()).toBe(-1);
  });

  it('has its last look before the intake closes: what comes then is the broker’s', async () => {
    const { conservation, deliver, intake, metricsRegistry } = await bridge();
    release();
    deliver();
    await delay(20);
    conservation.stop();
    await intake.drain(1000);
    deliver();
    expect(breaks()).toEqual([]);
    expect(await metricsRegistry.metrics()).toContain('veilleur_bridge_conservation_imbalance 0');
  });
});
