import { readFile } from 'node:fs/promises';
import { VeilleurError } from '@veilleur/domain';
import { complaintLines, errorLines, readYamlText } from '@veilleur/yaml-text';
import type { z } from 'zod';

/**
 * Reads a YAML file that has to be as a schema says.
 *
 * @throws VeilleurError `<code>` that lists everything that is wrong, each with file, line and column.
 */
export async function readYamlFile<T extends z.ZodType>(
  file: string,
  schema: T,
  code: string,
  remedy: string,
): Promise<z.output<T>> {
  const yaml = readYamlText(await readFile(file, 'utf8'));
  if (yaml.errors.length > 0) {
    throw new VeilleurError(code, errorLines(file, yaml).join('\n'), {
      remedy:
        'Correct the YAML at that place: a value that contains ": " or starts with a quote needs quotes.',
    });
  }
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return parsed.data;
  const lines = complaintLines(file, yaml, parsed.error, ({ issue }) => issue.message);
  throw new VeilleurError(code, lines.join('\n'), { remedy });
}
