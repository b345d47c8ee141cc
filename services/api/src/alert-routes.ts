import { deviceNamed } from '@veilleur/domain';
import {
  ALERT_SEVERITIES,
  ALERT_STATES,
  type AlertStory,
  type AlertSummary,
  acknowledgeAlert,
  alertStory,
  assignAlert,
  commentAlert,
  listAlerts,
  listNotifications,
  listRules,
  NOTIFICATION_STATES,
  openAlertCounts,
  type Pool,
  unacknowledgeAlert,
} from '@veilleur/store';
import { z } from 'zod';
import { writerOf } from './access/record-writes.ts';
import { instant } from './moments.ts';
import { rulesByName, worstOf } from './rule-routes.ts';
import type { Server } from './server.ts';

const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Who does it, by what the caller says: of a key its name is known besides. */
export const by = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({
    description: 'Who does it, for the record. With a key it may be left out; else it is kept as `by (key)`',
    example: 'Anne Keller',
  })
  .optional();

const severity = z.enum(ALERT_SEVERITIES);
const state = z.enum(ALERT_STATES);

const alert = z.object({
  id: z.number(),
  rule: z.string(),
  title: z
    .object({ en: z.string(), fr: z.string() })
    .nullable()
    .meta({ description: 'What the rule is called; null where it is not in force any more' }),
  subject: z.string().meta({ description: 'A DevEUI, or a group' }),
  devEui: z.string().nullable(),
  device: z.string().nullable().meta({ description: 'The name of the device' }),
  severity,
  state: state.meta({ description: '`acknowledged` is open still; `withdrawn` never was, as is known now' }),
  beganAt: z.date().meta({ description: 'When the condition began, by the time of measurement' }),
  openedAt: z.date().meta({ description: 'When it had held for long enough' }),
  clearedAt: z.date().nullable(),
  withdrawnAt: z.date().nullable(),
  worst: z
    .object({ value: z.number(), unit: z.string(), of: z.string() })
    .nullable()
    .meta({ description: 'What is furthest beyond the bound; null where there is no number to tell' }),
  worstAt: z.date().nullable(),
  knownAt: z.date().meta({ description: 'When it became known: late data raises alerts of long ago' }),
  changedAt: z.date(),
  acknowledgedAt: z.date().nullable(),
  acknowledgedBy: z.string().nullable(),
  assignedTo: z.string().nullable(),
});

export const notification = z.object({
  id: z.number(),
  key: z.string().meta({ description: 'By which the receiver tells repetitions' }),
  channel: z.string(),
  alertIds: z.array(z.number()).readonly(),
  step: z.string(),
  body: z.unknown(),
  state: z.enum(NOTIFICATION_STATES).meta({ description: '`dead`: given up' }),
  createdAt: z.date(),
  notBefore: z.date(),
  attempts: z.number(),
  sentAt: z.date().nullable(),
  deadAt: z.date().nullable(),
  error: z.string().nullable(),
});

const story = alert.extend({
  pauses: z
    .array(z.object({ clearedAt: z.date(), reopenedAt: z.date() }))
    .readonly()
    .meta({ description: 'When it had cleared and shortly after began again' }),
  history: z
    .array(
      z.object({
        id: z.number(),
        kind: z.string().meta({ description: 'Such as `raised`, `cleared`, `acknowledged`, `commented`' }),
        at: z.date().meta({ description: 'By the time of measurement' }),
        recordedAt: z.date(),
        by: z.string().meta({ description: '`engine`, or who did it' }),
        detail: z.record(z.string(), z.unknown()),
        plannedAt: z
          .date()
          .nullable()
          .meta({ description: 'When it was decided whom it concerns; null: not yet' }),
        hidden: z.string().nullable().meta({
          description:
            'Why nobody was told, or is not yet: `silence 3`, `maintenance 4`, `part of alert 7`, `inhibited by alert 9`, `its gateway: alert 8`, `no route`, `over` ...',
        }),
      }),
    )
    .readonly()
    .meta({ description: 'What happened to it, the oldest first' }),
  notifications: z.array(notification).readonly(),
});

const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(state))
  .meta({
    description: `Some of ${ALERT_STATES.join(', ')}, with commas between them`,
    example: 'open,acknowledged',
  });

