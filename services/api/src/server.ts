import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Access, Caller } from './access/decide.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key must have; `open`: none. Every route says it. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks. */
    caller: Caller;
    /** The row of `audit` of a write. */
    auditId: number | null;
  }
}

/** A fastify server whose routes take their types from zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
