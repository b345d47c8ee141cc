import { isTimeZone, VeilleurError } from '@veilleur/domain';
import { z } from 'zod';
import { faultSpecSchema } from '../faults/plan.ts';
import { BUILDING_KINDS } from './building.ts';

const share = z.number().min(0).max(1);
const count = z
  .int()
  .min(0)
  .max(2 ** 20);
const period_s = z
  .int()
  .min(1)
  .max(7 * 86_400);

const day = z.iso.date();

const stepSchema = z.strictObject({
  /** Minutes from the evening's midnight, local: 05:00 of the morning is 1740. */
  fromMinute: z.int().min(720).max(2160),
  level_percent: z.int().min(0).max(100),
});

const programSchema = z.strictObject({
  id: z.string().min(1),
  steps: z.array(stepSchema).check(({ value, issues }) => {
    for (const [n, step] of value.entries()) {
      const before = value[n - 1]?.fromMinute ?? Number.NEGATIVE_INFINITY;
      if (step.fromMinute > before) continue;
      const message = `steps are in the order of time: it is not after ${before}`;
      issues.push({ code: 'custom', input: step.fromMinute, path: [n, 'fromMinute'], message });
    }
  }),
});

const spellSchema = z
  .strictObject({ from: day, to: day, shift_K: z.number() })
  .refine(({ from, to }) => to > from, { error: 'to is not after from', path: ['to'] });

const DEFAULT_SECTORS = [
  {
    id: 'centre',
    program: {
      id: 'all-night',
      steps: [
        { fromMinute: 1380, level_percent: 50 },
        { fromMinute: 1740, level_percent: 100 },
      ],
    },
  },
  {
    id: 'canal',
    program: {
      id: 'stepped',
      steps: [
        { fromMinute: 1320, level_percent: 70 },
        { fromMinute: 1440, level_percent: 30 },
        { fromMinute: 1740, level_percent: 70 },
      ],
    },
  },
  {
    id: 'coteaux',
    program: {
      id: 'off-2330-0530',
      steps: [
        { fromMinute: 1380, level_percent: 50 },
        { fromMinute: 1410, level_percent: 0 },
        { fromMinute: 1770, level_percent: 100 },
      ],
    },
  },
];

/** A city as a scenario writes it down: plain data, everything but the seed with a usual value. */
export const cityPlanSchema = z.strictObject({
  /** The same seed is the same city, to the byte. */
  seed: z.int().min(0),
  /** When all meters start to count: midnight, UTC, so that every day is a whole one. */
  installedAt: day.default('2026-01-01'),
  timeZone: z
    .string()
    .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Paris' })
    .default('Europe/Paris'),
  /** Good Friday and 26 December are holidays (Alsace and Moselle). */
  hasLocalLaw: z.boolean().default(true),
  position: z
    .strictObject({
      latitude: z.number().min(-60).max(60),
      longitude: z.number().min(-180).max(180),
      radius_km: z.number().positive(),
    })
    .default({ latitude: 47.75, longitude: 7.34, radius_km: 4 }),
  households: z
    .strictObject({
      count,
      water: share.default(1),
      gas: share.default(0.5),
      electricity: share.default(0.5),
      /** Of those that have an electricity meter. */
      electricHeating: share.default(0.3),
      /** Water meters below the street. */
      inPit: share.default(0.6),
    })
    .prefault({ count: 0 }),
  /** Each has a water, a gas and an electricity meter. */
  buildings: z
    .array(
      z.strictObject({
        kind: z.enum(BUILDING_KINDS),
        area_m2: z.number().positive(),
        count: z.int().min(1).max(10_000).default(1),
      }),
    )
    .default([]),
  /** Each meters the water of its part of the homes and buildings, and what leaks before them. */
  waterDistricts: z.int().min(0).max(1000).default(1),
  lighting: z
    .strictObject({
      luminaires: count,
      lampsPerCabinet: z.int().min(1).max(1000).default(60),
      sectors: z
        .array(z.strictObject({ id: z.string().min(1), program: programSchema }))
        .min(1)
        .default(DEFAULT_SECTORS),
      /** LED power, drawn between the two. */
      rated_W: z.tuple([z.int().positive(), z.int().positive()]).default([50, 70]),
      /** Lost in ballasts and lines, in thousandths of what the lamps take. */
      losses_permille: z.int().min(0).max(500).default(45),
      /** What the cabinet itself takes, day and night. */
      cabinet_W: z.int().min(0).default(12),
    })
    .prefault({ luminaires: 0 }),
  weather: z
    .strictObject({
      spells: z.array(spellSchema).default([]),
    })
    .prefault({}),
  /** How often each kind of device reports. */
  reportEvery_s: z
    .strictObject({
      water: period_s.default(3600),
      gas: period_s.default(3600),
      electricity: period_s.default(3600),
      lighting: period_s.default(3600),
      cabinet: period_s.default(900),
      district: period_s.default(900),
      building: period_s.default(3600),
    })
    .prefault({}),
  faults: z.array(faultSpecSchema).default([]),
});

/** As a scenario writes it. */
export type CityPlanInput = z.input<typeof cityPlanSchema>;
/** With all usual values in it. */
export type CityPlan = z.output<typeof cityPlanSchema>;

/** @throws VeilleurError `city_plan_invalid` that lists everything that is wrong. */
export function parseCityPlan(input: unknown): CityPlan {
  const parsed = cityPlanSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new VeilleurError('city_plan_invalid', z.prettifyError(parsed.error), {
    remedy: 'docs/simulator.md shows a plan with every setting.',
  });
}
