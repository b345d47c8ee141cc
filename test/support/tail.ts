import { type Arrival, type Change, type HandleChanges, type Pool, recordChange } from '@veilleur/store';
import { until } from './bridge-under-test.ts';

type PoolClient = Parameters<typeof recordChange>[0];

/** A moment of the test's year: minute `n`. */
export const minute = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 60_000);

/** Devices with the ids 1 to `count`, and a table in which consumers leave what they did. */
export async function prepareTailDatabase(pool: Pool, count: number): Promise<void> {
  await pool.query(
    `insert into device (dev_eui) select lpad(to_hex(n), 16, '0') from generate_series(1, $1::int) n order by n`,
    [count],
  );
  // No key at all: what took effect twice must show.
  await pool.query(
    `create table effect (id bigint generated always as identity, consumer text, partition int, device_id int,
       f_cnt bigint, kind text)`,
  );
}

export interface Effect {
  readonly deviceId: number;
  readonly fCnt: number | null;
  readonly kind: Change['kind'];
  readonly partition: number;
}

/** A consumer whose effect is a row for each change. */
export function leaveEffects(consumer: string, partition = 0): HandleChanges {
  return async (client, changes) => {
    await client.query(
      `insert into effect (consumer, partition, device_id, f_cnt, kind)
       select $1, $2, * from unnest($3::int[], $4::bigint[], $5::text[])`,
      [
        consumer,
        partition,
        changes.map(({ deviceId }) => deviceId),
        changes.map((change) => (change.kind === 'frame' ? change.fCnt : null)),
        changes.map(({ kind }) => kind),
      ],
    );
  };
}

/** In the order in which they were committed. */
export async function effectsOf(pool: Pool, consumer: string): Promise<Effect[]> {
  const { rows } = await pool.query<Effect>(
    'select device_id as "deviceId", f_cnt as "fCnt", kind, partition from effect where consumer = $1 order by id',
    [consumer],
  );
  return rows;
}

export async function untilEffects(pool: Pool, consumer: string, count: number): Promise<Effect[]> {
  const now = async () => (await effectsOf(pool, consumer)).length;
  await until(
    async () => (await now()) >= count,
    20_000,
    () => `${count} effects of ${consumer}`,
  );
  return effectsOf(pool, consumer);
}

export const frameOf = (deviceId: number, fCnt: number): Arrival => ({
  deviceId,
  fCnt,
  reportedAt: minute(fCnt),
  measurements: [{ time: minute(fCnt) }],
});

/** A writer's transaction, as long as the test wants it: devices locked in their order, then recorded. */
export class OpenWrite {
  static readonly #open = new Set<OpenWrite>();
  readonly #pool: Pool;
  readonly #client: PoolClient;
  readonly #recorded: Promise<void>;
  readonly devices: readonly number[];
  readonly fCnt: number;

  private constructor(
    pool: Pool,
    client: PoolClient,
    devices: readonly number[],
    fCnt: number,
    onRecorded: () => void,
  ) {
    this.#pool = pool;
    this.#client = client;
    OpenWrite.#open.add(this);
    this.devices = devices;
    this.fCnt = fCnt;
    this.#recorded = this.#record().then(onRecorded);
    this.#recorded.catch(() => {});
  }

  static async begin(
    pool: Pool,
    devices: readonly number[],
    fCnt: number,
    onRecorded: () => void = () => {},
  ): Promise<OpenWrite> {
    const client = await pool.connect();
    await client.query('begin');
    return new OpenWrite(
      pool,
      client,
      [...devices].sort((a, b) => a - b),
      fCnt,
      onRecorded,
    );
  }

  async #record(): Promise<void> {
    for (const device of this.devices) {
      await this.#client.query('select from device where id = $1 for no key update', [device]);
    }
    const arrivals = this.devices.map((device) => frameOf(device, this.fCnt));
    await recordChange(this.#client, { cause: 'arrival', arrivals });
  }

  /** Resolves when its changes are in the table; not before the devices were free. */
  recorded(): Promise<void> {
    return this.#recorded;
  }

  /** Rolls back what a failed test has left open. */
  static async endAll(): Promise<void> {
    for (const write of OpenWrite.#open) await write.end('rollback').catch(() => {});
  }

  /** @returns Whether it was committed. */
  async end(how: 'commit' | 'rollback' | 'kill'): Promise<boolean> {
    OpenWrite.#open.delete(this);
    try {
      if (how === 'kill') {
        const { processID } = this.#client as unknown as { processID: number };
        await this.#pool.query('select pg_terminate_backend($1)', [processID]);
        await this.#recorded.catch(() => {});
        this.#client.release(true);
        return false;
      }
      await this.#recorded;
      await this.#client.query(how);
      this.#client.release();
      return how === 'commit';
    } catch (thrown) {
      this.#client.release(true);
      throw thrown;
    }
  }
}

/** One committed transaction. */
export async function writeFrames(pool: Pool, devices: readonly number[], fCnt: number): Promise<void> {
  const write = await OpenWrite.begin(pool, devices, fCnt);
  await write.end('commit');
}

/** Logs that can be looked at. */
export function recordingLog() {
  const lines: { readonly event: string; readonly [detail: string]: unknown }[] = [];
  const write = (detail: object) => void lines.push(detail as (typeof lines)[number]);
  return {
    log: { info: write, warn: write, error: write },
    events: (event: string) => lines.filter((line) => line.event === event),
  };
}
