import swagger from '@fastify/swagger';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import type { Pool } from '@veilleur/store';
import { fastify } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { ApiConfig } from './config.ts';
import { consumptionRoutes } from './consumption-routes.ts';
import { deviceRoutes } from './device-routes.ts';
import { startLedgerMetrics } from './ledger-metrics.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { overviewRoutes } from './overview-routes.ts';

export interface ApiDependencies {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly log: Logger;
}

export type Api = Running & { readonly url: string };

/**
 * Serves REST over what is stored. Bad input is answered with 400 and `{code, message, remedy}` that
 * names the place; a database that is away with 503.
 *
 * @throws VeilleurError `port_in_use`, `port_forbidden`, `address_unknown`.
 */
export async function startApi(config: ApiConfig, { pool, registry, log }: ApiDependencies): Promise<Api> {
  const server = fastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(swagger, {
    openapi: {
      info: {
        title: 'Veilleur',
        version: '0.1.0',
        description: 'Devices and measurements of a city. Times are RFC 3339; a quantity fixes its unit.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    transform: jsonSchemaTransform,
  });

  server.setErrorHandler((thrown, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(thrown)) {
      const places = thrown.validation.map(
        (issue) => `${issue.instancePath.slice(1) || 'request'}: ${issue.message}`,
      );
      return reply.code(400).send({
        code: 'request_invalid',
        message: places.join('; '),
        remedy: 'GET /api/openapi.json describes what each address takes.',
      });
    }
    if (thrown instanceof VeilleurError) {
      const { code, message, remedy } = thrown;
      return reply.code(code.endsWith('_not_found') ? 404 : 400).send({ code, message, remedy });
    }
    const statusCode =
      thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
        ? thrown.statusCode
        : undefined;
    if (statusCode !== undefined && statusCode < 500) {
      return reply.code(statusCode).send({ code: 'request_refused', message: messageOf(thrown) });
    }
    log.error({ event: 'api.request.fail', path: request.url, error: messageOf(thrown) });
    return reply.code(503).send({
      code: 'answer_unavailable',
      message: 'The question could not be answered now.',
      remedy: 'Try again; GET /ready tells whether the database answers, and the log has the reason.',
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      code: 'address_not_found',
      message: `Nothing is at ${request.method} ${request.url.split('?')[0]}.`,
      remedy: 'GET /api/openapi.json lists what there is.',
    }),
  );

  const typed = server.withTypeProvider<ZodTypeProvider>();
  operationRoutes(typed, { pool, registry });
  await overviewRoutes(typed, { pool });
  deviceRoutes(typed, { pool, timeZone: config.timeZone });
  consumptionRoutes(typed, { pool, timeZone: config.timeZone });
  ledgerRoutes(typed, { pool });
  server.get('/api/openapi.json', { schema: { hide: true } }, () => server.swagger());

  try {
    const url = await server.listen({ host: config.host, port: config.port });
    const ledgerMetrics = startLedgerMetrics({ pool, registry, log });
    return {
      url,
      stop: async () => {
        await ledgerMetrics.stop();
        await server.close();
      },
    };
  } catch (thrown) {
    await server.close();
    throw cannotListen(thrown, config);
  }
}

function cannotListen(thrown: unknown, { host, port }: ApiConfig): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'EADDRINUSE') {
    return new VeilleurError('port_in_use', `HTTP port ${port} on ${host} is in use`, {
      remedy: 'Stop the other program, or choose another port with HTTP_PORT.',
    });
  }
  if (code === 'EACCES') {
    return new VeilleurError('port_forbidden', `this user may not listen on HTTP port ${port}`, {
      remedy: 'Choose a port above 1023 with HTTP_PORT.',
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new VeilleurError('address_unknown', `this machine has no address ${host}`, {
      remedy: 'HTTP_HOST is 127.0.0.1 for this machine alone, 0.0.0.0 for all of its networks.',
    });
  }
  return thrown;
}
