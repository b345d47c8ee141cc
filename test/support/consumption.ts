import { Settler } from '@veilleur/consumption';
import { DevEui, type Quantity } from '@veilleur/domain';
import {
  type BucketName,
  beginImport,
  type ConsumptionQuery,
  consumptionOfPoint,
  createTail,
  type FrameEntry,
  type InstallationTerms,
  markChangedPoints,
  type NewOperatorReading,
  OperatorReadingWriter,
  type Pool,
  tailLags,
  Writer,
} from '@veilleur/store';
import { until } from './bridge-under-test.ts';

/** The clocks of Paris, as `2026-03-28 14:00`. */
export function paris(local: string): Date {
  return new Date(
    Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime('Europe/Paris').epochMilliseconds,
  );
}

export interface ToldValue {
  readonly at: Date;
  readonly value: number;
  readonly quantity?: Quantity;
  readonly channel?: number;
}

/** A frame that tells values, as a bridge would write it. */
export function frameOf(
  devEui: string,
  fCnt: number,
  values: readonly ToldValue[],
  receivedAt: Date,
): FrameEntry {
  return {
    kind: 'frame',
    frame: {
      kind: 'uplink',
      lns: 'chirpstack-v4-json',
      device: { devEui: DevEui(devEui), name: `meter ${devEui}`, tags: {} },
      sessionKey: '01020304',
      fCnt,
      fPort: 1,
      payload: Buffer.from(fCnt.toString(16).padStart(8, '0'), 'hex'),
      encrypted: false,
      confirmed: false,
      receivedAt,
      receptions: [],
    },
    received: { at: receivedAt, source: 'lns' },
    profile: null,
    decoding: { state: 'no_profile' },
    measurements: values.map(({ at: time, value, quantity = 'water_volume', channel = 0 }) => ({
      quantity,
      channel,
      time,
      value,
      quality: 'measured',
    })),
  };
}

/** Consumption as the service makes it, driven by the test: the real tail, the real settler, the test's clock. */
export class Workbench {
  readonly pool: Pool;
  readonly #settler: Settler;
  #fCnt = 0;
  #imports = 0;
  now: Date;

  constructor(pool: Pool, now: Date) {
    this.pool = pool;
    this.now = now;
    this.#settler = new Settler({
      pool,
      timeZone: 'Europe/Paris',
      graceMs: 36 * 3_600_000,
      restMs: 0,
      batchSize: 50,
      log: {
        warn: () => {},
        error: (line: object) => {
          throw new Error(JSON.stringify(line));
        },
      },
      clock: () => this.now,
    });
  }

  /** One frame for each value, or one for all of them. */
  async tell(devEui: string, values: readonly ToldValue[], how: 'one by one' | 'at once' = 'one by one') {
    const writer = new Writer(this.pool);
    const groups = how === 'at once' ? [values] : values.map((value) => [value]);
    const entries = groups.map((group) => {
      this.#fCnt += 1;
      const last = group.reduce((latest, { at }) => Math.max(latest, at.getTime()), 0);
      return frameOf(devEui, this.#fCnt, group, new Date(last + 1000));
    });
    for (let i = 0; i < entries.length; i += 1000) await writer.write(entries.slice(i, i + 1000));
  }

  /** As an import or a pull would write it; when it became known is the bench's clock. */
  async import(readings: readonly NewOperatorReading[]): Promise<void> {
    this.#imports += 1;
    const run = { source: `import ${this.#imports}`, format: 'test', digest: '', now: this.now };
    const { id } = await beginImport(this.pool, run);
    const portion = { readings, facts: [], problems: 0, checkpoint: null, ended: true };
    await new OperatorReadingWriter(this.pool).write(id, portion, this.now);
  }

  /** Lets the tail take what is committed, and settles until nothing waits. */
  async settle(): Promise<number> {
    const tail = await createTail({
      pool: this.pool,
      consumer: 'consumption',
      startAt: 'beginning',
      handle: async (client, changes) => {
        await markChangedPoints(client, changes);
      },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    await until(
      async () => {
        const lags = await tailLags(this.pool);
        return lags.every(({ transactions, readingHistory }) => transactions === 0 && !readingHistory);
      },
      30_000,
      () => 'the tail to take everything',
    );
    await tail.stop();
    let settled = 0;
    for (let some = -1; some !== 0; settled += some) some = await this.#settler.settleSome();
    return settled;
  }

  /** `2026-03-01 00:00 12.5 measured`, in the clocks of Paris and the quantity's unit. */
  async consumption(
    code: string,
    bucket: BucketName,
    from: string,
    to: string,
    more: Partial<ConsumptionQuery> = {},
  ): Promise<string[]> {
    const rows = await consumptionOfPoint(this.pool, code, {
      bucket,
      from: paris(from),
      to: paris(to),
      ...more,
    });
    return rows.map(({ start, value, quality }) => {
      const local = Temporal.Instant.fromEpochMilliseconds(start.getTime())
        .toZonedDateTimeISO('Europe/Paris')
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' })
        .replace('T', ' ');
      return `${local} ${value === null ? '-' : value / 1e6} ${quality}`;
    });
  }
}

/** What an operator tells of a point's total, in the quantity's unit; an index has one moment. */
export function toldByOperator(
  point: string,
  told: { readonly from?: Date; readonly to: Date; readonly unit: number },
  more: Partial<NewOperatorReading> = {},
): NewOperatorReading {
  const from = told.from ?? told.to;
  const kind = told.from === undefined ? 'index' : 'interval';
  const register = more.register ?? 'total';
  return {
    point,
    quantity: 'active_energy_import',
    channel: 0,
    register,
    kind,
    from,
    to: told.to,
    value: Math.round(told.unit * 1e6),
    quality: 'measured',
    published: false,
    starts: false,
    meterSerial: null,
    key: `${point}/${register}/${kind}/${from.toISOString()}/${told.to.toISOString()}`,
    sourceLine: 1,
    ...more,
  };
}

export function terms(devEui: string, more: Partial<InstallationTerms> = {}): InstallationTerms {
  return {
    devEui: DevEui(devEui),
    deviceQuantity: 'water_volume',
    deviceChannel: 0,
    quantity: 'water_volume',
    channel: 0,
    from: null,
    to: null,
    meterSerial: null,
    factor: { numerator: 1, denominator: 1 },
    digits: null,
    modulus: null,
    startIndex: null,
    endIndex: null,
    meterIndex: null,
    ...more,
  };
}

/** A register read every hour from `start` on; `use(hour)` tells each hour's use in its unit. */
export function hourly(
  start: Date,
  hours: number,
  use: (hour: number) => number,
  first = 100,
  more: Partial<ToldValue> = {},
): ToldValue[] {
  let micro = Math.round(first * 1e6);
  return Array.from({ length: hours + 1 }, (_, i) => {
    if (i > 0) micro += Math.round(use(i - 1) * 1e6);
    return { at: new Date(start.getTime() + i * 3_600_000), value: micro / 1e6, ...more };
  });
}
