import { deviceNamed } from '@veilleur/domain';
import { duration, SEVERITIES, WEEKDAYS } from '@veilleur/rules';
import { flag, portNumber } from '@veilleur/runtime';
import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'expected at most 50 small letters, digits and hyphens');
const text = z.string().min(1);
const texts = z.array(text).min(1);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 22:00');
const weekdays = z.array(z.enum(WEEKDAYS)).min(1);

const httpAddress = z
  .url('expected an address such as https://example.org/hook')
  .refine((address) => /^https?:\/\//.test(address), 'expected http:// or https://');

/** In these hours only what is critical is told; on these days nothing else is told at all. */
const quietHours = z.strictObject({ between: z.tuple([timeOfDay, timeOfDay]), days: weekdays.optional() });

const COMMON = {
  name,
  language: z.enum(['en', 'fr']).default('fr'),
  quietHours: quietHours.optional(),
  /** So often is it tried before it is given up. */
  attempts: z.coerce.number().int().min(1).max(100).default(12),
  timeout: duration.default(10_000),
  /** The one secret of the channel, in a file of its own or in a variable. */
  secretFile: text.optional(),
  secretEnv: text.optional(),
};

/** One message a day of what was open, opened and over, at this local hour. */
const digest = z.strictObject({ at: timeOfDay });

const HEADERS = z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'is no name of a header'), z.string());

const KINDS = [
  z.strictObject({
    ...COMMON,
    kind: z.literal('email'),
    host: text,
    port: portNumber.optional(),
    security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    user: text.optional(),
    from: text,
    to: texts,
    digest: digest.optional(),
  }),
  z.strictObject({
    ...COMMON,
    kind: z.literal('webhook'),
    url: httpAddress,
    headers: HEADERS.default({}),
    digest: digest.optional(),
  }),
  z.strictObject({
    ...COMMON,
    kind: z.literal('alertmanager'),
    url: httpAddress.transform((address) => address.replace(/\/+$/, '')),
    /** An alert that nobody clears is forgotten there after so long. */
    keep: duration.default(30 * 86_400_000),
  }),
  z.strictObject({
    ...COMMON,
    kind: z.literal('sms'),
    url: text,
    method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
    contentType: text.default('application/json'),
    body: z.string().default(''),
    headers: HEADERS.default({}),
    to: text,
  }),
  z.strictObject({
    ...COMMON,
    kind: z.literal('mqtt'),
    url: z
      .url('expected an address such as mqtt://host:1883')
      .refine((address) => /^mqtts?:\/\//.test(address), {
        error: 'expected mqtt:// or mqtts://',
      }),
    user: text.optional(),
    topic: z
      .string()
      .regex(/^[^+#\0]+[^+#\0/]$/, 'expected a topic without wildcards, not ending in a slash')
      .default('veilleur/alerts'),
    /** Also keeps, retained, what is open. */
    state: flag.default(false),
  }),
] as const;

const channel = z
  .discriminatedUnion('kind', KINDS)
  .superRefine(({ kind, secretFile, secretEnv, ...told }, context) => {
    const secrets = [secretFile, secretEnv].filter((one) => one !== undefined).length;
    const issue = (message: string) =>
      context.addIssue({
        code: 'custom',
        path: [secretEnv === undefined ? 'secretFile' : 'secretEnv'],
        message,
      });
    if (secrets === 2) issue('expected only one of secretFile and secretEnv');
    if (secrets === 0 && kind === 'webhook')
      issue('expected secretFile or secretEnv: what is sent is signed with it');
    if (secrets === 0 && 'user' in told && told.user !== undefined)
      issue('expected secretFile or secretEnv: the password');
  });

const route = z.strictObject({
  name,
  match: z
    .strictObject({
      rules: texts.optional(),
      devices: z.array(text.transform(deviceNamed)).min(1).optional(),
      sites: texts.optional(),
      tags: z.record(z.string(), z.union([text, texts])).optional(),
      severities: z.array(z.enum(SEVERITIES)).min(1).optional(),
    })
    .default({}),
  to: z.array(name).default([]),
  escalate: z.array(z.strictObject({ after: duration, to: z.array(name).min(1) })).default([]),
});

/** What the file holds. Every scalar is a text: a telephone number begins with a zero. */
export const NOTIFICATIONS_FILE = z
  .strictObject({
    /** News waits so long for what belongs to it, or explains it. */
    groupWait: duration.default(30_000),
    /** When what hid an alert is over, so long is given to the alert to clear by itself. */
    settle: duration.default(3_600_000),
    gateways: z
      .strictObject({
        /** At the least; a gateway that hears little is given more. */
        downAfter: duration.default(1_800_000),
        severity: z.enum(SEVERITIES).default('critical'),
        watch: flag.default(true),
      })
      .prefault({}),
    channels: z.array(channel).default([]),
    routes: z.array(route).default([]),
  })
  .superRefine(({ channels, routes }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const [kind, named] of [
      ['channels', channels],
      ['routes', routes],
    ] as const) {
      for (const [at, { name: one }] of named.entries()) {
        if (named.findIndex((other) => other.name === one) !== at)
          issue([kind, at, 'name'], `${one} is the name of another`);
      }
    }
    const known = channels.map(({ name: one }) => one);
    const check = (to: readonly string[], path: (string | number)[]) => {
      for (const [i, one] of to.entries()) {
        if (!known.includes(one))
          issue([...path, i], `there is no channel ${one}; there are: ${known.join(', ') || 'none'}`);
      }
    };
    for (const [at, { to, escalate }] of routes.entries()) {
      check(to, ['routes', at, 'to']);
      for (const [i, step] of escalate.entries()) check(step.to, ['routes', at, 'escalate', i, 'to']);
    }
  });

export type ChannelInFile = z.output<typeof channel>;
export type NotificationsInFile = z.output<typeof NOTIFICATIONS_FILE>;
