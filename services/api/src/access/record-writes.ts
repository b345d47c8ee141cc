import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { closeAudit, insertAudit, type Pool } from '@veilleur/store';
import type { Server } from '../server.ts';
import type { Caller } from './decide.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps who asked for which write, from where, in the table `audit`: the row first, then the deed, then how
 * it was answered. Where the row cannot be written the deed is not done.
 */
export function recordWrites(
  server: Server,
  { pool, log }: { readonly pool: Pool; readonly log: Logger },
): void {
  server.decorateRequest('auditId', null);
  server.addHook('preHandler', async (request) => {
    const address = request.routeOptions.url;
    if (READS.has(request.method) || address === undefined) return;
    const { caller } = request;
    const detail = { params: request.params, query: request.query, body: request.body ?? null };
    request.auditId = await insertAudit(pool, {
      at: new Date(),
      by: nameOf(caller, claimedName(request.body) ?? claimedName(request.query)) ?? '',
      keyId: caller.kind === 'key' ? caller.key.id : null,
      source: caller.address,
      action: `${request.method} ${address}`,
      detail,
      status: null,
    });
  });
  server.addHook('onResponse', async (request, reply) => {
    if (request.auditId === null) return;
    await closeAudit(pool, request.auditId, reply.statusCode).catch((thrown: unknown) =>
      log.error({ event: 'api.audit.close_fail', audit: request.auditId, error: messageOf(thrown) }),
    );
  });
}

/**
 * The name under which a write is kept: of a key its name, and before it the person who the caller says it
 * is for. Null: nobody knows.
 */
function nameOf(caller: Caller, claimed: string | undefined): string | null {
  if (caller.kind !== 'key') return claimed ?? null;
  const { name } = caller.key;
  return claimed === undefined || claimed === name ? name : `${claimed} (${name})`;
}

/** @throws VeilleurError `name_missing` where there is neither a key nor a name. */
export function writerOf(caller: Caller, claimed: string | undefined): string {
  const name = nameOf(caller, claimed);
  if (name !== null) return name;
  throw new VeilleurError('name_missing', 'by: without a key nobody knows who does this', {
    remedy: 'Give your name as `by`, or use a key.',
  });
}

function claimedName(part: unknown): string | undefined {
  return typeof part === 'object' && part !== null && 'by' in part && typeof part.by === 'string'
    ? part.by
    : undefined;
}
