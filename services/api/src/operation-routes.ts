import type { Registry } from '@veilleur/runtime';
import { databaseFacts, type Pool } from '@veilleur/store';
import { z } from 'zod';
import type { Server } from './server.ts';

/** Is it alive, is it ready, how is it doing. */
export function operationRoutes(
  server: Server,
  { pool, registry }: { readonly pool: Pool; readonly registry: Registry },
): void {
  server.get(
    '/health',
    { schema: { summary: 'Alive', response: { 200: z.object({ status: z.literal('alive') }) } } },
    () => ({ status: 'alive' as const }),
  );

  server.get(
    '/ready',
    {
      schema: {
        summary: 'Ready to answer: the database does',
        response: {
          200: z.object({
            status: z.literal('ready'),
            postgres: z.string(),
            timescaledb: z.string().nullable(),
            edition: z.string().nullable(),
          }),
          503: z.object({ status: z.literal('waiting'), reason: z.string() }),
        },
      },
    },
    async (_request, reply) => {
      try {
        const facts = await databaseFacts(pool);
        return {
          status: 'ready' as const,
          postgres: facts.postgresVersion,
          timescaledb: facts.timescaledbVersion,
          edition: facts.edition,
        };
      } catch {
        return reply.code(503).send({ status: 'waiting', reason: 'the database does not answer' });
      }
    },
  );

  server.get(
    '/metrics',
    { schema: { summary: 'Prometheus metrics', hide: true } },
    async (_request, reply) => {
      reply.header('content-type', registry.contentType);
      return reply.send(await registry.metrics());
    },
  );
}
