import { isTimeZone, VeilleurError } from '@veilleur/domain';
import { z } from 'zod';

import { FRANCE } from '../local-time.ts';

/**
 * What the columns of a water operator's table mean. Every operator has its own table; this is written
 * once for each, as YAML or JSON. Column names are compared without accents and case.
 */
export const WaterMapping = z.strictObject({
  columns: z.strictObject({
    contract: z.string().min(1),
    meterSerial: z.string().min(1).optional(),
    date: z.string().min(1),
    /** Where the time of day stands in a column of its own. */
    time: z.string().min(1).optional(),
    index: z.string().min(1),
    /** Where each line says its unit. */
    unit: z.string().min(1).optional(),
    /** Where a line says that its index was estimated. */
    quality: z.string().min(1).optional(),
  }),
  /** Of lines that do not say theirs. */
  unit: z.enum(['m3', 'L']).default('m3'),
  dates: z.enum(['day-first', 'iso']).default('day-first'),
  /** `auto`: the last comma or point of a number is its decimal mark. */
  decimal: z.enum([',', '.', 'auto']).default('auto'),
  encoding: z.enum(['utf-8', 'latin1', 'auto']).default('auto'),
  delimiter: z.enum([';', ',', '\t', '|', 'auto']).default('auto'),
  /** When a line without a time of day was read. */
  readAt: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .default('00:00'),
  /** What the quality column writes for an estimate. */
  estimated: z.array(z.string()).default(['E', 'Estimé', 'Estimée', 'Estimation']),
  zone: z
    .string()
    .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Paris' })
    .default(FRANCE),
});

export type WaterMapping = z.output<typeof WaterMapping>;

/** @throws VeilleurError `water_mapping_invalid` that names each key that is wrong. */
export function waterMapping(value: unknown): WaterMapping {
  const read = WaterMapping.safeParse(value);
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the mapping'}: ${issue.message}`,
  );
  throw new VeilleurError('water_mapping_invalid', `The column mapping is wrong: ${problems.join('; ')}`, {
    remedy: 'It needs columns: {contract, date, index}, each with the heading as the file writes it.',
  });
}
