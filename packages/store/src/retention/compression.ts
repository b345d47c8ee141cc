import type { Pool } from '../connect.ts';

/** How a table of the community edition is compressed: together these columns hold every unique key of it. */
export const COMPRESSED: Readonly<
  Record<string, { readonly segmentBy: string; readonly orderBy: readonly string[] }>
> = {
  frame: { segmentBy: 'device_id', orderBy: ['received_at', 'f_cnt', 'fingerprint'] },
  device_event: { segmentBy: 'device_id', orderBy: ['occurred_at', 'kind', 'fingerprint'] },
  measurement: { segmentBy: 'device_id', orderBy: ['quantity_id', 'channel', 'time'] },
};

export type CompressionOutcome = 'policies' | 'none' | 'needs_community';

/**
 * Sees to it that TimescaleDB's community edition compresses chunks that are older than so many days, or,
 * for null, that it does not any more. Other editions cannot.
 *
 * The licence is asked for, not the edition that the database was migrated on: it may have changed since.
 * Debian's packages are the Apache edition, so no test of this repository runs the statements below; they
 * are TimescaleDB's documented ones.
 */
export async function keepCompression(pool: Pool, afterDays: number | null): Promise<CompressionOutcome> {
  const { rows } = await pool.query<{ isCommunity: boolean }>(
    `select coalesce(current_setting('timescaledb.license', true), '') = 'timescale'
       and (select edition from database_edition) <> 'plain' as "isCommunity"`,
  );
  if (!rows[0]?.isCommunity) return afterDays === null ? 'none' : 'needs_community';
  for (const [table, { segmentBy, orderBy }] of Object.entries(COMPRESSED)) {
    // A policy is replaced, not changed: the days may be others than yesterday.
    await pool.query('select remove_compression_policy($1::regclass, if_exists => true)', [table]);
    if (afterDays === null) continue;
    await pool.query(
      `alter table ${table} set (timescaledb.compress, timescaledb.compress_segmentby = '${segmentBy}',
         timescaledb.compress_orderby = '${orderBy.join(', ')}')`,
    );
    await pool.query(
      'select add_compression_policy($1::regclass, compress_after => make_interval(days => $2))',
      [table, afterDays],
    );
  }
  return afterDays === null ? 'none' : 'policies';
}
