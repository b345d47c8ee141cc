import type { Pool } from './connect.ts';

/**
 * Sees to it that rows find their partition. On TimescaleDB the database does that by itself and the
 * procedure returns at once; it is asked once for each table and month, whichever database it is.
 */
export class PartitionKeeper {
  readonly #pool: Pool;
  readonly #ensured = new Set<string>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async ensure(table: 'frame' | 'device_event' | 'measurement', moments: readonly Date[]): Promise<void> {
    const missing = new Map<string, Date>();
    for (const moment of moments) {
      const key = `${table} ${moment.getUTCFullYear()}-${moment.getUTCMonth()}`;
      if (!this.#ensured.has(key)) missing.set(key, moment);
    }
    if (missing.size === 0) return;
    await this.#pool.query('call ensure_partitions($1, $2::timestamptz[])', [
      table,
      [...missing.values()].map((moment) => moment.toISOString()),
    ]);
    for (const key of missing.keys()) this.#ensured.add(key);
  }
}
