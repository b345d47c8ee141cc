import { type DevEui, VeilleurError } from '@veilleur/domain';
import { accountForFrames, findDevice, LEDGER_STATES, type Pool } from '@veilleur/store';
import { z } from 'zod';
import { devEui, deviceNotFound } from './device-routes.ts';
import { instant } from './moments.ts';
import type { Server } from './server.ts';

const DAY_MS = 86_400_000;

const span = {
  since: instant.optional().meta({ description: 'Default: 24 hours before `until`' }),
  until: instant.optional().meta({ description: 'Not in the span; default: now' }),
};

const states = z
  .object(Object.fromEntries(LEDGER_STATES.map((state) => [state, z.number()])))
  .meta({ description: 'Each frame counter is in exactly one state; they add up to `counters`' });

const counts = {
  sessions: z.number(),
  frames: z.number().meta({ description: 'Stored frames: counters that are here, and `repeated`' }),
  repeated: z.number().meta({ description: 'Frames under a counter that the device had used already' }),
  counters: z.number(),
  states,
};

const deviceLedger = z.object({
  devEui: z.string(),
  name: z.string().nullable(),
  ...counts,
  gaps: z.number(),
  firstAt: z.date(),
  lastAt: z.date(),
});

const lostSpan = z.object({
  fCntFrom: z.number(),
  fCntTo: z.number(),
  count: z.number().meta({ description: 'Fewer than the span has where it is not known which ones' }),
  state: z.enum(['lost_on_radio', 'lost_after_lns', 'unexplained']),
  why: z.string(),
  after: z.date(),
  before: z.date(),
});

/** What became of every frame counter. */
export function ledgerRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  server.get(
    '/api/ledger',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How the frame counters of all devices add up, the worst devices first',
        description:
          'A gap in the counters alone does not tell where a frame was lost: it is `unexplained` unless an event of the network server tells. `veilleur ledger` also reads the record or the counts of the server.',
        querystring: z.object({ ...span, limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: {
          200: z.object({
            since: z.date(),
            until: z.date(),
            totals: z.object({ devices: z.number(), ...counts }),
            devices: z.array(deviceLedger),
          }),
        },
      },
    },
    async ({ query }) => {
      const { since, until } = spanOf(query);
      const { totals, devices } = await accountForFrames(pool, { since, until, limit: query.limit });
      return { since, until, totals, devices: [...devices] };
    },
  );

  server.get(
    '/api/devices/:devEui/ledger',
    {
      config: { access: 'read' },
      schema: {
        summary: 'How the frame counters of a device add up, and each gap',
        params: z.object({ devEui }),
        querystring: z.object(span),
        response: {
          200: z.object({
            since: z.date(),
            until: z.date(),
            ledger: deviceLedger.nullable().meta({ description: 'Null: no frame in the span' }),
            lost: z.array(lostSpan),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const asked: DevEui = params.devEui;
      if ((await findDevice(pool, asked)) === null) throw deviceNotFound(asked);
      const { since, until } = spanOf(query);
      const account = await accountForFrames(pool, { since, until, devEuis: [asked] });
      return {
        since,
        until,
        ledger: account.devices[0] ?? null,
        lost: [...(account.lost.get(asked) ?? [])],
      };
    },
  );
}

/** @throws VeilleurError `span_invalid` */
function spanOf(query: { readonly since?: string | undefined; readonly until?: string | undefined }) {
  const until = query.until === undefined ? new Date() : new Date(query.until);
  const since = query.since === undefined ? new Date(until.getTime() - DAY_MS) : new Date(query.since);
  if (since >= until) {
    throw new VeilleurError('span_invalid', '`since` is not before `until`', {
      remedy: 'The span holds `since` and not `until`.',
    });
  }
  return { since, until };
}
