import { z } from 'zod';
import { cityPlanSchema } from '../city/plan.ts';
import { faultSpecSchema } from '../faults/plan.ts';

const instant = z.iso.datetime({ offset: true });
const share = z.number().min(0).max(1);
const minutes = z.number().positive();
const perSecond = z.number().positive().max(1e6);

export const SCENARIO_FORMATS = ['chirpstack-json', 'chirpstack-protobuf', 'tts', 'mixed'] as const;
export type ScenarioFormat = (typeof SCENARIO_FORMATS)[number];
export const SCENARIO_LEVELS = ['lns', 'gateway'] as const;

const gatewayNumber = z.int().min(0).max(249);

/** Everything between a device and the subscribers of its network server; see `radio/plan.ts`. */
const radioSchema = z.strictObject({
  /** How many, spread evenly; numbered from 0 for outages. */
  gateways: z.int().min(1).max(250).default(12),
  /** Around the city's centre; by default 85 % of its radius. */
  gatewayRadius_km: z.number().positive().optional(),
  /** Spans in which a gateway keeps what it hears, and delivers it afterwards. */
  backhaulOutages: z
    .array(
      z
        .strictObject({ gateways: z.array(gatewayNumber).min(1), from: instant, to: instant })
        .refine(({ from, to }) => Date.parse(to) > Date.parse(from), {
          error: 'to is not after from',
          path: ['to'],
        }),
    )
    .default([]),
  activation: z.enum(['in_service', 'join_first']).default('in_service'),
  queueLength: z.int().min(1).max(1000).optional(),
  nbTrans: z.int().min(1).max(15).optional(),
  confirmedAttempts: z.int().min(1).max(15).optional(),
  downlinkLossShare: share.optional(),
  lossShare: share.optional(),
  server: z
    .strictObject({
      checksCounters: z.boolean().optional(),
      forwardsRepeats: z.boolean().optional(),
      replicaShare: share.optional(),
      redeliveryShare: share.optional(),
      reorderShare: share.optional(),
      reorderWithin_s: z.number().min(0.05).max(86_400).optional(),
      statusEvery_s: z.number().min(0).optional(),
    })
    .prefault({}),
});

/** How the frames come, beside the devices' own periods. */
const loadSchema = z.discriminatedUnion('kind', [
  /** As the devices report; at full speed at most so many a second of real time. */
  z.strictObject({ kind: z.literal('steady'), perSecond: perSecond.optional() }),
  /** At full speed: from one rate to another. */
  z.strictObject({ kind: z.literal('ramp'), from: perSecond, to: perSecond, over_s: z.number().positive() }),
  /** At full speed: a higher rate for a while, again and again. */
  z
    .strictObject({
      kind: z.literal('spike'),
      base: perSecond,
      peak: perSecond,
      every_s: z.number().positive(),
      lasts_s: z.number().positive(),
    })
    .refine((spike) => spike.lasts_s < spike.every_s, { error: 'lasts_s is not below every_s' }),
  /** In simulated time: all gateways are out, and at the end of it all devices begin anew. */
  z.strictObject({
    kind: z.literal('storm'),
    from: instant,
    to: instant,
    /** Each device at a moment of its own within so much of `to`. */
    rejoinWithin_min: minutes,
  }),
]);
export type Load = z.output<typeof loadSchema>;

const expectSchema = z.strictObject({
  /** Frames that were sent and never came to the server, of all frames: at most. */
  lostShare: share.optional(),
  /** From publication to the end of the write, milliseconds: at most. */
  p99_ms: z.number().positive().optional(),
  /** Messages a second, all stages together: at least. */
  perSecond: perSecond.optional(),
  /** Of the faults of each kind that a shipped rule can find, the share that was found: at least. */
  recall: share.optional(),
  /** Of the alerts of the rules for each kind, the share that a fault explains: at least. */
  precision: share.optional(),
});

/** A simulation as people write it down. */
export const scenarioSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/, 'lower case letters, digits and hyphens'),
    description: z.strictObject({ fr: z.string().min(1), en: z.string().min(1) }),
    /** The same seed is the same simulation, to the byte. */
    seed: z.int().min(0).default(1),
    city: cityPlanSchema.omit({ seed: true, faults: true, reportEvery_s: true }).extend({
      /** Without it and without a `from`, two days before the simulated time begins. */
      installedAt: z.iso.date().optional(),
    }),
    /** Seconds, by kind of device. */
    reportEvery_s: cityPlanSchema.shape.reportEvery_s,
    faults: z.array(faultSpecSchema).default([]),
    radio: radioSchema.prefault({}),
    /** Whether the city's metering points are made known, and its consumption compared. */
    meteringPoints: z.boolean().default(true),
    level: z.enum(SCENARIO_LEVELS).default('lns'),
    format: z.enum(SCENARIO_FORMATS).default('chirpstack-json'),
    /** When the simulated time begins; without it, so that it ends with the present hour. */
    from: instant.optional(),
    /** How long it goes on; one of the two. */
    days: z.number().positive().max(3660).optional(),
    until: instant.optional(),
    /** `max`: as fast as the pipeline takes it; 1: real time; 60: an hour a minute. */
    speed: z.union([z.literal('max'), z.number().positive()]).default('max'),
    load: loadSchema.default({ kind: 'steady' }),
    expect: expectSchema.prefault({}),
  })
  .refine((scenario) => scenario.days === undefined || scenario.until === undefined, {
    error: 'days and until both say when it ends: keep one',
    path: ['until'],
  })
  .refine((scenario) => scenario.until === undefined || scenario.from !== undefined, {
    error: 'until needs a from',
    path: ['until'],
  })
  .refine(
    (scenario) =>
      scenario.until === undefined || Date.parse(scenario.until) > Date.parse(scenario.from ?? '9999-01-01'),
    { error: 'until is not after from', path: ['until'] },
  )
  .refine(({ load }) => load.kind !== 'storm' || Date.parse(load.to) > Date.parse(load.from), {
    error: 'to is not after from',
    path: ['load', 'to'],
  });

export type Scenario = z.output<typeof scenarioSchema>;

/** For editors: completes and checks a scenario while it is written. */
export function scenarioJsonSchema(): object {
  return {
    title: 'A scenario of the Veilleur simulator',
    ...z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }),
  };
}
