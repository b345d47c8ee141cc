import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Problem } from './access/refusals.ts';
import type { Server } from './server.ts';

const DESCRIBED = 'GET /api/openapi.json describes what each address takes.';

/** Bad input is answered with 400 and `{code, message, remedy}` that names the place; the rest with 503. */
export function answerErrors(server: Server, { log }: { readonly log: Logger }): void {
  server.setErrorHandler((thrown, request, reply) => {
    const [status, problem] = answerTo(thrown);
    if (status === 503) {
      log.error({ event: 'api.request.fail', path: request.routeOptions.url, error: messageOf(thrown) });
    } else if (problem.code === 'value_refused') {
      // A door that should have been shut before: the schema of that address lets through too much.
      log.warn({ event: 'api.value.refuse', path: request.routeOptions.url, error: messageOf(thrown) });
    }
    return reply.code(status).send(problem);
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      code: 'address_not_found',
      message: `Nothing is at ${request.method} ${request.url.split('?')[0]}.`,
      remedy: 'GET /api/openapi.json lists what there is.',
    }),
  );
}

function answerTo(thrown: unknown): readonly [status: number, problem: Problem] {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const places = thrown.validation.map(
      (issue) => `${issue.instancePath.slice(1) || 'request'}: ${issue.message}`,
    );
    return [400, { code: 'request_invalid', message: places.join('; '), remedy: DESCRIBED }];
  }
  if (thrown instanceof VeilleurError) {
    const { code, message, remedy } = thrown;
    return [
      code.endsWith('_not_found') ? 404 : 400,
      { code, message, ...(remedy === undefined ? {} : { remedy }) },
    ];
  }
  const statusCode = property(thrown, 'statusCode');
  if (typeof statusCode === 'number' && statusCode < 500) {
    return [statusCode, { code: 'request_refused', message: messageOf(thrown) }];
  }
  const sqlState = property(thrown, 'code');
  // Class 22, data exception: the database says it of a value that was given to it.
  if (typeof sqlState === 'string' && /^22[0-9A-Z]{3}$/.test(sqlState)) {
    const message = 'The database cannot take a value of this request.';
    return [400, { code: 'value_refused', message, remedy: DESCRIBED }];
  }
  return [
    503,
    {
      code: 'answer_unavailable',
      message: 'The question could not be answered now.',
      remedy: 'Try again; GET /ready tells whether the database answers, and the log has the reason.',
    },
  ];
}

const property = (thrown: unknown, name: 'statusCode' | 'code'): unknown =>
  thrown instanceof Error && name in thrown
    ? (thrown as unknown as Record<string, unknown>)[name]
    : undefined;
