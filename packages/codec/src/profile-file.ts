import { CHANNEL_MAX, isQuantity, QUANTITIES, type Quantity } from '@veilleur/domain';
import { z } from 'zod';

import { conversionBetween, unitsConvertibleTo } from './units.ts';

/** What a device measures, for icons, filters and default rules. */
const MEDIA = ['water', 'gas', 'electricity', 'lighting', 'environment', 'heat', 'waste', 'pulses'] as const;

const bilingual = z.strictObject({ en: z.string().min(1), fr: z.string().min(1) });

const path = z
  .string()
  .regex(
    /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/,
    'a path is field names joined by dots, such as status.low_battery',
  );

const quantity = z.custom<Quantity>((value) => typeof value === 'string' && isQuantity(value), {
  error: (issue) => `unknown quantity "${String(issue.input)}"${nearestQuantity(String(issue.input))}`,
});

function nearestQuantity(name: string): string {
  const start = name.slice(0, 4);
  const near = Object.keys(QUANTITIES).filter((known) => start.length === 4 && known.includes(start));
  near.sort((a, b) => Number(b.startsWith(start)) - Number(a.startsWith(start)));
  return near.length === 0 ? '' : `; did you mean ${near.slice(0, 4).join(', ')}?`;
}

const mappingEntry = z
  .strictObject({
    quantity,
    field: path,
    each: path.optional(),
    time: path.optional(),
    unit: z.string().optional(),
    scale: z
      .number()
      .refine((scale) => scale !== 0, 'a scale of 0 would erase every value')
      .optional(),
    channel: z.union([z.int().min(0).max(CHANNEL_MAX), z.strictObject({ field: path })]).optional(),
  })
  .superRefine((entry, context) => {
    if (entry.unit === undefined) return;
    const target = QUANTITIES[entry.quantity].unit;
    if (conversionBetween(entry.unit, target) === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['unit'],
        message: `no conversion from "${entry.unit}" to "${target}", the unit of ${entry.quantity}; known: ${unitsConvertibleTo(target).join(' ')}`,
      });
    }
  });

/** `profile.yaml`. Unknown keys are refused: a misspelt `measurments` must not load as a mute device. */
export const profileSchema = z.strictObject({
  vendor: z.string().min(1),
  name: z.string().min(1),
  medium: z.enum(MEDIA),
  description: bilingual,
  lorawan: z.strictObject({
    macVersion: z.string(),
    regionalParameters: z.string(),
    class: z.enum(['A', 'B', 'C']),
    activation: z.enum(['OTAA', 'ABP']),
  }),
  /** ISO 8601 duration: how often a healthy device is heard at the factory setting. */
  reportInterval: z.iso.duration(),
  lnsProfileNames: z.array(z.string().min(1)).default([]),
  source: z
    .array(z.strictObject({ what: z.string(), where: z.string(), licence: z.string() }))
    .min(1, 'say where the frame format is published'),
  fPorts: z.union([z.array(z.int().min(1).max(223)).min(1), z.literal('any')]),
  /** What the decoder reads from `input.variables`, with what each is for. */
  variables: z.record(z.string(), z.string()).default({}),
  measurements: z.array(mappingEntry).min(1),
});

export type ProfileFile = z.output<typeof profileSchema>;

/**
 * `profile.yaml` beside a stranger's decoder: what a public catalogue does not know may be absent, and
 * nothing may be mapped yet, for all that the decoder says stays visible.
 */
export const strangersProfileSchema = profileSchema.extend({
  lorawan: profileSchema.shape.lorawan.optional(),
  reportInterval: profileSchema.shape.reportInterval.optional(),
  measurements: z.array(mappingEntry).default([]),
});

export type StrangersProfileFile = z.output<typeof strangersProfileSchema>;
