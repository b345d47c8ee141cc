import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '@veilleur/local-postgres';
import { type Comparison, compare, countStored, isClean } from './compare.ts';
import { ConservationWatch } from './conservation.ts';
import { inflict, type Toll } from './faults.ts';
import { Load } from './load.ts';
import { createMaterial, type Expectation, lotPrefix } from './material.ts';
import { Publisher } from './publisher.ts';
import { drawSchedule, type Fault, type FaultKind } from './schedule.ts';
import { settle } from './settle.ts';
import { startWorld, type World } from './world.ts';

export interface ChaosOptions {
  readonly engine: Engine;
  readonly cycles: number;
  readonly seed: number;
  readonly perSecond: number;
  /** Two by default, in one group. One has no group, and loses nothing where the broker restarts. */
  readonly bridges?: number;
  readonly say: (line: string) => void;
  /** Ends the run early; what was started is stopped. */
  readonly signal?: AbortSignal;
}

export interface ChaosReport extends Comparison {
  readonly seed: number;
  readonly engine: string;
  readonly broker: string;
  readonly bridges: number;
  readonly cycles: number;
  readonly perSecond: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly diskFull: 'tmpfs' | 'injected';
  /** Messages that the broker took over, copies and republished ones included. */
  readonly sent: number;
  readonly republishedAfterBrokerKill: number;
  /**
   * Published again because the broker acknowledged with "no matching subscribers": Mosquitto forgets
   * shared subscriptions when it restarts, and takes in what comes before a bridge subscribes anew. With
   * one bridge, which has none, there must be none.
   */
  readonly republishedWithoutSubscriber: number;
  /** Things that happened, each to be stored once: frames, device events, broken messages. */
  readonly happened: number;
  readonly frames: number;
  readonly deviceEvents: number;
  readonly quarantined: number;
  readonly measurements: number;
  /** Messages that told what was known: sent minus happened. Redeliveries of the broker are not in it. */
  readonly duplicates: number;
  /** Sightings of a metrics page on which the conservation identity did not hold. */
  readonly conservationBroken: readonly string[];
  readonly metricsPagesRead: number;
  /** How often a bridge ended by itself, as it does when it is started while the database is away. */
  readonly bridgeRestarts: number;
  /** From the end of a cycle's last fault to the moment when all was stored and nothing in flight. */
  readonly longestRecoveryS: number;
  readonly longestRecoveryAfter: string;
  readonly durationS: number;
  /** Logs and data, where something was not as it must be. */
  readonly kept: string | null;
}

const DEFAULT_BRIDGES = 2;
const DISK_MEGABYTES = 600;
const DISK_MEGABYTES_A_CYCLE = 20;
/** The load goes on for so long after the last fault has healed. */
const AFTER_MS = 1000;

/** A lone bridge's subscription is one that the broker keeps: what it threw away is a loss. */
export function threwAway({ bridges, republishedWithoutSubscriber }: ChaosReport): boolean {
  return bridges === 1 && republishedWithoutSubscriber > 0;
}

