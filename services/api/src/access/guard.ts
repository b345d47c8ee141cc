import { Counter, type Registry } from '@veilleur/runtime';
import type { KeyVerdict, Pool } from '@veilleur/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from '../server.ts';
import { type Caller, decide } from './decide.ts';
import { KnownKeys } from './known-keys.ts';
import { callerAddress, isNear } from './nearness.ts';
import { refusalOf } from './refusals.ts';
import { type BucketSize, type Taken, TokenBuckets } from './token-buckets.ts';

export interface GuardOptions {
  /** Nobody is let in without a key, on this machine neither. */
  readonly requireKey: boolean;
  /** Of each key, and of each address without one. */
  readonly rate: BucketSize;
}

/** Keys that an address may show in vain: ten at once, then ten a minute. */
const GUESSES: BucketSize = { burst: 10, perSecond: 10 / 60 };

/**
 * Decides of each request, before its body is read, who asks, whether he asks too often, and whether he may
 * have what he asks for. Addresses that do not exist are guarded like those that do.
 */
export function guard(
  server: Server,
  { requireKey, rate }: GuardOptions,
  { pool, registry }: { readonly pool: Pool; readonly registry: Registry },
): void {
  const keys = new KnownKeys(pool);
  const requests = new TokenBuckets(rate);
  const guesses = new TokenBuckets(GUESSES);
  const refused = new Counter({
    name: 'veilleur_api_refused_total',
    help: 'Requests that were refused: key_required, key_refused, scope_missing, too_many',
    labelNames: ['why'] as const,
    registers: [registry],
  });

  /** What a key is worth; a stranger cannot try many, and a good one is not held up by bad ones for long. */
  const judged = async (text: string, address: string, now: Date): Promise<KeyVerdict | Taken> => {
    if (keys.remembers(text, now)) return keys.judge(text, now);
    const guess = guesses.take(address, performance.now());
    if (!guess.ok) return guess;
    const verdict = await keys.judge(text, now);
    if (verdict.kind === 'valid') guesses.giveBack(address);
    return verdict;
  };

  const tooMany = (reply: FastifyReply, { retryAfterS }: { readonly retryAfterS: number }) => {
    refused.inc({ why: 'too_many' });
    return reply
      .code(429)
      .header('retry-after', String(retryAfterS))
      .send({
        code: 'too_many_requests',
        message: 'That is too many requests.',
        remedy: `Try again in ${retryAfterS} s.`,
      });
  };

  server.decorateRequest('caller');
  server.addHook('onRequest', async (request, reply) => {
    const address = callerAddress(request.ip);
    const text = shownKey(request);
    let shown: KeyVerdict | undefined;
    if (text !== undefined) {
      const verdict = await judged(text, address, new Date());
      if ('ok' in verdict) return tooMany(reply, verdict.ok ? { retryAfterS: 1 } : verdict);
      shown = verdict;
    }
    const caller: Caller =
      shown?.kind === 'valid'
        ? { kind: 'key', key: shown.key, address: request.ip }
        : { kind: !requireKey && isNear(originOf(request)) ? 'near' : 'stranger', address: request.ip };
    request.caller = caller;

    const who = caller.kind === 'key' ? `key ${caller.key.id}` : `address ${address}`;
    const turn = requests.take(who, performance.now());
    if (!turn.ok) return tooMany(reply, turn);

    const refusal = refusalOf(
      decide(request.routeOptions.config.access ?? 'read', caller, shown?.kind),
      shown?.kind,
    );
    if (refusal === null) return;
    refused.inc({ why: refusal.problem.code });
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="veilleur"');
    return reply.code(refusal.status).send(refusal.problem);
  });
}

/** What stands behind `Bearer`; of another kind of authorization the whole, which is no key then. */
function shownKey({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined || authorization.trim() === '') return undefined;
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? authorization;
}

const originOf = ({ raw, headers }: FastifyRequest) => ({
  remoteAddress: raw.socket.remoteAddress,
  httpVersion: raw.httpVersion,
  headers,
});
