import { readFile } from 'node:fs/promises';
import { REPOSITORY } from './repository.ts';

/** By variable, who reads it: the first table of docs/configuration.md. `all` are these `parts`. */
export async function documentedSettings(
  parts: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(`${REPOSITORY}docs/configuration.md`, 'utf8');
  const documented = new Map<string, readonly string[]>();
  for (const [, names = '', readers = ''] of text.matchAll(/^\| (`[A-Z].*?) +\| (.*?) +\|/gm)) {
    const read = readers === 'all' ? parts : readers.split(/\W+/);
    for (const [, name = ''] of names.matchAll(/`([A-Z_]+)`/g)) documented.set(name, read);
  }
  return documented;
}