/** Load, faults, healing, and the comparison of everything, as often as asked. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { engine, cycles, seed, perSecond, bridges = DEFAULT_BRIDGES, say } = options;
  const startedMs = performance.now();
  const schedule = drawSchedule(seed, cycles, bridges);
  const world = await startWorld({
    engine,
    bridges,
    diskMegabytes: DISK_MEGABYTES + DISK_MEGABYTES_A_CYCLE * cycles,
    // A small log, so that a full disk is full for it too.
    databaseSettings: { max_wal_size: '128MB', min_wal_size: '48MB' },
  });
  const publisher = await Publisher.connect(world.broker.url, { keepUnsafe: true });
  const watch = new ConservationWatch(world);
  const run: Run = {
    options,
    world,
    publisher,
    watch,
    expectations: [],
    toll: { republishedAfterBrokerKill: 0 },
    storedBefore: 0,
  };
  const bad: Comparison[] = [];
  const recovery = { longestMs: 0, after: '' };
  let keepFolder = true;
  try {
    for (const [cycle, faults] of schedule.entries()) {
      options.signal?.throwIfAborted();
      const { comparison, recoveryMs } = await runCycle(run, cycle, faults);
      const title = faults.map(({ kind }) => kind).join(' + ');
      if (recoveryMs > recovery.longestMs) Object.assign(recovery, { longestMs: recoveryMs, after: title });
      const verdict = isClean(comparison) ? 'all there, once' : JSON.stringify(summary(comparison));
      say(
        `${cycle + 1}/${cycles} ${title}: ${run.expectations.length} so far, ${verdict}, recovered in ${(recoveryMs / 1000).toFixed(1)} s`,
      );
      if (!isClean(comparison)) bad.push(comparison);
    }
    // What came late belongs to a cycle that was compared already: everything once more.
    say('everything once more ...');
    const whole = await compare(world.pool, run.expectations, '');
    const comparisons = [...bad, whole];
    keepFolder =
      !comparisons.every(isClean) ||
      watch.broken.length > 0 ||
      (bridges === 1 && publisher.withoutSubscriber > 0);
    const all = (list: keyof Comparison) => [...new Set(comparisons.flatMap((each) => each[list]))];
    const of = (kind: Expectation['kind']) => run.expectations.filter((each) => each.kind === kind).length;
    const measured = await world.pool.query<{ count: number }>('select count(*) as count from measurement');
    return {
      seed,
      engine: world.engineName,
      broker: world.broker.name,
      bridges,
      cycles,
      perSecond,
      faults: countKinds(schedule),
      diskFull: world.disk.kind,
      sent: publisher.published,
      republishedAfterBrokerKill: run.toll.republishedAfterBrokerKill,
      republishedWithoutSubscriber: publisher.withoutSubscriber,
      happened: run.expectations.length,
      frames: of('frame'),
      deviceEvents: of('event'),
      quarantined: of('quarantine'),
      measurements: measured.rows[0]?.count ?? 0,
      duplicates: publisher.published - run.expectations.length,
      lost: all('lost'),
      twice: all('twice'),
      wrong: all('wrong'),
      unexpected: all('unexpected'),
      conservationBroken: watch.broken,
      metricsPagesRead: watch.pagesRead,
      bridgeRestarts: world.bridges.reduce((sum, { bridge }) => sum + bridge.restarts(), 0),
      longestRecoveryS: Math.round(recovery.longestMs / 100) / 10,
      longestRecoveryAfter: recovery.after,
      durationS: Math.round((performance.now() - startedMs) / 1000),
      kept: keepFolder ? world.folder : null,
    };
  } finally {
    watch.end();
    await publisher.end();
    keepFolder &&= options.signal?.aborted !== true;
    if (keepFolder) say(`logs are kept in ${world.folder}`);
    await world.stop({ keepFolder });
  }
}

interface Run {
  readonly options: ChaosOptions;
  readonly world: World;
  readonly publisher: Publisher;
  readonly watch: ConservationWatch;
  readonly expectations: Expectation[];
  readonly toll: Toll;
  /** Rows in the database when the cycle before had settled. */
  storedBefore: number;
}

async function runCycle(run: Run, cycle: number, faults: readonly Fault[]) {
  const { options, world, publisher, watch, toll } = run;
  const { seed, perSecond } = options;
  await publisher.makeSafe(() => world.broker.snapshot());

  const startMs = Date.now();
  const material = createMaterial({ seed, lot: cycle, startMs, perSecond });
  const load = new Load(publisher, { material, startMs, perSecond });
  try {
    await Promise.all(
      faults.map(async (fault) => {
        await delay(fault.atMs);
        await inflict(fault, world, publisher, toll);
      }),
    );
    await delay(AFTER_MS);
  } finally {
    load.end();
    run.expectations.push(...load.expectations);
  }
  const healedMs = performance.now() - AFTER_MS;
  await publisher.settled();
  // What an earlier cycle lost is told once; this one waits for its own.
  const settledMs = await settle(world, watch, run.storedBefore + load.expectations.length);
  run.storedBefore = await countStored(world.pool);
  const recoveryMs = settledMs - healedMs;
  const comparison = await compare(world.pool, load.expectations, lotPrefix(cycle));
  return { comparison, recoveryMs };
}

function countKinds(schedule: readonly (readonly Fault[])[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of schedule.flat()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function summary({ lost, twice, wrong, unexpected }: Comparison) {
  return { lost: lost.length, twice: twice.length, wrong: wrong.length, unexpected: unexpected.length };
}
