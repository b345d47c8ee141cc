import type { Pool } from './connect.ts';

const DAY_MS = 86_400_000;

type TimeTable =
  | 'frame'
  | 'device_event'
  | 'measurement'
  | 'operator_reading'
  | 'consumption_hour'
  | 'consumption_revision';

/**
 * Sees to it that rows find their partition. On TimescaleDB the database does that by itself and the
 * procedure returns at once; it is asked once for each table and day, whichever database it is.
 */
export class PartitionKeeper {
  readonly #pool: Pool;
  readonly #ensuredDays = {
    frame: new Set<number>(),
    device_event: new Set<number>(),
    measurement: new Set<number>(),
    operator_reading: new Set<number>(),
    consumption_hour: new Set<number>(),
    consumption_revision: new Set<number>(),
  };

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async ensure(table: TimeTable, moments: readonly Date[]): Promise<void> {
    const ensured = this.#ensuredDays[table];
    const missing = new Set<number>();
    for (const moment of moments) {
      const day = Math.floor(moment.getTime() / DAY_MS);
      if (!ensured.has(day)) missing.add(day);
    }
    if (missing.size === 0) return;
    await this.#pool.query('call ensure_partitions($1, $2::timestamptz[])', [
      table,
      [...missing].map((day) => new Date(day * DAY_MS).toISOString()),
    ]);
    for (const day of missing) ensured.add(day);
  }
}
