import { z } from 'zod';
import { TEMPLATES } from '../templates/index.ts';
import { RULE_KINDS, type Rule, rule } from './rule.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly const?: unknown;
  readonly [keyword: string]: unknown;
}

const made = z.toJSONSchema(rule, {
  io: 'input',
  override({ jsonSchema }) {
    // What a duration has by default is a number here and a text in a file.
    if (jsonSchema.type === 'string' && typeof jsonSchema.default === 'number') delete jsonSchema.default;
  },
}) as unknown as { readonly oneOf: readonly Schema[] };

const BY_KIND = new Map(RULE_KINDS.map((kind, i): [Rule['kind'], Schema] => [kind, made.oneOf[i] ?? {}]));

/** The fields that a rule of a kind may have at a path inside it; none where it has no fields there. */
export function fieldsAt(kind: Rule['kind'], path: readonly PropertyKey[]): readonly string[] {
  let schema: Schema | undefined = BY_KIND.get(kind);
  for (const step of path) schema = schema?.properties?.[String(step)] ?? schema?.items;
  return Object.keys(schema?.properties ?? {});
}

/** JSON Schema (2020-12) of a rules file, for editors. */
export function rulesJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Rules of Veilleur',
    type: 'array',
    items: { anyOf: [...BY_KIND.values(), ...TEMPLATES.map(entrySchema)] },
  };
}

function entrySchema({ name, kind, description, parameters }: (typeof TEMPLATES)[number]): Schema {
  const { kind: _, ...fields } = BY_KIND.get(kind)?.properties ?? {};
  const given = Object.entries(parameters).map(([parameter, { schema, unit, ...told }]) => [
    parameter,
    {
      ...z.toJSONSchema(schema, { io: 'input' }),
      $schema: undefined,
      default: told.default,
      description: unit === null ? told.description.en : `${told.description.en} (${unit})`,
    },
  ]);
  return {
    type: 'object',
    description: description.en,
    properties: {
      template: { const: name },
      with: { type: 'object', properties: Object.fromEntries(given), additionalProperties: false },
      ...fields,
    },
    required: ['template', 'name'],
    additionalProperties: false,
  };
}
