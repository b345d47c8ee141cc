import { KEY_SCOPES, listApiKeys, listAudit, type Pool, revokeApiKey } from '@veilleur/store';
import { z } from 'zod';
import { writerOf } from './access/record-writes.ts';
import type { Server } from './server.ts';

const key = z.object({
  id: z.number(),
  name: z.string(),
  scope: z.enum(KEY_SCOPES),
  prefix: z.string().meta({ description: 'The part of the key that is no secret' }),
  createdAt: z.date(),
  createdBy: z.string(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable().meta({ description: 'To the minute' }),
  revokedAt: z.date().nullable(),
  revokedBy: z.string().nullable(),
});

const entry = z.object({
  id: z.number(),
  at: z.date(),
  by: z.string(),
  keyId: z.number().nullable().meta({ description: 'Null: without a key' }),
  source: z.string().meta({ description: 'The network address, or `command line`' }),
  action: z.string().meta({ description: 'Such as `POST /api/alerts/:id/acknowledge`, `key.add`' }),
  detail: z.record(z.string(), z.unknown()),
  status: z.number().nullable().meta({ description: 'How it was answered; null: not, or not yet' }),
});

/**
 * Who may do what, and what was done. Keys are made by `veilleur key add` alone, beside the database: a
 * stolen key makes no others.
 */
export function keyRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  server.get(
    '/api/keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The keys of the API; with `all` those that were revoked too',
        querystring: z.object({ all: z.stringbool().default(false) }),
        response: { 200: z.object({ keys: z.array(key) }) },
      },
    },
    async ({ query }) => ({ keys: await listApiKeys(pool, { revoked: query.all }) }),
  );

  server.delete(
    '/api/keys/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Revoke a key: it is refused within seconds; it stays in the record',
        params: z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) }),
        response: { 200: key },
      },
    },
    ({ params, caller }) =>
      revokeApiKey(pool, params.id, {
        by: writerOf(caller, undefined),
        now: new Date(),
        source: caller.address,
      }),
  );

  server.get(
    '/api/audit',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Every write that was asked for, and every change of keys; the newest first',
        querystring: z.object({
          after: z.coerce
            .number()
            .int()
            .min(1)
            .max(Number.MAX_SAFE_INTEGER)
            .optional()
            .meta({ description: '`next` of the page before' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: { 200: z.object({ entries: z.array(entry), next: z.number().nullable() }) },
      },
    },
    async ({ query: { after, limit } }) => {
      const found = await listAudit(pool, { after, limit: limit + 1 });
      const entries = found.slice(0, limit).map((one) => ({ ...one, detail: { ...one.detail } }));
      return { entries, next: found.length > limit ? (entries.at(-1)?.id ?? null) : null };
    },
  );
}
