import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, migrate, type Pool } from '@veilleur/store';
import type { BridgeProcess } from '../../support/bridge-process.ts';
import type { MosquittoBroker } from '../../support/brokers.ts';
import { startInstallation } from './installation.ts';
import { cpuSecondsOf, cpuSecondsOfTree, residentMB } from './processes.ts';
import type { FromPublisher, PublishOrder, ToPublisher } from './publisher.ts';
import type { UplinkPlan } from './uplinks.ts';

/** What one stretch of load cost and brought. */
export interface Stretch {
  readonly uplinks: number;
  readonly seconds: number;
  readonly uplinksPerSecond: number;
  /** CPU seconds of each part. */
  readonly cpu: Readonly<Record<'publisher' | 'broker' | 'bridge' | 'database', number>>;
  readonly bridgeMemoryMB: { readonly first: number; readonly last: number; readonly highest: number };
}

/** Everything on this machine, each part a process of its own: publisher, Mosquitto, bridge, database. */
export interface Rig {
  readonly engine: string;
  readonly broker: string;
  readonly pool: Pool;
  /** Another migrated database of the same server. */
  freshDatabase(): Promise<Pool>;
  /** Publishes `count` uplinks of the plan from number `from` on; resolves when the last is committed. */
  load(
    plan: UplinkPlan,
    options: { from?: number; count: number; rate?: number; ahead?: number },
  ): Promise<Stretch>;
  stop(): Promise<void>;
}

export async function startRig(settings: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const installation = await startInstallation({
    clientId: 'bench',
    dataFolder: null,
    databaseSettings: { track_commit_timestamp: 'on' },
    bridgeSettings: settings,
  });
  const { engine, database, postmaster, broker, bridge, pool } = installation;
  const publisher = fork(new URL('publisher.ts', import.meta.url), { stdio: 'inherit' });
  const parts = { postmaster, broker, bridge, publisher };
  return {
    engine,
    broker: broker.name,
    pool,
    freshDatabase: async () => {
      await pool.query('create database other');
      const other = connect(new URL('other', database.url).href);
      await migrate(other);
      return other;
    },
    load: (plan, options) => load(parts, plan, options),
    stop: async () => {
      publisher.kill();
      await installation.stop();
    },
  };
}

interface Parts {
  readonly postmaster: number;
  readonly broker: MosquittoBroker;
  readonly bridge: BridgeProcess;
  readonly publisher: ChildProcess;
}

async function load(
  { postmaster, broker, bridge, publisher }: Parts,
  plan: UplinkPlan,
  { from = 0, count, rate, ahead = 20_000 }: { from?: number; count: number; rate?: number; ahead?: number },
): Promise<Stretch> {
  const handled = async () => {
    const page = await bridge.page();
    return page === null ? 0 : page.stored + page.duplicate + page.quarantined;
  };
  const tell = (message: ToPublisher) => publisher.send(message);
  const handledBefore = await handled();
  const cpu = () => ({
    broker: cpuSecondsOf(broker.pid()),
    bridge: cpuSecondsOf(bridge.pid()),
    database: cpuSecondsOfTree(postmaster),
  });
  const cpuBefore = cpu();
  tell({ kind: 'committed', count: 0 });
  const order: PublishOrder = {
    kind: 'publish',
    port: broker.port,
    plan,
    from,
    count,
    rate: rate ?? null,
    ahead,
  };
  const startMs = performance.now();
  tell(order);
  const done = once(publisher, 'message') as Promise<[FromPublisher]>;
  const memory: number[] = [];
  let committed = 0;
  while (committed < count) {
    await delay(100);
    committed = (await handled()) - handledBefore;
    tell({ kind: 'committed', count: committed });
    memory.push(residentMB(bridge.pid()));
  }
  const seconds = (performance.now() - startMs) / 1000;
  const [{ cpuSeconds }] = await done;
  const cpuAfter = cpu();
  return {
    uplinks: count,
    seconds,
    uplinksPerSecond: Math.round(count / seconds),
    cpu: {
      publisher: cpuSeconds,
      broker: cpuAfter.broker - cpuBefore.broker,
      bridge: cpuAfter.bridge - cpuBefore.bridge,
      database: cpuAfter.database - cpuBefore.database,
    },
    bridgeMemoryMB: {
      first: memory[Math.floor(memory.length / 10)] ?? 0,
      last: memory.at(-1) ?? 0,
      highest: Math.max(...memory),
    },
  };
}
