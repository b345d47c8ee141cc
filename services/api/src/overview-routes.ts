import { readFile } from 'node:fs/promises';
import { QUANTITIES } from '@veilleur/domain';
import { devicesNow, type Pool } from '@veilleur/store';
import { z } from 'zod';
import { PAGE_SECURITY_POLICY } from './access/security-headers.ts';
import type { Server } from './server.ts';

/** More devices than a person looks at on one page. */
const SHOWN_DEVICES = 500;

const PAGE = new URL('./page/', import.meta.url);
const FILES = [
  { address: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { address: '/page/overview.js', file: 'overview.js', type: 'text/javascript; charset=utf-8' },
  { address: '/page/ask.js', file: 'ask.js', type: 'text/javascript; charset=utf-8' },
  { address: '/page/overview.css', file: 'overview.css', type: 'text/css; charset=utf-8' },
] as const;

/** The first page: who was heard, and what each number means. */
export async function overviewRoutes(server: Server, { pool }: { readonly pool: Pool }): Promise<void> {
  for (const { address, file, type } of FILES) {
    const content = await readFile(new URL(file, PAGE));
    server.get(address, { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) =>
      reply
        .headers({
          'content-type': type,
          'content-security-policy': PAGE_SECURITY_POLICY,
          'cache-control': 'no-cache',
        })
        .send(content),
    );
  }

  server.get(
    '/api/overview',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Devices heard in the last day with their newest values, and what each quantity means',
        response: {
          200: z.object({
            now: z.date(),
            quantities: z.record(
              z.string(),
              z.object({
                kind: z.string(),
                unit: z.string(),
                label: z.object({ en: z.string(), fr: z.string() }),
              }),
            ),
            devices: z.array(
              z.object({
                devEui: z.string(),
                name: z.string().nullable(),
                profile: z.string().nullable(),
                medium: z.string().nullable(),
                lastFrameAt: z.date(),
                values: z
                  .array(
                    z.object({
                      quantity: z.string(),
                      channel: z.number(),
                      value: z.number(),
                      time: z.string(),
                    }),
                  )
                  .readonly(),
              }),
            ),
          }),
        },
      },
    },
    async () => ({ now: new Date(), quantities: QUANTITIES, devices: await devicesNow(pool, SHOWN_DEVICES) }),
  );
}
