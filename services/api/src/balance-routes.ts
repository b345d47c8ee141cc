import { BALANCE_GAPS, BALANCE_VERDICTS, QUANTITIES } from '@veilleur/domain';
import { BALANCE_BUCKETS, balanceOfPoint, findPoint, type Pool } from '@veilleur/store';
import { z } from 'zod';
import { code, inUnit } from './consumption-routes.ts';
import { moment, startOf } from './moments.ts';
import type { Server } from './server.ts';

const someParts = z.object({
  count: z.number(),
  codes: z.array(z.string()).readonly().meta({ description: 'Of the first hundred, in order' }),
});

const bucket = z.object({
  start: z.date(),
  parent: z.number().nullable().meta({ description: 'What went through the meter; null where missing' }),
  parts: z.number().meta({ description: 'The sum of the parts that tell' }),
  difference: z.number().nullable().meta({ description: 'Parent minus parts; null unless all tell' }),
  relative: z.number().nullable().meta({ description: 'The difference as a share of the parent' }),
  uncertainty: z.number().nullable().meta({
    description: 'How much of a difference reading times and register steps explain; null: no bound is known',
  }),
  verdict: z.enum(BALANCE_VERDICTS),
  why: z.enum(BALANCE_GAPS).nullable().meta({ description: 'Why the verdict is unknown' }),
  missing: someParts.meta({ description: 'Parts of which nothing is known for this time' }),
  unbounded: someParts.meta({ description: 'Parts whose estimate no later reading bounds' }),
  parentUnbounded: z.boolean().meta({ description: "The same of the parent's own" }),
});

/** A meter against the sum of those behind it. */
export function balanceRoutes(
  server: Server,
  { pool, timeZone: cityZone }: { readonly pool: Pool; readonly timeZone: string },
): void {
  server.get(
    '/api/points/:code/balance',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A meter against the sum of the meters behind it: losses, unmetered use',
        description:
          'Buckets that begin in [from, to). The parts are the points that have this one as their parent; parts of parts are in theirs.',
        params: z.object({ code }),
        querystring: z.object({ from: moment, to: moment, bucket: z.enum(BALANCE_BUCKETS).default('month') }),
        response: {
          200: z.object({
            point: z.string(),
            quantity: z.string(),
            unit: z.string(),
            timeZone: z.string(),
            from: z.date(),
            to: z.date(),
            bucket: z.enum(BALANCE_BUCKETS),
            parts: z.number().meta({ description: 'How many parts the point has' }),
            balance: z.array(bucket),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const zone = (await findPoint(pool, params.code)).timeZone ?? cityZone;
      const span = { from: startOf(query.from, zone), to: startOf(query.to, zone), bucket: query.bucket };
      const { buckets, quantity, ...about } = await balanceOfPoint(pool, params.code, {
        ...span,
        timeZone: cityZone,
      });
      return {
        ...about,
        quantity,
        unit: QUANTITIES[quantity].unit,
        ...span,
        balance: buckets.map(({ parent, parts, difference, uncertainty, ...one }) => ({
          ...one,
          parent: inUnit(parent),
          parts: parts / 1e6,
          difference: inUnit(difference),
          uncertainty: inUnit(uncertainty),
        })),
      };
    },
  );
}
