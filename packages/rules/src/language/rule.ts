import { deviceNamed, QUANTITIES, type Quantity } from '@veilleur/domain';
import { z } from 'zod';
import { duration } from './duration.ts';
import { didYouMean } from './nearest.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

const QUANTITY_NAMES = Object.keys(QUANTITIES) as Quantity[];

export const quantity = z.enum(QUANTITY_NAMES, {
  error: ({ input }) => {
    if (input === undefined) return 'is missing';
    const word = typeof input === 'string' ? input : JSON.stringify(input);
    return `"${word}" is not a quantity${didYouMean(word, QUANTITY_NAMES)}; \`veilleur rules quantities\` lists them`;
  },
});

const text = z.strictObject({ en: z.string().min(1), fr: z.string().min(1) });
export const names = z.array(z.string().min(1)).min(1);
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 23:30');
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const CHOICE = {
  /** A DevEUI may stand as on its label. */
  devices: z.array(z.string().min(1).transform(deviceNamed)).min(1).optional(),
  profiles: names.optional(),
  media: names.optional(),
  sites: names.optional(),
  /** `*`: whatever the tag says, if there is one. */
  tags: z.record(z.string(), z.union([z.string(), names])).optional(),
};

/** Which devices. All that are named must fit; of one list any. Nothing named: every device. */
const select = z.strictObject({
  ...CHOICE,
  /** But not these, chosen in the same way. */
  except: z.strictObject(CHOICE).optional(),
});
export type Select = z.infer<typeof select>;

/** When a measurement counts at all, in local time and by the sun over the device. */
const when = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).optional(),
  /** Local; `22:00` to `06:00` goes over midnight. */
  between: z.tuple([timeOfDay, timeOfDay]).optional(),
  holidays: z.enum(['only', 'never']).optional(),
  /** 1 to 12, local. */
  months: z.array(z.int().min(1).max(12)).min(1).optional(),
  /** Degrees of the sun over the horizon; -0.833 is sunset. */
  sunAbove: z.number().min(-90).max(90).optional(),
  sunBelow: z.number().min(-90).max(90).optional(),
});
export type When = z.infer<typeof when>;

const COMMON = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower case letters, digits and dashes'),
  title: text,
  description: text.optional(),
  severity: z.enum(SEVERITIES).default('warning'),
  enabled: z.boolean().default(true),
  select: select.default({}),
  when: when.optional(),
  /** The condition must hold so long. */
  for: duration.default(0),
  /** The contrary must hold so long. */
  clearFor: duration.default(0),
  /** How long a value speaks for the time after it; else three report intervals of the device. */
  hold: duration.optional(),
  /** Again within this time after it cleared is the same alert. */
  reopenWithin: duration.default(3_600_000),
  /** While one of these rules has an open alert on the same device, this one is not notified. */
  inhibitedBy: names.default([]),
  /** Alerts of devices with the same value of this tag (or `site`) are notified together. */
  groupBy: z.string().min(1).optional(),
};

/** The bounds of a condition: exactly one side. Hysteresis where `clear...` differs. */
const BOUNDS = {
  above: z.number().optional(),
  below: z.number().optional(),
  clearBelow: z.number().optional(),
  clearAbove: z.number().optional(),
  /** Beyond this bound (on the same side) the severity is the one told here. */
  worse: z.strictObject({ beyond: z.number(), severity: z.enum(SEVERITIES) }).optional(),
};

const channel = z.int().min(0).default(0);
/** So many moments in a row must say it, however little time lies between them. */
const samples = z.int().min(1).max(100).default(1);

export const SITE_LEVELS = ['household', 'building', 'street', 'district', 'city'] as const;
export type SiteLevel = (typeof SITE_LEVELS)[number];

/** One number from the last readings of a quantity, of those devices of a site that are chosen. */
const siteValue = z.strictObject({
  quantity,
  channel,
  select: select.default({}),
  /** `count`: how many of the readings lie over `above`. */
  aggregate: z.enum(['sum', 'mean', 'min', 'max', 'count']).default('sum'),
  above: z.number().default(0),
  /** So many of the chosen devices, 0 to 1, must have a reading that still speaks. */
  share: z.number().min(0).max(1).default(1),
});
export type SiteValue = z.infer<typeof siteValue>;

