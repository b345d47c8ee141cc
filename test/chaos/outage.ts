import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '@veilleur/local-postgres';
import { type Comparison, compare, countStored } from './compare.ts';
import { ConservationWatch } from './conservation.ts';
import { Load } from './load.ts';
import { createMaterial, type Piece } from './material.ts';
import { Publisher } from './publisher.ts';
import { settle } from './settle.ts';
import { startWorld, type World } from './world.ts';

export const OUTAGES = ['database', 'broker', 'bridge'] as const;
export type OutageKind = (typeof OUTAGES)[number];

export interface OutageOptions {
  readonly engine: Engine;
  readonly away: OutageKind;
  readonly minutes: number;
  readonly perSecond: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Ends the run early; what was started is stopped. */
  readonly signal?: AbortSignal;
}

export interface OutageReport extends Comparison {
  readonly away: OutageKind;
  readonly engine: string;
  readonly broker: string;
  readonly minutes: number;
  readonly perSecond: number;
  readonly seed: number;
  /** Things that happened, each to be stored once. */
  readonly happened: number;
  /** Of them, not yet stored when the part was back. */
  readonly backlog: number;
  /** From the part's return until no more waited than a second's load; the load went on. */
  readonly drainS: number;
  /** Stored a second meanwhile: backlog and what came new. */
  readonly drainedPerSecond: number;
  /** The same as a multiple of the load. */
  readonly drainedTimesTheLoad: number;
  readonly goalMet: boolean;
  /** See the report of a run: Mosquitto forgets shared subscriptions. */
  readonly republishedWithoutSubscriber: number;
  readonly conservationBroken: readonly string[];
}

/** Drained at five times the load. */
const GOAL = 5;
const BRIDGES = 2;
const WARM_UP_MS = 5000;
/** The database without rows, and its log. */
const DISK_MEGABYTES = 4000;
const DISK_BYTES_AN_UPLINK = 6000;
/** A lot has room for so many devices that say one thing each. */
const LOT = 50_000;
const POLL_MS = 500;
const DRAINED_WITHIN_MS = 30 * 60_000;

/** One part away under a steady load, and how fast what has gathered is stored once it is back. */
export async function runOutage(options: OutageOptions): Promise<OutageReport> {
  const { engine, away, minutes, perSecond, seed, say, signal } = options;
  const uplinks = perSecond * 60 * minutes * 1.5;
  const world = await startWorld({
    engine,
    bridges: BRIDGES,
    diskMegabytes: Math.ceil(DISK_MEGABYTES + (uplinks * DISK_BYTES_AN_UPLINK) / 1e6),
    // As in infra/mosquitto: a snapshot holds the whole backlog.
    autosaveS: 10,
  });
  const publisher = await Publisher.connect(world.broker.url, { keepUnsafe: false });
  const watch = new ConservationWatch(world);
  const startMs = Date.now();
  const load = new Load(publisher, { material: lots(seed, startMs, perSecond), startMs, perSecond });
  const { expectations } = load;
  try {
    await delay(WARM_UP_MS);
    const back = await takeAway(world, away);
    say(`${away} away`);
    await delay(minutes * 60_000, undefined, signal === undefined ? {} : { signal });
    await back();
    const storedBefore = await countStored(world.pool);
    const backlog = expectations.length - storedBefore;
    const backMs = performance.now();
    say(`${away} back; ${backlog} wait`);
    let stored = storedBefore;
    while (expectations.length - stored > perSecond) {
      if (performance.now() - backMs > DRAINED_WITHIN_MS) throw new Error('the backlog does not drain');
      signal?.throwIfAborted();
      await delay(POLL_MS);
      stored = await countStored(world.pool);
      say(`${expectations.length - stored} wait`);
    }
    const drainS = (performance.now() - backMs) / 1000;
    load.end();
    await publisher.settled();
    await settle(world, watch, expectations.length);
    const comparison = await compare(world.pool, expectations, '');
    const drainedPerSecond = (stored - storedBefore) / drainS;
    return {
      away,
      engine: world.engineName,
      broker: world.broker.name,
      minutes,
      perSecond,
      seed,
      happened: expectations.length,
      backlog,
      drainS: Math.round(drainS * 10) / 10,
      drainedPerSecond: Math.round(drainedPerSecond),
      drainedTimesTheLoad: Math.round((drainedPerSecond / perSecond) * 10) / 10,
      goalMet: drainedPerSecond >= GOAL * perSecond,
      ...comparison,
      republishedWithoutSubscriber: publisher.withoutSubscriber,
      conservationBroken: watch.broken,
    };
  } finally {
    load.end();
    watch.end();
    await publisher.end();
    await world.stop({ keepFolder: false });
  }
}

/** Ends a part, cleanly where it is the broker: its snapshots are another story. Returns the way back. */
async function takeAway(world: World, away: OutageKind): Promise<() => Promise<void>> {
  switch (away) {
    case 'database':
      await world.database.kill();
      return () => world.database.start();
    case 'broker':
      await world.broker.end();
      return () => world.broker.restart();
    case 'bridge':
      for (const { bridge } of world.bridges) await bridge.kill();
      return async () => {
        for (const { bridge } of world.bridges) bridge.start();
      };
  }
}

function lots(seed: number, startMs: number, perSecond: number): (n: number) => Piece {
  const made: ((n: number) => Piece)[] = [];
  return (n) => {
    const lot = Math.floor(n / LOT);
    made[lot] ??= createMaterial({
      seed,
      lot,
      startMs: startMs + (lot * LOT * 1000) / perSecond,
      perSecond,
    });
    return made[lot](n % LOT);
  };
}
