import { messageOf } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import {
  ConsumptionWriter,
  clearDirtyPoints,
  type DirtyPoint,
  forgottenBefore,
  isTransient,
  type Pool,
  putOffDirtyPoint,
  type ReadingSpan,
  type RegisterReadings,
  readingsOf,
  registersOf,
  surroundingsOf,
  takeDirtyPoints,
  withTransaction,
  writeFindings,
  writeRegisters,
} from '@veilleur/store';
import {
  beginningOf,
  type Plan,
  planOf,
  type Reach,
  readingSpanOf,
  type SettlementSettings,
} from './plan.ts';
import { settleTotals } from './settle-totals.ts';
import { type Settlement, settle } from './settlement.ts';
import { isOfTotal, withTotals } from './totals.ts';

export interface SettlerOptions {
  readonly pool: Pool;
  readonly timeZone: string;
  readonly graceMs: number;
  /** A point rests so long after its first mark: frames of one minute are settled together. */
  readonly restMs: number;
  /** Points in one transaction. */
  readonly batchSize: number;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly clock: () => Date;
  readonly onSettled?: (settled: SettledBatch) => void;
}

export interface SettledBatch {
  readonly points: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly seconds: number;
}

const AGAIN_AFTER_MS = 600_000;

type Client = Parameters<typeof registersOf>[0];

/** Makes consumption of what is marked dirty, the points that wait longest first. */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #writer: ConsumptionWriter;

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#writer = new ConsumptionWriter(options.pool);
  }

  /**
   * Settles some points in one transaction, with the deletion of their marks. A point that cannot be
   * settled is put off, and named in the log; the others go on.
   *
   * @returns How many were settled: 0 where nothing waits that others do not work on.
   */
  async settleSome(batchSize: number = this.#options.batchSize): Promise<number> {
    const { pool, log } = this.#options;
    let taken: readonly DirtyPoint[] = [];
    try {
      const started = performance.now();
      const written = await withTransaction(pool, async (client) => {
        taken = await takeDirtyPoints(client, { limit: batchSize, restMs: this.#options.restMs });
        return taken.length === 0 ? null : this.#settle(client, taken);
      });
      if (written !== null) {
        const seconds = (performance.now() - started) / 1000;
        this.#options.onSettled?.({ points: taken.length, ...written, seconds });
      }
      return taken.length;
    } catch (thrown) {
      if (isTransient(thrown)) throw thrown;
      const [only] = taken;
      if (taken.length > 1) {
        // One of them is the culprit: each alone.
        let settled = 0;
        for (const _ of taken) settled += await this.settleSome(1);
        return settled;
      }
      if (only === undefined) throw thrown;
      const error = messageOf(thrown);
      await putOffDirtyPoint(pool, only.pointId, { error, againAfterMs: AGAIN_AFTER_MS });
      log.error({ event: 'consumption.point.fail', pointId: only.pointId, error });
      return 1;
    }
  }

  async #settle(client: Client, points: readonly DirtyPoint[]) {
    const { timeZone, graceMs, clock } = this.#options;
    const now = clock();
    const settings: SettlementSettings = {
      timeZone,
      graceMs,
      now: now.getTime(),
      forgottenBefore: await forgottenBefore(client),
    };
    const dirtyOf = new Map(points.map((point) => [point.pointId, point]));
    const { told, totals } = withTotals(await registersOf(client, [...dirtyOf.keys()]));
    const dirty = told.map((register) => {
      const { from, to } = dirtyOf.get(register.pointId) as DirtyPoint;
      return { register, from, to };
    });
    const around = await surroundingsOf(client, dirty);
    const plans = dirty.map(({ register, from, to }, i) =>
      planOf(register, { from, to }, around[i] as (typeof around)[number], settings),
    );
    const beginnings = plans.map(beginningOf);
    const before = await surroundingsOf(
      client,
      plans.map(({ register }, i) => {
        const from = beginnings[i] ?? Number.NEGATIVE_INFINITY;
        return { register, from, to: from };
      }),
    );
    const settleAll = async (which: readonly number[], reach: Reach) => {
      const spans = which.map((i) =>
        readingSpanOf(
          plans[i] as Plan,
          beginnings[i] ?? Number.NEGATIVE_INFINITY,
          before[i]?.before ?? null,
          reach,
        ),
      );
      const readings = await readingsOf(client, spans);
      return which.map((i, at) =>
        settle(plans[i] as Plan, spans[at] as ReadingSpan, readings[at] as RegisterReadings),
      );
    };
    // Most points only get an hour more; those whose estimates lean on the weeks before are read again.
    const settlements = await settleAll([...plans.keys()], 'near');
    const leaning = [...plans.keys()].filter((i) => settlements[i]?.leans);
    const again = leaning.length === 0 ? [] : await settleAll(leaning, 'far');
    for (const [at, i] of leaning.entries()) settlements[i] = again[at] as Settlement;
    const parts = settlements.filter(({ register }) => !isOfTotal(register, totals));
    const written = await this.#writer.write(
      client,
      parts.flatMap(({ spans }) => spans),
      now,
    );
    const sums = await settleTotals({ client, writer: this.#writer, now }, totals, settlements);
    await writeFindings(
      client,
      settlements.map(({ register, findings }) => ({ register, ...findings })),
      now,
    );
    await writeRegisters(client, [...settlements.map(({ register }) => register), ...sums], now);
    await clearDirtyPoints(client, points);
    return written;
  }
}