const KINDS = [
  z.strictObject({ ...COMMON, ...BOUNDS, samples, kind: z.literal('value'), quantity, channel }),
  /** Change between two readings that follow each other, for one `per`. */
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('rate'),
    quantity,
    channel,
    per: duration.default(3_600_000),
  }),
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('window'),
    quantity,
    channel,
    function: z.enum(['mean', 'min', 'max', 'sum', 'increase', 'count', 'spread', 'quantile']),
    /** Of `quantile`, 0 to 1. */
    quantile: z.number().min(0).max(1).default(0.5),
    over: duration,
    minSamples: z.int().min(1).default(1),
  }),
  /** The least rate of an index between readings of the window, for an hour: above zero, it never stood still. */
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('continuous_flow'),
    quantity,
    channel,
    over: duration,
  }),
  /** The least rate between readings of a night, for an hour, in each of so many nights together. */
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('night_minimum'),
    quantity,
    channel,
    between: z.tuple([timeOfDay, timeOfDay]).default(['02:00', '05:00']),
    nights: z.int().min(1).max(14).default(1),
  }),
  /** A period against the same one so many weeks, or years, before. */
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('past'),
    quantity,
    channel,
    function: z.enum(['mean', 'increase']),
    over: duration,
    against: z.strictObject({
      every: z.enum(['day', 'week', 'year']),
      back: z.int().min(1).max(60),
    }),
    as: z.enum(['ratio', 'difference', 'sigma']).default('ratio'),
    /** Differences smaller than this (in the quantity's unit) never count. */
    atLeast: z.number().min(0).default(0),
  }),
  /** Nothing was heard of the device, or of one of its quantities. */
  z.strictObject({
    ...COMMON,
    kind: z.literal('absence'),
    quantity: quantity.optional(),
    channel,
    /**
     * Fixed; else `intervals` times the usual distance of its reports, and three times what the radio
     * usually makes of it.
     */
    after: duration.optional(),
    intervals: z.number().min(2).default(4),
    /** Learned or not, never sooner. */
    atLeast: duration.default(3_600_000),
  }),
  /** How many events of the network server (join, ack, log, status ...) in the window. */
  z.strictObject({
    ...COMMON,
    ...BOUNDS,
    samples,
    kind: z.literal('events'),
    event: z.string().min(1),
    over: duration,
  }),
  /** A CEL expression over the last values of the device's quantities, true or false. */
  z.strictObject({
    ...COMMON,
    samples,
    kind: z.literal('expression'),
    expression: z.string().min(1),
    /** CEL, too: while it is not so, nothing is said, and an open alert stays as it is. */
    given: z.string().min(1).optional(),
  }),
  /** Many devices of one group (a tag's value, or `site`) have an open alert of these rules at once. */
  z.strictObject({
    ...COMMON,
    kind: z.literal('many'),
    of: names,
    by: z.string().min(1),
    atLeast: z.int().min(2).default(3),
    /** Of the group's devices, 0 to 1. */
    share: z.number().min(0).max(1).default(0),
    /** Their beginnings lie no further apart. */
    within: duration.default(3_600_000),
  }),
  /** A CEL expression over what the devices of one site tell together, true or false. */
  z.strictObject({
    ...COMMON,
    samples,
    kind: z.literal('site'),
    /** Which sites, each with all in it: an alert is one of such a site. */
    level: z.enum(SITE_LEVELS).default('building'),
    values: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name such as heat: small letters, digits, _'),
        siteValue,
      )
      .refine((values) => Object.keys(values).length > 0, 'expected at least one value'),
    expression: z.string().min(1),
    given: z.string().min(1).optional(),
    /** A fixed time: devices of one site report each in its own rhythm. */
    hold: duration.default(3 * 3_600_000),
  }),
] as const;

/** A rule as it is written; durations parsed to milliseconds. What a template leaves open is filled in before. */
export const rule = z.discriminatedUnion('kind', KINDS).superRefine((told, context) => {
  if (!isBounded(told)) return;
  for (const { field, message } of boundProblems(told)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});
export type Rule = z.infer<typeof rule>;
/** A rule as people write it. */
export type RuleInput = z.input<typeof rule>;
export const RULE_KINDS = KINDS.map(({ shape }) => shape.kind.value);
export type RuleOf<Kind extends Rule['kind']> = Extract<Rule, { readonly kind: Kind }>;

const UNBOUNDED = ['absence', 'expression', 'many', 'site'] as const;
type Unbounded = (typeof UNBOUNDED)[number];
export type BoundedRule = RuleOf<Exclude<Rule['kind'], Unbounded>>;

/** Whether a rule compares a number with a bound. */
export function isBounded(told: Rule): told is BoundedRule {
  return isBoundedKind(told.kind);
}

export function isBoundedKind(kind: Rule['kind']): kind is BoundedRule['kind'] {
  return !(UNBOUNDED as readonly string[]).includes(kind);
}

/** A rule that speaks of devices one by one. */
export type DeviceRule = Exclude<Rule, RuleOf<'many' | 'site'>>;

export function isDeviceRule(told: Rule): told is DeviceRule {
  return told.kind !== 'many' && told.kind !== 'site';
}

export interface Bounds {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly clearAbove?: number | undefined;
  readonly clearBelow?: number | undefined;
  readonly worse?: { readonly beyond: number; readonly severity: Severity } | undefined;
}

/** What is wrong with a rule's bounds taken together. */
export function boundProblems(told: Bounds): { readonly field: keyof Bounds; readonly message: string }[] {
  const { above, below, clearAbove, clearBelow, worse } = told;
  const problems: { field: keyof Bounds; message: string }[] = [];
  const note = (field: keyof Bounds, message: string) => problems.push({ field, message });
  if ((above === undefined) === (below === undefined)) {
    note(above === undefined ? 'above' : 'below', 'expected exactly one of above and below');
    return problems;
  }
  if (above !== undefined && clearAbove !== undefined)
    note('clearAbove', 'belongs to below; a rule with above clears below');
  if (below !== undefined && clearBelow !== undefined)
    note('clearBelow', 'belongs to above; a rule with below clears above');
  if (above !== undefined && clearBelow !== undefined && clearBelow > above)
    note('clearBelow', 'must not lie over above');
  if (below !== undefined && clearAbove !== undefined && clearAbove < below)
    note('clearAbove', 'must not lie under below');
  if (worse !== undefined && above !== undefined && worse.beyond <= above)
    note('worse', 'must lie over above');
  if (worse !== undefined && below !== undefined && worse.beyond >= below)
    note('worse', 'must lie under below');
  return problems;
}
