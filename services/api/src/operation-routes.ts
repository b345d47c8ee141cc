import type { Registry } from '@veilleur/runtime';
import { z } from 'zod';
import { decide } from './access/decide.ts';
import type { Readiness } from './readiness.ts';
import type { Server } from './server.ts';

/** Is it alive, is it ready, how is it doing. */
export function operationRoutes(
  server: Server,
  { registry, readiness }: { readonly registry: Registry; readonly readiness: () => Promise<Readiness> },
): void {
  server.get(
    '/health',
    {
      config: { access: 'open' },
      schema: { summary: 'Alive', response: { 200: z.object({ status: z.literal('alive') }) } },
    },
    () => ({ status: 'alive' as const }),
  );

  server.get(
    '/ready',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Ready to answer: the database does, and what else this process stands on',
        description: 'Whoever may read is told of versions and lags too.',
        response: {
          200: z.object({
            status: z.literal('ready'),
            postgres: z.string().optional(),
            timescaledb: z.string().nullable().optional(),
            edition: z.string().nullable().optional(),
            broker: z
              .enum(['connected', 'away'])
              .nullable()
              .optional()
              .meta({ description: 'Null: this process has none' }),
            consumers: z
              .array(
                z.object({
                  consumer: z.string(),
                  partition: z.number(),
                  behindS: z.number().nullable().meta({ description: 'Null: it has taken everything' }),
                  readingHistory: z.boolean(),
                }),
              )
              .optional()
              .meta({ description: 'How far those who read what is stored are behind' }),
          }),
          503: z.object({ status: z.literal('waiting'), reason: z.string() }),
        },
      },
    },
    async ({ caller }, reply) => {
      const { reasons, facts, lags, broker } = await readiness();
      if (reasons.length > 0 || facts === null) {
        return reply.code(503).send({ status: 'waiting' as const, reason: reasons.join('; ') });
      }
      if (decide('read', caller, undefined).kind !== 'allowed') return { status: 'ready' as const };
      return {
        status: 'ready' as const,
        postgres: facts.postgresVersion,
        timescaledb: facts.timescaledbVersion,
        edition: facts.edition,
        broker,
        consumers: lags.map(({ consumer, partition, behindS, readingHistory }) => ({
          consumer,
          partition,
          behindS,
          readingHistory,
        })),
      };
    },
  );

  server.get(
    '/metrics',
    { config: { access: 'read' }, schema: { summary: 'Prometheus metrics', hide: true } },
    async (_request, reply) => {
      reply.header('content-type', registry.contentType);
      return reply.send(await registry.metrics());
    },
  );
}