/** What the rules found, what became of it, and who was told. */
export function alertRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  server.get(
    '/api/alerts',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Alerts, those that opened last first',
        querystring: z.object({
          state: states.optional(),
          since: instant.optional().meta({ description: 'Open then or later' }),
          until: instant.optional().meta({ description: 'Opened before' }),
          rule: z.string().optional(),
          severity: severity.optional(),
          site: z
            .string()
            .optional()
            .meta({ description: 'The code of a site: alerts of it and of all that is in it' }),
          subject: z
            .string()
            .transform(deviceNamed)
            .optional()
            .meta({ description: 'A DevEUI in any spelling, the name of a device, or a group' }),
          after: number.optional().meta({ description: '`next` of the page before' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: {
          200: z.object({
            alerts: z.array(alert),
            next: z.number().nullable(),
            open: z
              .object({ info: z.number(), warning: z.number(), critical: z.number() })
              .meta({ description: 'How many are open now, whatever was asked for' }),
          }),
        },
      },
    },
    async ({ query: { state: wanted, since, until, limit, ...query } }) => {
      const [found, open, rules] = await Promise.all([
        listAlerts(pool, { ...query, ...spanOf(since, until), states: wanted, limit: limit + 1 }),
        openAlertCounts(pool),
        listRules(pool).then(rulesByName),
      ]);
      const alerts = found.slice(0, limit).map((one) => shown(one, rules));
      return { alerts, next: found.length > limit ? (alerts.at(-1)?.id ?? null) : null, open };
    },
  );

  const told = async (id: number) => {
    const [found, rules] = await Promise.all([alertStory(pool, id), listRules(pool)]);
    return shownStory(found, rulesByName(rules));
  };

  server.get(
    '/api/alerts/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: 'An alert, what happened to it, and who was told',
        params: z.object({ id: number }),
        response: { 200: story },
      },
    },
    ({ params }) => told(params.id),
  );

  server.post(
    '/api/alerts/:id/acknowledge',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Somebody takes care of it: it is escalated no further',
        description: 'Of one that was acknowledged already nothing changes. `undo` takes it back.',
        params: z.object({ id: number }),
        body: z.strictObject({ by, undo: z.boolean().default(false) }),
        response: { 200: story },
      },
    },
    async ({ params, body, caller }) => {
      const act = { by: writerOf(caller, body.by), now: new Date() };
      await (body.undo ? unacknowledgeAlert(pool, params.id, act) : acknowledgeAlert(pool, params.id, act));
      return told(params.id);
    },
  );

  server.post(
    '/api/alerts/:id/assign',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Hand it to somebody; with null to nobody',
        params: z.object({ id: number }),
        body: z.strictObject({ by, to: z.string().trim().min(1).max(100).nullable() }),
        response: { 200: story },
      },
    },
    async ({ params, body, caller }) => {
      await assignAlert(pool, params.id, body.to, { by: writerOf(caller, body.by), now: new Date() });
      return told(params.id);
    },
  );

  server.post(
    '/api/alerts/:id/comment',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Say something about it, for those who come after you',
        params: z.object({ id: number }),
        body: z.strictObject({ by, text: z.string().trim().min(1).max(10_000) }),
        response: { 200: story },
      },
    },
    async ({ params, body, caller }) => {
      await commentAlert(pool, params.id, body.text, { by: writerOf(caller, body.by), now: new Date() });
      return told(params.id);
    },
  );

  server.get(
    '/api/notifications',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What was told to whom, what waits, and what was given up; the newest first',
        querystring: z.object({
          state: z.enum(NOTIFICATION_STATES).optional(),
          alert: number.optional(),
          after: number.optional().meta({ description: '`next` of the page before' }),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: { 200: z.object({ notifications: z.array(notification), next: z.number().nullable() }) },
      },
    },
    async ({ query }) => {
      const found = await listNotifications(pool, { ...query, limit: query.limit + 1 });
      const notifications = found.slice(0, query.limit);
      return { notifications, next: found.length > query.limit ? (notifications.at(-1)?.id ?? null) : null };
    },
  );
}

const spanOf = (since: string | undefined, until: string | undefined) => ({
  since: since === undefined ? undefined : new Date(since),
  until: until === undefined ? undefined : new Date(until),
});

type Rules = ReturnType<typeof rulesByName>;

const shown = (one: AlertSummary, rules: Rules) => ({ ...one, worst: worstOf(one, rules) });
const shownStory = (one: AlertStory, rules: Rules) => ({
  ...one,
  worst: worstOf(one, rules),
  history: one.history.map((step) => ({ ...step, detail: { ...step.detail } })),
});
