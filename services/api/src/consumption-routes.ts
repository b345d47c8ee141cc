import { isQuantity, QUANTITIES } from '@veilleur/domain';
import {
  BUCKETS,
  type ConsumptionQuery,
  consumptionOfPoint,
  consumptionOfSite,
  findPoint,
  findSite,
  listPoints,
  listSites,
  type Pool,
} from '@veilleur/store';
import { z } from 'zod';
import { problem } from './access/refusals.ts';
import { moment, startOf } from './moments.ts';
import type { Server } from './server.ts';

export const code = z.string().min(1).max(100);

const point = z.object({
  code: z.string(),
  kind: z.string(),
  name: z.string().nullable(),
  quantity: z.string(),
  operator: z.string().nullable(),
  site: z.string().nullable(),
  parent: z.string().nullable().meta({ description: 'The point whose meter sees this consumption too' }),
  timeZone: z.string().nullable().meta({ description: "IANA; null: the city's" }),
  dayStartMinutes: z.number().meta({ description: 'When a local day begins: 360 for the gas day' }),
  devices: z.array(z.string()).readonly(),
  lastReading: z.date().nullable(),
});

const site = z.object({
  code: z.string(),
  name: z.string(),
  kind: z.string(),
  parent: z.string().nullable(),
  timeZone: z.string().nullable(),
  attributes: z.record(z.string(), z.union([z.string(), z.number()])),
  points: z.number(),
});

const span = z.object({
  from: moment,
  to: moment,
  bucket: z.enum(BUCKETS).default('day'),
  quantity: z
    .string()
    .refine(isQuantity, { error: `expected one of ${Object.keys(QUANTITIES).join(', ')}` })
    .optional(),
  asOf: moment.optional().meta({ description: 'As it was known at this moment; of a day, at its end' }),
});

const answer = {
  from: z.date(),
  to: z.date(),
  bucket: z.enum(BUCKETS),
  timeZone: z.string(),
  asOf: z.date().nullable(),
  units: z.record(z.string(), z.string()),
};

const bucket = z.object({
  quantity: z.string(),
  start: z.date(),
  value: z.number().nullable().meta({ description: 'In the unit; null where it is missing, never zero' }),
  quality: z.enum(['measured', 'estimated', 'repaired', 'missing']),
});

/** What went through: metering points, sites, and their consumption. */
export function consumptionRoutes(
  server: Server,
  { pool, timeZone: cityZone }: { readonly pool: Pool; readonly timeZone: string },
): void {
  server.get(
    '/api/points',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Metering points, in the order of their codes',
        querystring: z.object({
          after: code.optional().meta({ description: 'The last code of the page before' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          site: code.optional().meta({ description: 'Those of a site and its parts' }),
        }),
        response: {
          200: z.object({ points: z.array(point), next: z.string().nullable() }),
          404: problem.meta({ description: 'There is no such site' }),
        },
      },
    },
    async ({ query }) => {
      const points = await listPoints(pool, query);
      return { points, next: points.length === query.limit ? (points.at(-1)?.code ?? null) : null };
    },
  );

  server.get(
    '/api/points/:code',
    {
      config: { access: 'read' },
      schema: { summary: 'A metering point', params: z.object({ code }), response: { 200: point } },
    },
    ({ params }) => findPoint(pool, params.code),
  );

  server.get(
    '/api/points/:code/consumption',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Consumption of a metering point by local hour, day or month',
        description:
          'Buckets that begin in [from, to). A bucket that is not over, or not yet known, is not in the answer.',
        params: z.object({ code }),
        querystring: span.extend({ register: z.coerce.number().int().min(0).max(32_767).optional() }),
        response: {
          200: z.object({
            point: z.string(),
            ...answer,
            consumption: z.array(
              bucket.extend({
                register: z.number(),
                method: z.string(),
                uncertainty: z.number().nullable().meta({
                  description:
                    'By how much the value may be off; null for hours, and where nothing bounds it',
                }),
                knownFrom: z.date(),
              }),
            ),
          }),
        },
      },
    },
    async ({ params, query: { register, ...query } }) => {
      const { code: of, timeZone } = await findPoint(pool, params.code);
      const asked = queryOf(query, timeZone ?? cityZone);
      const rows = await consumptionOfPoint(pool, of, { ...asked, channel: register });
      return {
        point: of,
        ...aboutOf(asked, timeZone ?? cityZone, rows),
        consumption: rows.map(({ channel, ...row }) => ({
          ...row,
          register: channel,
          value: inUnit(row.value),
          uncertainty: inUnit(row.uncertainty),
        })),
      };
    },
  );

  server.get(
    '/api/sites',
    {
      config: { access: 'read' },
      schema: { summary: 'Sites', response: { 200: z.object({ sites: z.array(site) }) } },
    },
    async () => ({ sites: await listSites(pool) }),
  );

  server.get(
    '/api/sites/:code/consumption',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Consumption of a site and its parts, by quantity',
        description:
          "The sum of its points' total registers; a point whose parent is among them is in the parent's. `missing` points are not in `value`.",
        params: z.object({ code }),
        querystring: span,
        response: {
          200: z.object({
            site: z.string(),
            ...answer,
            consumption: z.array(
              bucket.extend({
                estimated: z.number().meta({ description: 'How much of it rests on estimates' }),
                points: z.number(),
                missing: z.number(),
              }),
            ),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const { code: of, timeZone } = await findSite(pool, params.code);
      const asked = queryOf(query, timeZone ?? cityZone);
      const rows = await consumptionOfSite(pool, of, asked);
      return {
        site: of,
        ...aboutOf(asked, timeZone ?? cityZone, rows),
        consumption: rows.map((row) => ({
          ...row,
          value: inUnit(row.value),
          estimated: row.estimated / 1e6,
        })),
      };
    },
  );
}

export const inUnit = (micro: number | null) => (micro === null ? null : micro / 1e6);

function queryOf({ from, to, asOf, ...query }: z.output<typeof span>, timeZone: string): ConsumptionQuery {
  return {
    ...query,
    from: startOf(from, timeZone),
    to: startOf(to, timeZone),
    ...(asOf === undefined ? {} : { asOf: asOf.length === 10 ? endOf(asOf, timeZone) : new Date(asOf) }),
  };
}

function endOf(day: string, timeZone: string): Date {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(timeZone);
  return new Date(next.epochMilliseconds - 1);
}

function aboutOf(
  { from, to, bucket: unit, asOf }: ConsumptionQuery,
  timeZone: string,
  rows: readonly { readonly quantity: keyof typeof QUANTITIES }[],
) {
  const units = Object.fromEntries(rows.map(({ quantity }) => [quantity, QUANTITIES[quantity].unit]));
  return { from, to, bucket: unit, timeZone, asOf: asOf ?? null, units };
}
