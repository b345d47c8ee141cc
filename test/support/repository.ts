import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A file of the real data that lies beside the repository on the project's own machines; null, and said
 * loudly, on a clone that has none.
 */
export function realData(path: string): string | null {
  const file = fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url));
  if (existsSync(file)) return file;
  process.stderr.write(`SKIPPED, for it is not beside this clone: the real data ${path}\n`);
  return null;
}
