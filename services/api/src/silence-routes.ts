import { deviceNamed } from '@veilleur/domain';
import { ALERT_SEVERITIES, addSilence, endSilence, listSilences, type Pool } from '@veilleur/store';
import { z } from 'zod';
import { writerOf } from './access/record-writes.ts';
import { by } from './alert-routes.ts';
import { instant } from './moments.ts';
import type { Server } from './server.ts';

const moment = instant.transform((text) => new Date(text));
const names = z.array(z.string().min(1)).min(1);

const matching = z
  .strictObject({
    rules: names.optional(),
    devices: z
      .array(z.string().min(1).transform(deviceNamed))
      .min(1)
      .optional()
      .meta({ description: 'DevEUIs in any spelling, names of devices, groups' }),
    sites: names.optional().meta({ description: 'Codes of sites; what is part of them belongs to them' }),
    tags: z.record(z.string(), z.union([z.string(), names])).optional(),
    severities: z.array(z.enum(ALERT_SEVERITIES)).min(1).optional(),
  })
  .meta({ description: 'All that are named must fit; of one list any. Nothing named: every alert' });

const silence = z.object({
  id: z.number(),
  kind: z.enum(['silence', 'maintenance']),
  matching: z.record(z.string(), z.unknown()),
  from: z.date(),
  to: z.date(),
  comment: z.string(),
  createdBy: z.string(),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
  endedBy: z.string().nullable(),
});

/** What nobody is told of, for a while. */
export function silenceRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  const allSilences = async (endsAfter: Date | null) =>
    (await listSilences(pool, { endsAfter })).map((one) => ({ ...one, matching: { ...one.matching } }));
  const found = async (id: number) => {
    const one = (await allSilences(null)).find((each) => each.id === id);
    if (one === undefined) throw new Error(`silence ${id} is gone`);
    return one;
  };

  server.get(
    '/api/silences',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Silences and maintenance that hold now or later; with `all` those that are over too',
        querystring: z.object({ all: z.stringbool().default(false) }),
        response: { 200: z.object({ silences: z.array(silence) }) },
      },
    },
    async ({ query }) => ({ silences: await allSilences(query.all ? null : new Date()) }),
  );

  server.post(
    '/api/silences',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Tell nobody of some alerts for a while; they are recorded all the same',
        body: z.strictObject({
          by,
          kind: z.enum(['silence', 'maintenance']).default('silence'),
          matching,
          from: moment.optional().meta({ description: 'Without it, now' }),
          to: moment,
          comment: z.string().trim().min(1).max(10_000),
        }),
        response: { 201: silence },
      },
    },
    async ({ body: { by: who, from, ...told }, caller }, reply) => {
      const now = new Date();
      const id = await addSilence(pool, { ...told, from: from ?? now }, { by: writerOf(caller, who), now });
      return reply.code(201).send(await found(id));
    },
  );

  server.delete(
    '/api/silences/:id',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'End a silence now; it stays in the record',
        params: z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) }),
        querystring: z.object({ by }),
        response: { 200: silence },
      },
    },
    async ({ params, query, caller }) => {
      await endSilence(pool, params.id, { by: writerOf(caller, query.by), now: new Date() });
      return found(params.id);
    },
  );
}
