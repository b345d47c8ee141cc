/** One field of a decoder's data, over all samples in which it stands. */
export interface SampleField {
  /** From the root, or from one element of the array `each`. */
  readonly path: readonly string[];
  readonly each: readonly string[] | undefined;
  /** The field's name, then its parents' names outwards. */
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  /** From `{value, unit}`, or from a sibling `<name>_unit` or `unit`. */
  readonly statedUnit: string | undefined;
}

export interface Unreadable {
  readonly path: string;
  readonly why: string;
}

export interface SampleFields {
  readonly fields: readonly SampleField[];
  /** What a mapping's path cannot reach. */
  readonly unreachable: readonly Unreadable[];
}

/** Deeper structures are no readings. Also keeps hostile nesting off the stack. */
const MAX_DEPTH = 8;

/** More say nothing new about a field. */
const MAX_VALUES = 10_000;

/** What describes a value and is none: the keys beside `value` in `{value, unit, displayName}`. */
const DESCRIPTIVE = new Set(['unit', 'units', 'displayname', 'name', 'label', 'description', 'unite']);

const MAPPABLE_NAME = /^\w+$/;

export function collectFields(samples: readonly unknown[]): SampleFields {
  const collector = new FieldCollector();
  for (const sample of samples) if (isRecord(sample)) collector.record(sample, [], undefined);
  return { fields: [...collector.fields.values()], unreachable: [...collector.unreachable.values()] };
}

/** `history[].value`, as messages name it. */
export function textOfPath({ path, each }: Pick<SampleField, 'path' | 'each'>): string {
  return each === undefined ? path.join('.') : [`${each.join('.')}[]`, ...path].join('.');
}

interface GrowingField extends SampleField {
  readonly values: unknown[];
}

class FieldCollector {
  readonly fields = new Map<string, GrowingField>();
  readonly unreachable = new Map<string, Unreadable>();

  record(
    record: Record<string, unknown>,
    path: readonly string[],
    each: readonly string[] | undefined,
    depth = 0,
  ): void {
    const describesValue = isScalar(own(record, 'value'));
    for (const [name, value] of Object.entries(record)) {
      const at = { path: [...path, name], each };
      if (describesValue && DESCRIPTIVE.has(name.toLowerCase())) continue;
      if (isUnitOfSibling(name, record)) continue;
      if (!MAPPABLE_NAME.test(name)) {
        this.#refuse(at, 'a path of a mapping holds letters, digits and _ only');
      } else if (depth >= MAX_DEPTH) {
        this.#refuse(at, 'nested too deeply');
      } else if (Array.isArray(value)) {
        this.#array(value, at, depth);
      } else if (isRecord(value)) {
        this.record(value, at.path, each, depth + 1);
      } else if (value !== null && value !== undefined) {
        this.#scalar(at, value, unitBeside(name, record));
      }
    }
  }

  #array(values: readonly unknown[], at: Pick<SampleField, 'path' | 'each'>, depth: number): void {
    if (values.length === 0) return;
    if (at.each !== undefined) {
      this.#refuse(at, 'a list within a list');
    } else if (!values.every(isRecord)) {
      this.#refuse(at, 'a list of bare values; an entry can name one of them, such as values.0');
    } else if (values.some(namesItsValue)) {
      this.#refuse(at, 'a list of named values: which quantity an element has stands in the element');
    } else {
      for (const element of values) this.record(element, [], at.path, depth + 1);
    }
  }

  #scalar(at: Pick<SampleField, 'path' | 'each'>, value: unknown, statedUnit: string | undefined): void {
    const text = textOfPath(at);
    const known = this.fields.get(text);
    if (known === undefined) {
      const names = [...at.path].reverse().concat([...(at.each ?? [])].reverse());
      this.fields.set(text, { ...at, names, values: [value], statedUnit });
    } else if (known.values.length < MAX_VALUES) {
      known.values.push(value);
    }
  }

  #refuse(at: Pick<SampleField, 'path' | 'each'>, why: string): void {
    const path = textOfPath(at);
    this.unreachable.set(path, { path, why });
  }
}

/** `{name: 'temperature', value: 21}`: the name is data, so no path can select it. */
function namesItsValue(element: unknown): boolean {
  if (!isRecord(element) || own(element, 'value') === undefined) return false;
  return ['name', 'type', 'variable', 'parameter', 'measurement', 'label', 'n'].some(
    (key) => typeof own(element, key) === 'string',
  );
}

function unitBeside(name: string, record: Record<string, unknown>): string | undefined {
  const beside = [`${name}_unit`, `${name}Unit`, `unit_${name}`, `${name}_units`];
  for (const key of [...beside, 'unit', 'units', 'unite']) {
    const unit = own(record, key);
    if (typeof unit === 'string' && unit !== '') return unit;
  }
  return undefined;
}

function isUnitOfSibling(name: string, record: Record<string, unknown>): boolean {
  if (typeof record[name] !== 'string') return false;
  if (/^units?$/i.test(name)) return true;
  const sibling = /^(.+?)_?units?$/i.exec(name)?.[1] ?? /^unit_(.+)$/i.exec(name)?.[1];
  return sibling !== undefined && Object.hasOwn(record, sibling);
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isScalar(value: unknown): boolean {
  return ['number', 'string', 'boolean'].includes(typeof value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
