import { createSandbox, loadFirstPartyProfiles } from '@veilleur/codec';
import { createLogger, createMetrics } from '@veilleur/runtime';
import type { BatchEntry, EntryOutcome } from '@veilleur/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceOf } from './commit.ts';
import { Intake } from './intake.ts';
import { createBridgeMetrics } from './metrics.ts';
import type { Delivery } from './mqtt-connection.ts';
import { UntimedFrames } from './untimed-frames.ts';

const devEui = (n: number) => `70b3d5e75e${n.toString(16).padStart(6, '0')}`;
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

describe('the intake', () => {
  let sandbox: ReturnType<typeof createSandbox>;
  /** Batches that the database has not answered yet. */
  let open: { readonly devEuis: readonly string[]; readonly commit: () => void }[];
  let order: string[];
  let acknowledged: number;

  beforeEach(() => {
    sandbox = createSandbox();
    open = [];
    order = [];
    acknowledged = 0;
  });
  afterEach(() => sandbox.stop());

  async function intakeOf(writers: number) {
    return new Intake({
      writer: {
        write: async (entries: readonly BatchEntry[]) => {
          const devEuis: string[] = entries.map((entry) => deviceOf(entry)?.devEui ?? '');
          for (const one of open) expect(one.devEuis.filter((each) => devEuis.includes(each))).toEqual([]);
          const { promise, resolve } = Promise.withResolvers<void>();
          const batch = { devEuis, commit: resolve };
          open.push(batch);
          await promise;
          open.splice(open.indexOf(batch), 1);
          order.push(
            ...entries.map((entry) => (entry.kind === 'frame' ? `${entry.frame.fCnt}` : entry.kind)),
          );
          return { outcomes: entries.map((): EntryOutcome => 'stored'), newMeasurements: 0 };
        },
      },
      interpreter: {
        profiles: await loadFirstPartyProfiles(),
        profileVersionIds: new Map(),
        assigned: new Map(),
        untimed: new UntimedFrames(),
      },
      sandbox,
      metrics: createBridgeMetrics(createMetrics(), () => []),
      batchSize: 4,
      writers,
      window: 100,
      log: createLogger('silent'),
    });
  }

  const uplink = (device: number, fCnt: number): Delivery => ({
    topic: `application/1/device/${devEui(device)}/event/up`,
    payload: Buffer.from(
      JSON.stringify({
        deduplicationId: crypto.randomUUID(),
        time: '2026-03-01T12:00:00Z',
        deviceInfo: { devEui: devEui(device), deviceName: `${device}`, applicationId: '1' },
        devAddr: '01020304',
        fCnt,
        fPort: 1,
        data: 'AQ==',
      }),
    ),
    qos: 1,
    redelivered: false,
    acknowledge: () => {
      acknowledged += 1;
    },
  });

  it('never writes one device in two batches at once, and keeps the order of its messages', async () => {
    const intake = await intakeOf(3);
    for (let i = 0; i < 60; i++) intake.take(uplink(i % 5, i));
    while (intake.held > 0) {
      await turns(3);
      open[0]?.commit();
    }
    expect(acknowledged).toBe(60);
    for (let device = 0; device < 5; device++) {
      const own = order.map(Number).filter((fCnt) => fCnt % 5 === device);
      expect(own, devEui(device)).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  it('goes on with other devices while the database holds some up', async () => {
    const intake = await intakeOf(2);
    for (let i = 0; i < 8; i++) intake.take(uplink(2 * i, i));
    for (let i = 0; i < 8; i++) intake.take(uplink(2 * i + 1, 100 + i));
    await turns(5);
    expect(open).toHaveLength(2);
    const held = open[0];
    while (order.length < 8) {
      open.find((one) => one !== held)?.commit();
      await turns(3);
    }
    expect(acknowledged).toBe(8);
    while (intake.held > 0) {
      open[0]?.commit();
      await turns(3);
    }
  });

  it('leaves nobody waiting who comes at the moment a writer ends', async () => {
    const intake = await intakeOf(1);
    for (let round = 0; round < 200; round++) {
      intake.take(uplink(1, round));
      for (let turn = 0; intake.held > 0; turn++) {
        expect(turn, `round ${round}`).toBeLessThan(100);
        open[0]?.commit();
        // Now and then between two microtasks, where a writer may just have ended.
        await (turn % 3 === 0 ? Promise.resolve() : turns(1));
      }
    }
    expect(acknowledged).toBe(200);
  });

  it('does not wait for the database longer than it may, and acknowledges nothing of what hangs there', async () => {
    const intake = await intakeOf(1);
    for (let i = 0; i < 6; i++) intake.take(uplink(1, i));
    await turns(5);
    expect(open).toHaveLength(1);
    await intake.drain(50);
    expect(acknowledged).toBe(0);
    expect(intake.held).toBe(6);
    // It may still end well: then it is stored, and the next one is not begun.
    open[0]?.commit();
    await turns(5);
    expect(acknowledged).toBe(4);
    expect(open).toEqual([]);
  }, 5000);

  it('writes a message that names no device beside all others', async () => {
    const intake = await intakeOf(2);
    intake.take({ ...uplink(1, 1), payload: Buffer.from('not JSON') });
    intake.take(uplink(1, 2));
    for (let turn = 0; intake.held > 0 && turn < 100; turn++) {
      await turns(2);
      open[0]?.commit();
    }
    expect(order.toSorted()).toEqual(['2', 'quarantine']);
  });
});
