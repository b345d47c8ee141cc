import { readFile } from 'node:fs/promises';

import { messageOf, VeilleurError } from '@veilleur/domain';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** A YAML file that has been read: its value, and where in the file each part of it stands. */
export interface YamlFile {
  readonly value: unknown;
  /** `profile.yaml:12:5`, as editors and terminals understand it. */
  placeOf(path: readonly PropertyKey[]): string;
}

/** @throws VeilleurError `<code>` with file, line and column where the text is not YAML. */
export async function readYamlFile(file: string, code: string): Promise<YamlFile> {
  const lines = new LineCounter();
  const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  const placeAt = (offset: number | undefined) => {
    if (offset === undefined) return file;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (error !== undefined) {
    throw new VeilleurError(code, `${placeAt(error.pos[0])}: ${messageOf(error)}`, {
      remedy:
        'Correct the YAML at that place: a value that contains ": " or starts with a quote needs quotes.',
      cause: error,
    });
  }
  return {
    value: document.toJS(),
    placeOf(path) {
      // A missing key has no place of its own: its parent's is the nearest one.
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return placeAt(node.range[0]);
      }
      return file;
    },
  };
}

/** @throws VeilleurError `<code>` that lists everything that is wrong, each with its place. */
export function parseYamlFile<T extends z.ZodType>(
  yaml: YamlFile,
  schema: T,
  code: string,
  remedy: string,
): z.output<T> {
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) =>
      `${yaml.placeOf(issue.path)}: ${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`,
  );
  throw new VeilleurError(code, problems.join('\n'), { remedy });
}
