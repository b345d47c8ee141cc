import { createHash } from 'node:crypto';
import type { EnedisMeasure } from '@veilleur/operators';
import { flag } from '@veilleur/runtime';
import cron from 'node-cron';
import { z } from 'zod';

const MEASURES = [
  'consumption_load_curve',
  'production_load_curve',
  'daily_consumption',
  'daily_production',
  'daily_consumption_max_power',
] as const satisfies readonly EnedisMeasure[];

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'expected at most 50 small letters, digits and hyphens');

/** A secret goes there: it is sent in the clear to this machine alone. */
const address = z
  .url('expected an address such as https://api.example.org')
  .refine(
    (text) => /^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text),
    'expected https://, for the secret is sent there',
  )
  .transform((text) => text.replace(/\/+$/, ''));

const day = z.iso.date('expected a day such as 2026-01-31');

const schedule = z.string().superRefine((text, context) => {
  const { valid, errors } = cron.validateDetailed(text);
  if (valid && text.trim().split(/\s+/).length === 5) return;
  const why = errors.map(({ field, message }) => `${field}: ${message}`).join(', ');
  context.addIssue(`expected five fields as cron writes them, such as 12 9 * * *${why && ` (${why})`}`);
});

const pointsLike = (code: RegExp, what: string) =>
  z.literal('all').or(
    z
      .array(z.string().regex(code, `expected ${what}`))
      .min(1)
      .refine((codes) => new Set(codes).size === codes.length, 'some point stands there twice'),
  );

const common = {
  name,
  baseUrl: address,
  tokenUrl: address,
  clientId: z.string().min(1),
  clientSecretFile: z.string().min(1).optional(),
  clientSecretEnv: z.string().min(1).optional(),
  since: day,
  schedule: schedule.optional(),
  addPoints: flag.default(false),
  revisionDays: z.coerce.number().int().min(1).max(90).default(3),
};

const source = z
  .discriminatedUnion('operator', [
    z.strictObject({
      ...common,
      operator: z.literal('enedis'),
      measure: z.enum(MEASURES),
      version: z.enum(['v5', '2026']),
      stamps: z.enum(['start', 'end']).default('end'),
      points: pointsLike(/^\d{14}$/, 'a PRM of 14 digits, or all'),
    }),
    z.strictObject({
      ...common,
      operator: z.literal('grdf'),
      data: z.enum(['informatives', 'publiees']),
      version: z
        .string()
        .regex(/^v\d+$/, 'expected such as v6')
        .default('v6'),
      points: pointsLike(/^(\d{14}|GI\d{6})$/, 'a PCE of 14 digits or GI and 6 digits, or all'),
    }),
  ])
  .superRefine(({ clientSecretFile, clientSecretEnv }, context) => {
    if ((clientSecretFile === undefined) === (clientSecretEnv === undefined)) {
      const message = 'expected exactly one of clientSecretFile and clientSecretEnv';
      context.addIssue({ code: 'custom', path: ['clientSecretFile'], message });
    }
  })
  .transform((read) => ({ ...read, schedule: read.schedule ?? usualSchedule(read) }));

/** What the file holds. Every scalar is a text: a PRM begins with zeros, and 2026 is a version. */
export const OPERATORS_FILE = z.strictObject({
  sources: z
    .array(source)
    .min(1)
    .superRefine((sources, context) => {
      for (const [at, { name: one }] of sources.entries()) {
        if (sources.findIndex((other) => other.name === one) === at) continue;
        context.addIssue({ code: 'custom', path: [at, 'name'], message: `${one} is the name of another` });
      }
    }),
});

export type SourceInFile = z.output<typeof source>;

/**
 * Once a day between 09:00 and 12:00 local time, when the day before is there. Which minute is a matter of
 * the source, always the same: operators do not meet all their clients at once.
 */
export function usualSchedule({
  name: source,
  clientId,
}: {
  readonly name: string;
  readonly clientId: string;
}): string {
  const minute = createHash('sha256').update(`${source}\n${clientId}`).digest().readUInt32BE() % 180;
  return `${minute % 60} ${9 + Math.floor(minute / 60)} * * *`;
}
