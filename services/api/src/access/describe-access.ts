import type { SwaggerTransform } from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Server } from '../server.ts';
import { problem } from './refusals.ts';

/** The ways in, as OpenAPI calls them. */
export const SECURITY_SCHEMES = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key: `veilleur key add <name> --scope <scope>`. Scopes are read, operate, engineer and admin, each with those before it. On the machine itself reading and operating need none, unless API_REQUIRE_KEY says so.',
  },
} as const;

const ALWAYS = {
  400: problem.meta({ description: 'The request is not understood' }),
  429: problem.meta({ description: 'Too many requests; `Retry-After` has the seconds to wait' }),
  503: problem.meta({ description: 'The question could not be answered now' }),
};
const GUARDED = {
  401: problem.meta({ description: 'A key is needed, or the one that was shown is not good' }),
  403: problem.meta({ description: 'The key has another scope than this needs' }),
};
const NAMED = {
  404: problem.meta({ description: 'There is no such thing' }),
  414: problem.meta({ description: 'A part of the path is longer than any name' }),
};
const WITH_BODY = {
  413: problem.meta({ description: 'The body is too long' }),
  415: problem.meta({ description: 'The body is not JSON' }),
};

/**
 * Sees to it that every route says what it needs, and that the description of each operation has what may
 * be answered besides. Before the routes.
 *
 * @throws Error where a route does not say what it needs.
 */
export function describeAccess(server: Server): void {
  server.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say what it needs`);
    const { schema } = route;
    if (schema === undefined || ('hide' in schema && schema.hide === true)) return;
    schema.response = {
      ...ALWAYS,
      ...(access === 'open' ? {} : GUARDED),
      ...(route.url.includes(':') ? NAMED : {}),
      ...(schema.body === undefined ? {} : WITH_BODY),
      ...(schema.response as object),
    };
  });
}

/** Zod becomes JSON Schema, and the scope is told of each operation. */
export const transformWithAccess: SwaggerTransform = (given) => {
  const { schema, url } = jsonSchemaTransform(given as Parameters<typeof jsonSchemaTransform>[0]);
  const access = given.route.config?.access ?? 'read';
  if (access === 'open') return { schema: { ...schema, security: [] }, url };
  const description = [schema.description, `Needs the scope \`${access}\`.`].filter(Boolean).join('\n\n');
  return { schema: { ...schema, description, security: [{ key: [] }] }, url };
};
