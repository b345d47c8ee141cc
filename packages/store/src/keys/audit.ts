import type { ClientBase } from 'pg';
import type { Pool } from '../connect.ts';

/** Something that somebody did, or asked for. */
export interface AuditEntry {
  readonly at: Date;
  readonly by: string;
  /** Null: without a key. */
  readonly keyId: number | null;
  /** A network address, or `command line`. */
  readonly source: string;
  /** Such as `key.add`, or `POST /api/alerts/:id/acknowledge`. */
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** As HTTP counts; null: no answer was given, or not yet. */
  readonly status: number | null;
}

export type AuditRow = AuditEntry & { readonly id: number };

/** @returns Its number, for `closeAudit`. */
export async function insertAudit(to: ClientBase | Pool, entry: AuditEntry): Promise<number> {
  const { at, by, keyId, source, action, detail, status } = entry;
  const { rows } = await to.query<{ id: number }>(
    `insert into audit (at, by, key_id, source, action, detail, status)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [at, by, keyId, source, action, detail, status],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
}

/** Adds to an entry how it was answered. */
export async function closeAudit(pool: Pool, id: number, status: number): Promise<void> {
  await pool.query('update audit set status = $2 where id = $1', [id, status]);
}

/** The newest first, a page at a time: `after` is the last one of the page before. */
export async function listAudit(
  pool: Pool,
  { after, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<AuditRow[]> {
  const { rows } = await pool.query<AuditRow>(
    `select id, at, by, key_id as "keyId", source, action, detail, status from audit
     where $1::bigint is null or id < $1 order by id desc limit $2`,
    [after ?? null, limit],
  );
  return rows;
}
