import fc, { type Arbitrary } from 'fast-check';

type Json = Readonly<Record<string, unknown>>;

/** JSON Schema, as far as our document uses it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly body: Schema | null;
  /** By status. Null: no JSON is described. */
  readonly answers: ReadonlyMap<number, Schema | null>;
}

/** A request as it goes over the wire. */
export interface GeneratedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

interface RawOperation {
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

/** Every operation of an OpenAPI document. */
export function operationsOf(document: Json): Operation[] {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      method: method.toUpperCase(),
      path,
      parameters: raw.parameters ?? [],
      body: raw.requestBody?.content['application/json']?.schema ?? null,
      answers: new Map(
        Object.entries(raw.responses).map(([status, { content }]) => [
          Number(status),
          content?.['application/json']?.schema ?? null,
        ]),
      ),
    })),
  );
}

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '%00',
  '\ud800',
  '\u202e\u200b\ufeff',
  'ﷺ'.repeat(30),
  '💧'.repeat(60),
  "' or 1=1 --",
  "'; drop table device; --",
  '\\',
  '%',
  '_',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '=1+1',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '$1',
  'NaN',
  'Infinity',
  '-1',
  '0',
  '1e999',
  '1.5',
  '9223372036854775807',
  '99999999999999999999999999',
  '2147483648',
  '-2147483649',
  '0x10',
  '0000-01-01',
  '0000-01-01T00:00:00Z',
  '0001-01-01',
  '9999-12-31',
  '9999-12-31T23:59:59.999999999Z',
  '-000001-01-01T00:00:00Z',
  '2026-02-30',
  '2026-03-29T02:30:00',
  '2026-03-01T00:00:00+23:59',
  '2026-03-01T24:00:00Z',
  'x'.repeat(100),
  'x'.repeat(101),
  'x'.repeat(3000),
];

const hostileText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const hostileValue: Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, -1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [[]], { a: { b: [null] } }),
);

const dates = (from: string, to: string) =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map((date) => date.toISOString());
const moment = fc.oneof(
  { weight: 3, arbitrary: dates('1990-01-01', '2190-01-01') },
  { weight: 1, arbitrary: dates('0001-01-02', '9999-12-30') },
);

/** Values as a schema wants them, `known` ones by their name among them. */
function valueFor(schema: Schema, name: string, known: Json): Arbitrary<unknown> {
  const ofSchema = plainValueFor(schema, name, known);
  const values = known[name];
  return Array.isArray(values) ? fc.oneof(fc.constantFrom(...(values as unknown[])), ofSchema) : ofSchema;
}

function plainValueFor(schema: Schema, name: string, known: Json): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valueFor(one, name, known)));
  switch (schema.type) {
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? -1000, Number.MIN_SAFE_INTEGER),
        max: Math.min(schema.maximum ?? 1000, 100_000),
      });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueFor(schema.items ?? {}, name, known), {
        minLength: schema.minItems ?? 0,
        maxLength: 3,
      });
    case 'object': {
      const shape = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, one]) => [key, valueFor(one, key, known)]),
      );
      if (Object.keys(shape).length > 0) {
        return fc.record(shape, { requiredKeys: [...(schema.required ?? [])] });
      }
      const more = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
      return fc.dictionary(fc.string({ maxLength: 8 }), valueFor(more, name, known), { maxKeys: 3 });
    }
    default:
      if (schema.format === 'date-time') return moment;
      if (schema.format === 'date') return moment.map((text) => text.slice(0, 10));
      return fc.string({ minLength: schema.minLength ?? 0, maxLength: 20 });
  }
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/**
 * Requests for an operation: parameters and bodies as they should be, others as nobody should send them, and
 * some that are missing or that nobody knows.
 *
 * @param known Values by the name of the parameter, such that deeds go through.
 */
export function requestsFor(operation: Operation, known: Json): Arbitrary<GeneratedRequest> {
  const { method, path, parameters, body } = operation;
  const given = (schema: Schema, name: string, isNeeded: boolean) =>
    fc.oneof(
      { weight: isNeeded ? 6 : 3, arbitrary: valueFor(schema, name, known).map(asText) },
      { weight: 1, arbitrary: hostileText },
      { weight: isNeeded ? 0 : 5, arbitrary: fc.constant(undefined) },
    );
  const values = fc.record(
    Object.fromEntries(
      parameters.map((one) => [one.name, given(one.schema, one.name, one.required === true)]),
    ),
  );
  const extra = fc.option(fc.tuple(hostileText, hostileText), { freq: 10, nil: null });
  const content: Arbitrary<string | null> =
    body === null
      ? fc.constant(null)
      : fc.oneof(
          { weight: 6, arbitrary: valueFor(body, 'body', known).map((value) => JSON.stringify(value)) },
          {
            weight: 3,
            arbitrary: fc
              .tuple(
                valueFor(body, 'body', known),
                fc.constantFrom(...Object.keys(body.properties ?? {}), 'x'),
                hostileValue,
              )
              .map(([value, name, bad]) => JSON.stringify({ ...(value as object), [name]: bad })),
          },
          { weight: 1, arbitrary: hostileValue.map((value) => JSON.stringify(value)) },
          {
            weight: 1,
            arbitrary: fc.constantFrom('', '{', '[', '{"by":', '\0', '{"__proto__":{}}', '"\\ud800"'),
          },
        );
  return fc.record({ values, extra, content }).map(({ values: told, extra: more, content: text }) => {
    const value = (name: string) => (told as Readonly<Record<string, string | undefined>>)[name];
    const query = parameters.flatMap((one) => {
      const text = one.in === 'query' ? value(one.name) : undefined;
      return text === undefined ? [] : [`${one.name}=${escaped(text)}`];
    });
    if (more !== null) query.push(more.map(escaped).join('='));
    const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => escaped(value(name) ?? ''));
    return { method, path: `${place}${query.length === 0 ? '' : `?${query.join('&')}`}`, body: text };
  });
}

/** Halves of characters have no UTF-8: they go out as the bytes that a careless program would send. */
function escaped(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}
