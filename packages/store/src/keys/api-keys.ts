import { timingSafeEqual } from 'node:crypto';
import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { insertAudit } from './audit.ts';
import { digestOf, newKeyText, prefixOf } from './key-text.ts';
import type { KeyScope } from './scopes.ts';

/** A key as it may be shown: without its secret, which nobody keeps. */
export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly scope: KeyScope;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

/** Who changes keys, when, from where. */
export interface KeyAct {
  readonly by: string;
  readonly now: Date;
  /** A network address, or `command line`. */
  readonly source: string;
}

export interface NewApiKey {
  readonly name: string;
  readonly scope: KeyScope;
  readonly expiresAt: Date | null;
}

const COLUMNS = `id, name, scope, prefix, created_at as "createdAt", created_by as "createdBy",
  expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt", revoked_by as "revokedBy"`;

/**
 * Makes a key. Its text is in the answer and nowhere else.
 *
 * @throws VeilleurError `key_name_refused`, `key_name_taken`, `key_expired`
 */
export async function addApiKey(
  pool: Pool,
  { name: given, scope, expiresAt }: NewApiKey,
  { by, now, source }: KeyAct,
): Promise<{ readonly key: ApiKey; readonly text: string }> {
  const name = given.trim();
  // `engine` is what alerts' history calls the engine itself; parentheses tell a person from a key there.
  if (name === '' || name.length > 100 || name.toLowerCase() === 'engine' || /[()\p{Cc}]/u.test(name)) {
    throw new VeilleurError('key_name_refused', `"${name}" cannot be the name of a key`, {
      remedy: 'Name who or what will use it, in at most 100 characters, without parentheses: work-orders.',
    });
  }
  if (expiresAt !== null && expiresAt <= now) {
    throw new VeilleurError('key_expired', `a key until ${expiresAt.toISOString()} could never be used`, {
      remedy: 'It must expire after now.',
    });
  }
  const { text, prefix, sha256 } = newKeyText();
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<ApiKey>(
      `insert into api_key (name, scope, prefix, sha256, created_at, created_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (name) where revoked_at is null do nothing returning ${COLUMNS}`,
      [name, scope, prefix, sha256, now, by, expiresAt],
    );
    const [key] = rows;
    if (key === undefined) {
      throw new VeilleurError('key_name_taken', `there is a key "${name}" already`, {
        remedy: `Revoke it first (veilleur key revoke "${name}"), or choose another name.`,
      });
    }
    const detail = { name, scope, prefix, expiresAt };
    await insertAudit(client, { at: now, by, keyId: null, source, action: 'key.add', detail, status: 200 });
    return { key, text };
  });
}

/** Keys in the order of their making; with `revoked` those that are revoked too. */
export async function listApiKeys(pool: Pool, { revoked }: { readonly revoked: boolean }): Promise<ApiKey[]> {
  const { rows } = await pool.query<ApiKey>(
    `select ${COLUMNS} from api_key where $1 or revoked_at is null order by id`,
    [revoked],
  );
  return rows;
}

/**
 * Ends a key, found by its name, its prefix or its number; the row stays. Programs that remember keys forget
 * it within seconds.
 *
 * @throws VeilleurError `key_not_found`
 */
export async function revokeApiKey(
  pool: Pool,
  which: string | number,
  { by, now, source }: KeyAct,
): Promise<ApiKey> {
  const found = typeof which === 'number' ? 'id = $1::int' : '(name = $1 or prefix = $1)';
  return withTransaction(pool, async (client) => {
    const { rows } = await client.query<ApiKey>(
      `update api_key set revoked_at = $2, revoked_by = $3 where ${found} and revoked_at is null
       returning ${COLUMNS}`,
      [which, now, by],
    );
    const [key] = rows;
    if (key === undefined) {
      throw new VeilleurError('key_not_found', `no key in force is called ${which}`, {
        remedy: 'veilleur key list shows the keys that there are.',
      });
    }
    const detail = { name: key.name, prefix: key.prefix };
    await insertAudit(client, {
      at: now,
      by,
      keyId: null,
      source,
      action: 'key.revoke',
      detail,
      status: 200,
    });
    return key;
  });
}

/** What a text that claims to be a key turned out to be. */
export type KeyVerdict =
  | { readonly kind: 'valid'; readonly key: ApiKey }
  /** Only its owner hears of the latter two: the secret was right. */
  | { readonly kind: 'unknown' | 'expired' | 'revoked' };

/** Judges a key that somebody shows, and notes that it was used, once a minute. */
export async function judgeApiKey(pool: Pool, text: string, now: Date): Promise<KeyVerdict> {
  const prefix = prefixOf(text);
  if (prefix === null) return { kind: 'unknown' };
  const { rows } = await pool.query<ApiKey & { readonly sha256: Buffer }>(
    `select ${COLUMNS}, sha256 from api_key where prefix = $1`,
    [prefix],
  );
  const [row] = rows;
  if (row === undefined || !timingSafeEqual(row.sha256, digestOf(text))) return { kind: 'unknown' };
  const { sha256: _, ...key } = row;
  if (key.revokedAt !== null) return { kind: 'revoked' };
  if (isExpired(key, now)) return { kind: 'expired' };
  await pool.query(
    `update api_key set last_used_at = $2
     where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`,
    [key.id, now],
  );
  return { kind: 'valid', key };
}

export function isExpired({ expiresAt }: Pick<ApiKey, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now;
}
