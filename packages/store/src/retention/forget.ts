import pg from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { recordForgotten } from './horizon.ts';
import { type Cutoffs, RETAINED_KINDS, type RetainedKind, STORAGE } from './kinds.ts';
import { type Part, partsOf } from './parts.ts';

/** What of one kind is older than it is kept. */
export interface Forgettable {
  readonly kind: RetainedKind;
  readonly table: string;
  /** Older than this may go. Chunks and partitions go once they lie wholly before it. */
  readonly before: Date;
  /** Chunks or partitions, null where rows go one by one. */
  readonly parts: number | null;
  /** Null where parts go: they are not counted row by row. */
  readonly rows: number | null;
  /** Of disk for parts; of rows, about, as they are stored. */
  readonly bytes: number;
  /** Up to here it will be gone; null: nothing goes. */
  readonly upTo: Date | null;
  /** Metering points that are yet to be settled from them: measurements stay until that is done. */
  readonly awaited: number;
}

/** Says what `forget` would take away. */
export async function forgettable(pool: Pool, cutoffs: Cutoffs): Promise<Forgettable[]> {
  const found: Forgettable[] = [];
  for (const kind of RETAINED_KINDS) {
    const before = cutoffs[kind];
    if (before === undefined) continue;
    const { table, column, form } = STORAGE[kind];
    if (form === 'parts') {
      const parts = (await partsOf(pool, table)).filter(({ to }) => to <= before);
      const awaited = kind === 'measurements' ? await unsettledBefore(pool, before) : 0;
      found.push({
        kind,
        table,
        before,
        parts: parts.length,
        rows: null,
        bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
        upTo: awaited > 0 ? null : (parts.at(-1)?.to ?? null),
        awaited,
      });
    } else {
      const { rows } = await pool.query<{ rows: number; bytes: number }>(
        `select count(*) as rows, coalesce(sum(pg_column_size(t.*)), 0)::bigint as bytes
         from ${table} t where ${column} < $1`,
        [before],
      );
      const { rows: count, bytes } = rows[0] ?? { rows: 0, bytes: 0 };
      const upTo = count > 0 ? before : null;
      found.push({ kind, table, before, parts: null, rows: count, bytes, upTo, awaited: 0 });
    }
  }
  return found;
}

/** A point that cannot be settled at all holds nobody's disk. */
async function unsettledBefore(pool: Pool, before: Date): Promise<number> {
  const { rows } = await pool.query<{ points: number }>(
    'select count(*) as points from consumption_dirty where from_time < $1 and error is null',
    [before],
  );
  return rows[0]?.points ?? 0;
}

/**
 * Takes away what is older than the moments that are given, kind by kind, and says what went. Measurements
 * are noted as forgotten before they go, so that no settler takes their absence for news.
 *
 * @throws What the database says, such as `lock_not_available` where a long query holds on to a part: what
 *   went until then is gone, the rest goes the next time.
 */
export async function forget(pool: Pool, cutoffs: Cutoffs, now: Date): Promise<Forgettable[]> {
  const found = await forgettable(pool, cutoffs);
  for (const { kind, table, before, upTo } of found) {
    if (upTo === null) continue;
    const { column, form } = STORAGE[kind];
    if (form === 'rows') await pool.query(`delete from ${table} where ${column} < $1`, [before]);
    else {
      if (kind === 'measurements')
        await withTransaction(pool, (client) => recordForgotten(client, upTo, now));
      for (const part of await partsOf(pool, table)) if (part.to <= upTo) await dropPart(pool, table, part);
    }
  }
  return found;
}

/** Whoever waits for a lock makes others wait behind him: rather another night. */
const LOCK_TIMEOUT = `set local lock_timeout = '10s'`;

/**
 * A chunk is dropped: TimescaleDB makes it anew should a row of so long ago come. A partition is emptied and
 * stays: to take it out of its table means a lock that every writer waits for, and writers remember which
 * partitions there are.
 */
async function dropPart(pool: Pool, table: string, { name, from, to }: Part): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query(LOCK_TIMEOUT);
    const { rows } = await client.query<{ isChunk: boolean }>(
      `select edition <> 'plain' as "isChunk" from database_edition`,
    );
    if (rows[0]?.isChunk) {
      await client.query(
        'select drop_chunks($1::text::regclass, older_than => $2::timestamptz, newer_than => $3::timestamptz)',
        [table, to, from],
      );
    } else await client.query(`truncate ${pg.escapeIdentifier(name)}`);
  });
}
