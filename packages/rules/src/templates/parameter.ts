import { z } from 'zod';
import { durationText } from '../language/duration.ts';
import { quantity, timeOfDay } from '../language/rule.ts';

/** What a template leaves open. */
export interface Parameter<Value = unknown> {
  /** Of the value as it is written in a rules file. */
  readonly schema: z.ZodType<Value>;
  readonly default: Value;
  /** UCUM; null where it has none, or is written with it. */
  readonly unit: string | null;
  readonly description: { readonly en: string; readonly fr: string };
}

type Text = Parameter['description'];

export function number(
  byDefault: number,
  unit: string | null,
  description: Text,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): Parameter<number> {
  return { schema: z.number().min(min).max(max), default: byDefault, unit, description };
}

export function count(byDefault: number, description: Text, min = 1, max = 1000): Parameter<number> {
  return { schema: z.int().min(min).max(max), default: byDefault, unit: null, description };
}

export function period(byDefault: string, description: Text): Parameter<string> {
  return { schema: durationText, default: byDefault, unit: null, description };
}

export function localTimeOfDay(byDefault: string, description: Text): Parameter<string> {
  return { schema: timeOfDay, default: byDefault, unit: null, description };
}

export function quantityNamed(
  byDefault: z.infer<typeof quantity>,
  description: Text,
): Parameter<z.infer<typeof quantity>> {
  return { schema: quantity, default: byDefault, unit: null, description };
}

export function choice<const Options extends readonly [string, ...string[]]>(
  options: Options,
  byDefault: Options[number],
  description: Text,
): Parameter<Options[number]> {
  return { schema: z.enum(options), default: byDefault, unit: null, description };
}

export function word(byDefault: string, description: Text): Parameter<string> {
  return { schema: z.string().min(1), default: byDefault, unit: null, description };
}

export function ruleNames(byDefault: string[], description: Text): Parameter<string[]> {
  return { schema: z.array(z.string().min(1)).min(1), default: byDefault, unit: null, description };
}

export function months(byDefault: number[], description: Text): Parameter<number[]> {
  return {
    schema: z.array(z.int().min(1).max(12)).min(1),
    default: byDefault,
    unit: null,
    description,
  };
}

export const channel = (byDefault: number): Parameter<number> =>
  count(
    byDefault,
    {
      en: 'Channel of the device: 0, or the number of its input',
      fr: 'Voie de l’appareil : 0, ou le numéro de son entrée',
    },
    0,
  );
