import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Where a configuration file says that a secret is kept: in a file of its own, or in a variable. */
export interface SecretPlace {
  /** Relative to the configuration file's folder. */
  readonly file?: string | undefined;
  readonly variable?: string | undefined;
}

export type Secret =
  /** Null: no place was named. */
  { readonly text: string | null } | { readonly at: keyof SecretPlace; readonly problem: string };

/**
 * Reads a secret from where it is kept, without the white space around it. Where both places are named
 * the file counts.
 *
 * @param folder Of the configuration file.
 * @returns What is wrong in place of a thrown error: the caller knows line and column of the place's name.
 */
export async function readSecret(
  { file, variable }: SecretPlace,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  if (file !== undefined) {
    try {
      const text = (await readFile(resolve(folder, file), 'utf8')).trim();
      return text === '' ? { at: 'file', problem: `${file} is empty` } : { text };
    } catch (thrown) {
      return { at: 'file', problem: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
  if (variable === undefined) return { text: null };
  const text = environment[variable]?.trim() ?? '';
  return text === '' ? { at: 'variable', problem: `the variable ${variable} is not set` } : { text };
}
