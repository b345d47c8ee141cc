import { setTimeout as delay } from 'node:timers/promises';
import type { Publisher } from './publisher.ts';
import type { Fault } from './schedule.ts';
import type { World } from './world.ts';

/** Counts what is not a fault of ours and must be told. */
export interface Toll {
  /** Acknowledged by a broker that then died with no newer snapshot, and published again. */
  republishedAfterBrokerKill: number;
}

/** Makes one thing go wrong, waits, and mends it. */
export async function inflict(fault: Fault, world: World, publisher: Publisher, toll: Toll): Promise<void> {
  const { kind, forMs, amount } = fault;
  const { broker, database, disk, pool } = world;
  const wired = world.bridges[fault.bridge];
  if (wired === undefined) throw new Error(`there is no bridge ${fault.bridge}`);
  const { bridge, toBroker, toDatabase } = wired;
  switch (kind) {
    case 'kill_bridge':
      return world.alone(bridge, async () => {
        await bridge.kill();
        await delay(forMs);
        bridge.start();
      });
    case 'kill_broker':
      return world.alone('broker', async () => {
        await broker.kill();
        await delay(forMs);
        await broker.restart();
        toll.republishedAfterBrokerKill += publisher.republishUnsafe();
      });
    case 'kill_database':
      return world.alone('database', async () => {
        await database.kill();
        await delay(forMs);
        await database.start();
      });
    case 'cut_broker_connection':
      return repeatedly(forMs, () => toBroker.cut());
    case 'cut_database_connection':
      return repeatedly(forMs, () => toDatabase.cut());
    case 'half_open_broker':
      return during(forMs, toBroker, () => toBroker.halfOpen());
    case 'half_open_database':
      return during(forMs, toDatabase, () => toDatabase.halfOpen());
    case 'delay_broker':
      return during(forMs, toBroker, () => toBroker.delay(amount));
    case 'delay_database':
      return during(forMs, toDatabase, () => toDatabase.delay(amount));
    case 'cut_packet_to_bridge':
      return during(forMs, toBroker, () => void toBroker.cutAfter(amount, 'from_server'));
    case 'cut_packet_to_broker':
      // PUBACKs are 4 bytes: a twentieth of what flows the other way.
      return during(forMs, toBroker, () => void toBroker.cutAfter(Math.ceil(amount / 20), 'from_client'));
    case 'cut_packet_to_database':
      return during(forMs, toDatabase, () => void toDatabase.cutAfter(amount, 'from_client'));
    case 'cut_packet_from_database':
      return during(forMs, toDatabase, () => void toDatabase.cutAfter(Math.ceil(amount / 10), 'from_server'));
    case 'disk_full':
      return world.alone('database', async () => {
        await disk.fill(pool);
        await delay(forMs);
        await disk.empty(pool);
        await world.databaseBack();
      });
    case 'clock_jump':
      bridge.setClockAhead(amount);
      await delay(forMs);
      bridge.setClockAhead(0);
      return;
    case 'pause_bridge':
      return world.alone(bridge, async () => {
        bridge.pause();
        // Longer than the keep-alive of 5 s and a half: the broker gives the session up meanwhile.
        await delay(forMs + 5000);
        bridge.resume();
      });
    case 'pause_broker':
      return world.alone('broker', async () => {
        broker.pause();
        await delay(forMs);
        broker.resume();
      });
    case 'pause_database':
      return world.alone('database', async () => {
        world.signalDatabase('SIGSTOP');
        await delay(forMs);
        world.signalDatabase('SIGCONT');
      });
  }
}

async function during(forMs: number, wire: { heal(): void }, start: () => void): Promise<void> {
  start();
  await delay(forMs);
  wire.heal();
}

/** Once at least, then every 700 ms: the first cut finds a batch on its way, the next ones a reconnection. */
async function repeatedly(forMs: number, cut: () => void): Promise<void> {
  for (let leftMs = forMs; leftMs > 0; leftMs -= 700) {
    cut();
    await delay(Math.min(leftMs, 700));
  }
}
