import swagger from '@fastify/swagger';
import { VeilleurError } from '@veilleur/domain';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import type { Pool } from '@veilleur/store';
import { type FastifyReply, fastify } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { describeAccess, SECURITY_SCHEMES, transformWithAccess } from './access/describe-access.ts';
import { guard } from './access/guard.ts';
import { recordWrites } from './access/record-writes.ts';
import { securityHeaders } from './access/security-headers.ts';
import { refuseUnstorableText } from './access/storable-text.ts';
import { alertRoutes } from './alert-routes.ts';
import { balanceRoutes } from './balance-routes.ts';
import { type AccessConfig, type ApiConfig, accessOf } from './config.ts';
import { consumptionRoutes } from './consumption-routes.ts';
import { deviceRoutes } from './device-routes.ts';
import { answerErrors } from './errors.ts';
import { jobRoutes } from './job-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { startLedgerMetrics } from './ledger-metrics.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { createReadiness } from './readiness.ts';
import { ruleRoutes } from './rule-routes.ts';
import type { Server } from './server.ts';
import { silenceRoutes } from './silence-routes.ts';
import { siteRoutes } from './site-routes.ts';

export interface ApiDependencies {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly log: Logger;
  /** Whether the broker is there, where this process has one. */
  readonly broker?: () => boolean;
}

export type Api = Running & { readonly url: string };

/**
 * Serves REST over what is stored, to those who may have it: see docs/security.md. Bad input is answered with
 * 400 and `{code, message, remedy}` that names the place; a database that is away with 503.
 *
 * @throws VeilleurError `port_in_use`, `port_forbidden`, `address_unknown`.
 */
export async function startApi(
  config: ApiConfig,
  { pool, registry, log, broker }: ApiDependencies,
): Promise<Api> {
  const access = accessOf(config);
  const server = createServer(access);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  describeAccess(server);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Veilleur',
        version: '0.1.0',
        description: 'Devices and measurements of a city. Times are RFC 3339; a quantity fixes its unit.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: transformWithAccess,
  });
  answerErrors(server, { log });

  // The order in which a request is looked at.
  securityHeaders(server, access);
  const rate = { perSecond: access.ratePerS, burst: 4 * access.ratePerS };
  guard(server, { requireKey: access.requireKey, rate }, { pool, registry });
  refuseUnstorableText(server);
  recordWrites(server, { pool, log });

  const readiness = createReadiness({ pool, log, broker, readyLagS: access.readyLagS });
  operationRoutes(server, { registry, readiness });
  await overviewRoutes(server, { pool });
  deviceRoutes(server, { pool, timeZone: config.timeZone });
  consumptionRoutes(server, { pool, timeZone: config.timeZone });
  balanceRoutes(server, { pool, timeZone: config.timeZone });
  siteRoutes(server, { pool, timeZone: config.timeZone });
  ledgerRoutes(server, { pool });
  jobRoutes(server, { pool });
  ruleRoutes(server, { pool });
  alertRoutes(server, { pool });
  silenceRoutes(server, { pool });
  keyRoutes(server, { pool });
  server.get('/api/openapi.json', { config: { access: 'read' }, schema: { hide: true } }, () =>
    server.swagger(),
  );

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

/** A comment of 10,000 characters, each escaped, and room for the rest. */
const LONGEST_BODY = 128 * 1024;

/** A server that no slow or talkative caller ties up. */
function createServer({ trustedProxies, slowCallerMs }: AccessConfig): Server {
  return fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    trustProxy: [...trustedProxies],
    bodyLimit: LONGEST_BODY,
    requestTimeout: slowCallerMs,
    // One who takes no answer: longer than any answer takes to be found.
    connectionTimeout: 120_000,
    keepAliveTimeout: 30_000,
    http: {
      headersTimeout: slowCallerMs,
      connectionsCheckingInterval: Math.min(slowCallerMs, 2000),
      maxHeaderSize: 16 * 1024,
    },
    // An address that cannot be read.
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      void reply.code(error.statusCode ?? 400).send({ code: 'request_refused', message: error.message });
    },
  }).withTypeProvider<ZodTypeProvider>();
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
