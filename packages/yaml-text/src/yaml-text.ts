import { messageOf } from '@veilleur/domain';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';

export interface Place {
  /** From 1 on, both. */
  readonly line: number;
  readonly column: number;
}

type Path = readonly PropertyKey[];

/** YAML (or JSON, which is YAML) that was read, and where in the text each part of it stands. */
export interface YamlText {
  /** Undefined where it is not YAML. */
  readonly value: unknown;
  readonly errors: readonly { readonly place: Place; readonly message: string }[];
  has(path: Path): boolean;
  /** Of a value; of what is not there, the nearest around it. With `offset`, so many characters into a text. */
  placeOf(path: Path, offset?: number): Place;
  /** Of the name of a field. */
  placeOfField(path: Path, field: string): Place;
}

/** As editors and terminals understand it: `city.yaml:12:5`. */
export function placeIn(file: string, { line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** @param schema `failsafe`: every value is a text, so that 09111642617347 and 0612345678 keep their digits. */
export function readYamlText(text: string, schema: 'core' | 'failsafe' = 'core'): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema, lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const placeOf = (path: Path, offset = 0): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (!isNode(node) || !node.range) continue;
      const [start, end] = node.range;
      if (length < path.length || offset === 0 || !isScalar(node)) return placeAt(start);
      const inside = text.slice(start, end).indexOf(String(node.value));
      return placeAt(inside < 0 ? start : start + inside + offset);
    }
    return { line: 1, column: 1 };
  };
  const errors = document.errors.map((error) => ({
    place: placeAt(error.pos[0]),
    message: messageOf(error),
  }));
  const read = () => {
    try {
      return document.toJS() as unknown;
    } catch (thrown) {
      errors.push({ place: { line: 1, column: 1 }, message: messageOf(thrown) });
      return undefined;
    }
  };
  return {
    value: errors.length > 0 ? undefined : read(),
    errors,
    has: (path) => document.hasIn(path),
    placeOf,
    placeOfField(path, field) {
      const map = path.length === 0 ? document.contents : document.getIn(path, true);
      const pair = isMap(map)
        ? map.items.find(({ key }) => isScalar(key) && String(key.value) === field)
        : undefined;
      return isNode(pair?.key) && pair.key.range ? placeAt(pair.key.range[0]) : placeOf(path);
    },
  };
}
