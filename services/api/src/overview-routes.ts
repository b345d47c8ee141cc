import { readFile } from 'node:fs/promises';
import { QUANTITIES } from '@veilleur/domain';
import { countHeard, type DeviceNow, devicesNow, type HeardCounts, type Pool } from '@veilleur/store';
import { z } from 'zod';
import { PAGE_SECURITY_POLICY } from './access/security-headers.ts';
import type { Server } from './server.ts';

/** More devices than a person looks at on one page. */
const SHOWN_DEVICES = 500;
/** Counting the devices of a city of 35,000 takes some 0.3 s; every open page asks each three seconds. */
const COUNTS_KEPT_MS = 10_000;

const PAGE = new URL('./page/', import.meta.url);
const FILES = [
  { address: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { address: '/page/overview.js', file: 'overview.js', type: 'text/javascript; charset=utf-8' },
  { address: '/page/ask.js', file: 'ask.js', type: 'text/javascript; charset=utf-8' },
  { address: '/page/texts.js', file: 'texts.js', type: 'text/javascript; charset=utf-8' },
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

  const counted = atMostEvery(COUNTS_KEPT_MS, () => countHeard(pool));
  server.get(
    '/api/overview',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Devices heard in the last day with their newest values, and what each quantity means',
        description: `Of more than ${SHOWN_DEVICES} devices, the first by DevEUI; \`/api/devices\` lists all, page by page. \`heard\` and \`heardLastMinute\` count all of them, some seconds ago.`,
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
            heard: z.number().meta({ description: 'devices, in the last day' }),
            heardLastMinute: z.number().meta({ description: 'devices, in the last minute' }),
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
    async () => {
      const devices = await devicesNow(pool, SHOWN_DEVICES);
      const now = new Date();
      const { heard, heardLastMinute } =
        devices.length < SHOWN_DEVICES ? countOf(devices, now) : await counted();
      return { now, quantities: QUANTITIES, heard, heardLastMinute, devices };
    },
  );
}

const countOf = (devices: readonly DeviceNow[], now: Date): HeardCounts => ({
  heard: devices.length,
  heardLastMinute: devices.filter(({ lastFrameAt }) => now.getTime() - lastFrameAt.getTime() < 60_000).length,
});

/** Asks again only when the last answer is older than this; who asks meanwhile waits for the same one. */
function atMostEvery<T>(keptMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (last !== null && performance.now() - last.atMs < keptMs) return last.answer;
    const asked = { atMs: performance.now(), answer: ask() };
    last = asked;
    asked.answer.catch(() => {
      if (last === asked) last = null;
    });
    return asked.answer;
  };
}
