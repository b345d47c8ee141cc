import { z } from 'zod';

import type { CatalogueExample, CatalogueProblem, CatalogueScript } from './catalogue-codec.ts';
import { type Located, problemsIn } from './catalogue-folder.ts';

export type ExampleKind = CatalogueExample['kind'];

/** A field that is looked at later, one example at a time. */
export const anything = z.unknown().optional();

/** Catalogues write payloads as numbers or, TS013, as hexadecimal. */
const bytes = z.union([
  z.array(z.int().min(0).max(255)),
  z
    .string()
    .regex(/^(?:[\da-fA-F]{2})*$/, 'whole bytes in hexadecimal')
    .transform((hex) => [...Uint8Array.fromHex(hex)]),
]);

const recvTime = z
  .union([z.string(), z.number(), z.date()])
  .transform((value) => new Date(value))
  .refine((date) => !Number.isNaN(date.getTime()), 'no time');

const uplinkBytes = z.object({
  bytes,
  fPort: z.int().min(0).max(255).optional(),
  recvTime: recvTime.optional(),
  variables: z.record(z.string(), z.coerce.string()).optional(),
});

const downlinkData = z.looseObject({ data: z.unknown() });

const hexOutput = z.looseObject({ bytes });

/** An example's input, output and name, before anybody has looked at them. */
export interface RawExample {
  readonly kind: ExampleKind;
  readonly description?: unknown;
  readonly input?: unknown;
  readonly expected?: unknown;
  /** Where the input stands in its file. */
  readonly path: readonly (string | number)[];
  readonly script?: CatalogueScript | undefined;
}

/** Reads examples one by one: a wrong one is a problem with its place, and the others stay. */
export function examplesOf(
  raw: readonly RawExample[],
  file: Located,
): { readonly examples: readonly CatalogueExample[]; readonly problems: readonly CatalogueProblem[] } {
  const examples: CatalogueExample[] = [];
  const problems: CatalogueProblem[] = [];
  for (const one of raw) {
    const parsed = inputOf(one);
    if (parsed.success) {
      examples.push(parsed.example);
      continue;
    }
    problems.push(...problemsIn(file, parsed.error, one.path));
  }
  return { examples, problems };
}

type ParsedInput =
  | { readonly success: true; readonly example: CatalogueExample }
  | { readonly success: false; readonly error: z.ZodError };

function inputOf({ kind, description, input, expected, script }: RawExample): ParsedInput {
  const common = {
    description: typeof description === 'string' && description !== '' ? description : 'without a name',
    expected,
    ...(script === undefined ? {} : { script }),
  };
  switch (kind) {
    case 'decodeUplink':
    case 'decodeDownlink': {
      const parsed = uplinkBytes.safeParse(input);
      if (!parsed.success) return { success: false, error: parsed.error };
      return { success: true, example: { ...common, kind, input: withoutUndefined(parsed.data) } };
    }
    case 'encodeDownlink': {
      const parsed = downlinkData.safeParse(input);
      if (!parsed.success) return { success: false, error: parsed.error };
      return {
        success: true,
        example: { ...common, kind, input: parsed.data, expected: withBytes(expected) },
      };
    }
    case 'normalizeUplink':
      return { success: true, example: { ...common, kind, input: { data: dataOf(input) } } };
  }
}

/** An encoder returns numbers, whatever notation the catalogue has for the bytes it expects. */
function withBytes(expected: unknown): unknown {
  const parsed = hexOutput.safeParse(expected);
  return parsed.success ? parsed.data : expected;
}

function dataOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'data' in input ? input.data : undefined;
}

type WithoutUndefined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** zod leaves optional keys there as `undefined`, which exact optional types do not admit. */
function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as WithoutUndefined<T>;
}
