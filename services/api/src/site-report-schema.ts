import { QUALITIES } from '@veilleur/domain';
import { z } from 'zod';

const unknown = z
  .object({
    hours: z.number(),
    reasons: z.array(z.string()).readonly().meta({
      description: 'missing, not_told, no_coefficient, no_tariff, no_colour, no_factor',
    }),
    spans: z
      .array(z.object({ from: z.date(), to: z.date(), reason: z.string() }))
      .readonly()
      .meta({ description: 'The first twenty' }),
  })
  .nullable()
  .meta({ description: 'The time that nobody can tell of; null: all is known' });

const estimated = z.number().meta({
  description:
    'How much of `known` rests on estimates: where days begin between two readings what ran through there at both ends of them, of a day that no later reading bounds all',
});
const figures = {
  value: z.number().nullable().meta({ description: 'Null, and never zero, unless all of it is known' }),
  known: z.number().nullable().meta({ description: 'What is known of it; null where nothing is' }),
  estimated,
};
const amount = z.object({ ...figures, unknown });
const sum = z.object({
  ...figures,
  incomplete: z
    .array(z.object({ of: z.string(), reasons: z.array(z.string()).readonly() }))
    .readonly()
    .meta({ description: 'Points that are not known as a whole' }),
});
const energyOf = <T extends z.ZodType>(figure: T) =>
  z
    .object({ pcs_kWh: figure, pci_kWh: figure })
    .nullable()
    .meta({ description: 'By the higher and the lower heating value; null for what has no energy' });

const cost = amount.extend({
  lines: z
    .array(
      z.object({
        tariff: z.string(),
        since: z.string(),
        source: z.string().nullable(),
        name: z.string().meta({ description: 'base, peak ... red_off_peak, or the name of a fixed part' }),
        kind: z.enum(['use', 'fixed']),
        use: z.number().nullable(),
        unit: z.enum(['kWh', 'm3']).nullable(),
        cost_EUR: z.number(),
        estimated_EUR: z.number(),
      }),
    )
    .readonly(),
});
const carbon = amount.extend({
  factors: z
    .array(z.object({ since: z.string(), gramsPerUnit: z.number(), per: z.string(), source: z.string() }))
    .readonly(),
});

const point = z.object({
  code: z.string(),
  name: z.string().nullable(),
  kind: z.string(),
  operator: z.string().nullable(),
  site: z.string(),
  use: amount,
  energy: energyOf(amount),
  published: z
    .object({ pcs_kWh: z.number(), hours: z.number() })
    .nullable()
    .meta({ description: 'What the operator himself published, and of how many hours' }),
  cost: cost.nullable().meta({ description: 'EUR' }),
  carbon: carbon.nullable().meta({ description: 'kgCO2e' }),
});

const degreeDays = z.object({
  meteo: z.number().nullable(),
  costic: z.number().nullable(),
  missingDays: z.number(),
});
const normalised = z.object({ expected: z.number().nullable(), relative: z.number().nullable() });

const medium = z.object({
  quantity: z.string(),
  unit: z.string(),
  use: sum,
  energy: energyOf(sum),
  cost: sum.nullable().meta({ description: 'EUR' }),
  carbon: sum.nullable().meta({ description: 'kgCO2e' }),
  months: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        value: z.number().nullable(),
        known: z.number().nullable(),
        estimated,
        quality: z.enum(QUALITIES),
        yearBefore: z.number().nullable(),
      }),
    )
    .readonly(),
  comparison: z
    .object({
      months: z.number().meta({ description: 'Known in both years' }),
      now: z.number(),
      before: z.number(),
      relative: z.number().nullable(),
      weather: z
        .object({
          station: z.string(),
          base_Cel: z.number(),
          now: degreeDays,
          before: degreeDays,
          meteo: normalised,
          costic: normalised,
        })
        .nullable(),
    })
    .nullable(),
  profile: z
    .object({
      baseLoad: z.number().nullable(),
      nightShare: z.number().nullable(),
      nightMinimum: z.number().nullable(),
      wholeDays: z.number(),
    })
    .nullable(),
  similar: z.union([
    z.object({
      per: z.enum(['m2', 'person']),
      used: z.number(),
      others: z.number(),
      lowerQuartile: z.number(),
      median: z.number(),
      upperQuartile: z.number(),
      quarter: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
    }),
    z.object({ none: z.enum(['no_size', 'not_known_wholly', 'too_few_similar']) }),
  ]),
  points: z.array(point).readonly(),
});

export const siteReportSchema = z.object({
  site: z.object({
    code: z.string(),
    name: z.string(),
    kind: z.string(),
    parent: z.string().nullable(),
    timeZone: z.string().nullable(),
    attributes: z.record(z.string(), z.union([z.string(), z.number()])),
    points: z.number(),
  }),
  timeZone: z.string(),
  from: z.string(),
  to: z.string(),
  media: z.array(medium).readonly(),
  total: z.object({
    energy: energyOf(sum),
    cost_EUR: sum.nullable(),
    carbon_kgCO2e: sum.nullable(),
  }),
  station: z.string().nullable(),
});

const byMethod = z.object({ meteo: z.number().nullable(), costic: z.number().nullable() });

export const tertiaryReportSchema = z.object({
  site: siteReportSchema.shape.site,
  timeZone: z.string(),
  station: z.string().nullable(),
  area_m2: z.number().nullable(),
  reference: z
    .object({
      year: z.number(),
      basis: z.enum(['declared', 'metered']),
      energy_kWh_pci: z.number().nullable(),
      degreeDays: byMethod,
    })
    .nullable(),
  goals: z
    .array(z.object({ year: z.number(), reduction: z.number(), energy_kWh_pci: z.number().nullable() }))
    .readonly(),
  years: z
    .array(
      z.object({
        year: z.number(),
        energy_kWh_pci: sum,
        perM2_kWh_pci: z.number().nullable(),
        degreeDays: degreeDays.nullable(),
        adjusted_kWh_pci: byMethod,
        relative: z.number().nullable(),
        adjustedRelative: byMethod,
      }),
    )
    .readonly(),
});
