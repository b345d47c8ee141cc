import { DevEui, isQuantity, QUANTITIES, VeilleurError } from '@veilleur/domain';
import { timeZoneName } from '@veilleur/runtime';
import {
  findDevice,
  frameLedger,
  latestMeasurements,
  listDevices,
  measurements,
  measurementsByPeriod,
  PERIODS,
  type Pool,
} from '@veilleur/store';
import { z } from 'zod';
import { moment, startOf } from './moments.ts';
import type { Server } from './server.ts';

export const devEui = z
  .string()
  .transform((text, context) => {
    try {
      return DevEui(text);
    } catch {
      context.addIssue('expected 16 hexadecimal digits');
      return z.NEVER;
    }
  })
  .meta({ description: 'DevEUI: 16 hexadecimal digits', example: '70b3d5e75e000001' });

const quantity = z
  .string()
  .refine(isQuantity, { error: `expected one of ${Object.keys(QUANTITIES).join(', ')}` })
  .meta({ description: 'A quantity, which fixes the unit', example: 'water_volume' });

const device = z.object({
  devEui: z.string(),
  name: z.string().nullable(),
  applicationName: z.string().nullable(),
  lnsProfileName: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  profile: z.string().nullable().meta({ description: 'The device profile that decodes its frames' }),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  meteringPoint: z.string().nullable(),
  firstSeenAt: z.date(),
  lastFrameAt: z.date().nullable(),
  lastFCnt: z.number().nullable(),
  lastDecoding: z.string().nullable(),
});

const DAY_MS = 86_400_000;

/** Devices and what they measured. */
export function deviceRoutes(
  server: Server,
  { pool, timeZone }: { readonly pool: Pool; readonly timeZone: string },
): void {
  server.get(
    '/api/devices',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Devices, in the order of their DevEUI',
        querystring: z.object({
          after: z.string().max(16).optional().meta({ description: 'The last DevEUI of the page before' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          profile: z.string().optional(),
        }),
        response: { 200: z.object({ devices: z.array(device), next: z.string().nullable() }) },
      },
    },
    async ({ query }) => {
      const devices = await listDevices(pool, query);
      return { devices, next: devices.length === query.limit ? (devices.at(-1)?.devEui ?? null) : null };
    },
  );

  server.get(
    '/api/devices/:devEui',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A device, its newest values and how its frame counters add up',
        params: z.object({ devEui }),
        response: {
          200: device.extend({
            latest: z.array(
              z.object({
                quantity: z.string(),
                channel: z.number(),
                unit: z.string(),
                time: z.date(),
                value: z.number(),
              }),
            ),
            frames: z.object({
              frames: z.number(),
              firstFCnt: z.number().nullable(),
              lastFCnt: z.number().nullable(),
              sessions: z.number(),
              missing: z.number(),
            }),
          }),
        },
      },
    },
    async ({ params }) => {
      const found = await findDevice(pool, params.devEui);
      if (found === null) throw deviceNotFound(params.devEui);
      const [latest, frames] = await Promise.all([
        latestMeasurements(pool, params.devEui),
        frameLedger(pool, params.devEui),
      ]);
      return { ...found, latest, frames };
    },
  );

  server.get(
    '/api/devices/:devEui/measurements',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What a device measured, value by value or by hour, day or month of a time zone',
        description:
          'Without `by`, each value as it was measured. With `by`, for each local hour, day or month the count, first, last, minimum, maximum and mean. The span holds `from` and not `to`; without them, the last 24 hours.',
        params: z.object({ devEui }),
        querystring: z.object({
          quantity: quantity.optional(),
          channel: z.coerce.number().int().min(0).max(32_767).optional(),
          from: moment.optional(),
          to: moment.optional(),
          by: z.enum(PERIODS).optional(),
          timeZone: timeZoneName.optional(),
          limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
        }),
        response: {
          200: z.object({
            devEui: z.string(),
            from: z.date(),
            to: z.date(),
            timeZone: z.string(),
            units: z.record(z.string(), z.string()),
            truncated: z.boolean().meta({ description: 'More values lie in the span than `limit`' }),
            measurements: z.array(
              z.object({
                quantity: z.string(),
                channel: z.number(),
                time: z.date(),
                value: z.number(),
                quality: z.string(),
              }),
            ),
            periods: z.array(
              z.object({
                quantity: z.string(),
                channel: z.number(),
                start: z.date(),
                count: z.number(),
                first: z.number(),
                last: z.number(),
                minimum: z.number(),
                maximum: z.number(),
                mean: z.number(),
              }),
            ),
          }),
        },
      },
    },
    async ({ params, query }) => {
      if ((await findDevice(pool, params.devEui)) === null) throw deviceNotFound(params.devEui);
      const zone = query.timeZone ?? timeZone;
      const to = query.to === undefined ? new Date() : startOf(query.to, zone);
      const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : startOf(query.from, zone);
      const { by, limit, ...asked } = query;
      const selection = { devEui: params.devEui, quantity: asked.quantity, channel: asked.channel, from, to };
      const values = by === undefined ? await measurements(pool, { ...selection, limit: limit + 1 }) : [];
      const periods =
        by === undefined
          ? []
          : await measurementsByPeriod(pool, { ...selection, period: by, timeZone: zone, limit: limit + 1 });
      const shown = [...values, ...periods];
      return {
        devEui: params.devEui,
        from,
        to,
        timeZone: zone,
        units: Object.fromEntries(shown.map((row) => [row.quantity, QUANTITIES[row.quantity].unit])),
        truncated: shown.length > limit,
        measurements: values.slice(0, limit),
        periods: periods.slice(0, limit),
      };
    },
  );
}

export function deviceNotFound(devEui: DevEui): VeilleurError {
  return new VeilleurError('device_not_found', `No device ${devEui} has been seen.`, {
    remedy: 'GET /api/devices lists the devices; one appears with its first event.',
  });
}
