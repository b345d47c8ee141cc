import { setTimeout as delay } from 'node:timers/promises';
import { connect, createTail, type HandleChanges, type Pool, type Tail, tailLags } from '@veilleur/store';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import {
  effectsOf,
  leaveEffects,
  OpenWrite,
  prepareTailDatabase,
  recordingLog,
  writeFrames,
} from '../support/tail.ts';

const DEVICES = 6;
const PARTITIONS = 2;
const WRITERS = 4;
const RUNS = 15;

/** What happens to a consumer while it works: each call of its handler takes the next one. */
const FATES = ['well', 'well', 'well', 'throws first', 'throws at the end', 'loses its connection'] as const;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      writer: fc.nat(WRITERS - 1),
      devices: fc.uniqueArray(fc.integer({ min: 1, max: DEVICES }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      writer: fc.nat(WRITERS - 1),
      how: fc.constantFrom(
        'commit' as const,
        'commit' as const,
        'commit' as const,
        'rollback' as const,
        'kill' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), process: fc.nat(1) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.nat(15) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/**
 * The model: a change takes effect once if its transaction was committed, and never otherwise; those of a
 * device in the order in which they were recorded, for its lock lets the next one record after the commit.
 */
class Model {
  readonly #recorded: OpenWrite[] = [];
  readonly #committed = new Set<OpenWrite>();

  recorded(write: OpenWrite): void {
    this.#recorded.push(write);
  }

  committed(write: OpenWrite): void {
    this.#committed.add(write);
  }

  /** Of each device the counters that must have taken effect, in their order. */
  expected(): Record<number, number[]> {
    const expected: Record<number, number[]> = {};
    for (const write of this.#recorded.filter((one) => this.#committed.has(one))) {
      for (const device of write.devices) {
        expected[device] ??= [];
        expected[device].push(write.fCnt);
      }
    }
    return expected;
  }
}

/** A process that follows every partition, over connections of its own. */
class ConsumerProcess {
  readonly #pool: Pool;
  readonly #consumer: string;
  readonly #nextFate: () => (typeof FATES)[number];
  #tails: Tail[] = [];

  constructor(url: string, consumer: string, nextFate: () => (typeof FATES)[number]) {
    this.#pool = connect(url, { maximum: PARTITIONS + 1 });
    this.#consumer = consumer;
    this.#nextFate = nextFate;
  }

  async start(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      this.#tails.push(
        await createTail({
          pool: this.#pool,
          consumer: this.#consumer,
          partition,
          partitions: PARTITIONS,
          startAt: 'now',
          handle: this.#handle(partition),
          log: recordingLog().log,
          batchSize: 4,
          pollMs: 20,
          retryFromMs: 1,
          attempts: Number.POSITIVE_INFINITY,
        }),
      );
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#tails.splice(0).map((tail) => tail.stop()));
  }

  async end(): Promise<void> {
    await this.stop();
    await this.#pool.end();
  }

  #handle(partition: number): HandleChanges {
    const leave = leaveEffects(this.#consumer, partition);
    return async (client, changes) => {
      const fate = this.#nextFate();
      if (fate === 'throws first') throw new Error('a fault before the effects');
      await leave(client, changes);
      if (fate === 'throws at the end') throw new Error('a fault after the effects');
      if (fate === 'loses its connection')
        await client.query('select pg_terminate_backend(pg_backend_pid())');
    };
  }
}

const WRITERS_AT_ONCE = 50;

async function play(
  database: FreshDatabase,
  consumer: string,
  steps: readonly Step[],
  fates: readonly (typeof FATES)[number][],
) {
  const { url } = database;
  // A writer that waits for another one's lock keeps its connection, and the other one may begin last.
  const pool = connect(url, { maximum: WRITERS_AT_ONCE });
  const model = new Model();
  let call = 0;
  // A consumer that never does well would never end.
  const nextFate = () => fates[call++] ?? 'well';
  const processes = [0, 1].map(() => new ConsumerProcess(url, consumer, nextFate));
  for (const one of processes) await one.start();

  const open = new Map<number, OpenWrite>();
  const ending: Promise<void>[] = [];
  let fCnt = 0;
  const finish = (write: OpenWrite, how: 'commit' | 'rollback' | 'kill') => {
    // Not waited for: it may have to wait for a lock that a writer holds which ends later.
    ending.push(
      write.end(how).then((committed) => {
        if (committed) model.committed(write);
      }),
    );
  };
  for (const one of steps) {
    if (one.kind === 'begin' && !open.has(one.writer)) {
      fCnt += 1;
      const write = await OpenWrite.begin(pool, one.devices, fCnt, () => model.recorded(write));
      open.set(one.writer, write);
    }
    if (one.kind === 'end') {
      const write = open.get(one.writer);
      open.delete(one.writer);
      if (write !== undefined) finish(write, one.how);
    }
    if (one.kind === 'restart') {
      await processes[one.process]?.stop();
      await processes[one.process]?.start();
    }
    if (one.kind === 'pause') await delay(one.ms);
  }
  for (const write of open.values()) finish(write, 'commit');
  await Promise.all(ending);
  // One more on every device: when it is there, all before it are, or never will be.
  fCnt += 1;
  await writeFrames(
    pool,
    Array.from({ length: DEVICES }, (_, i) => i + 1),
    fCnt,
  );
  await until(
    async () => (await tailLags(pool)).every((lag) => lag.consumer !== consumer || lag.transactions === 0),
    20_000,
    () => 'consumers that have caught up',
  );
  for (const one of processes) await one.end();
  const effects = await effectsOf(pool, consumer);
  await pool.end();

  const told: Record<number, number[]> = {};
  for (const { deviceId, fCnt: counter } of effects) {
    told[deviceId] ??= [];
    told[deviceId].push(counter ?? Number.NaN);
  }
  const expected = model.expected();
  for (let device = 1; device <= DEVICES; device += 1) expected[device] = [...(expected[device] ?? []), fCnt];
  expect(told).toEqual(expected);
}

describeOnEachEngine('writers, crashes and two consumer processes in any order', (engine) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(engine);
    await prepareTailDatabase(database.pool, DEVICES);
  });
  afterAll(async () => {
    await OpenWrite.endAll();
    await database.drop();
  });

  it('end with every committed change having taken effect once, in the order of each device', async () => {
    const seed = Number(process.env.VEILLEUR_TEST_SEED ?? 20_260_301);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.array(fc.constantFrom(...FATES), { maxLength: 30 }),
        async (steps, fates) => {
          run += 1;
          await play(database, `run ${run}`, steps, fates);
        },
      ),
      { seed, numRuns: RUNS, endOnFailure: true },
    );
  });
});
