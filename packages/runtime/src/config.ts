import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The environment does not say what the program needs; the message names every variable at fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** An integer from 0 (the system chooses) to 65535. */
export const portNumber = z.coerce.number().int().min(0).max(65_535);

/** `true`, `1`, `yes`, `on` and their opposites, in any case. */
export const flag = z.stringbool();

/**
 * Reads the variables that `schema` names from the environment. An empty variable counts as unset, as
 * compose files and systemd units write it. One that is unset is read from the file that `<NAME>_FILE` names,
 * so that a secret need not stand in the environment, where other programs see it.
 *
 * @throws ConfigError with one line for each variable at fault.
 */
export function readEnvironment<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<T> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = settingOf(name, environment);
      return value === '' ? [] : [[name, value]];
    }),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`the configuration is not usable: ${lines.join('; ')}`);
}

/** A variable, or what the file holds that `<NAME>_FILE` names; empty: neither. @throws ConfigError */
export function settingOf(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const value = environment[name]?.trim() ?? '';
  const file = environment[`${name}_FILE`]?.trim() ?? '';
  if (value !== '' || file === '') return value;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new ConfigError(`${name}_FILE: ${file} cannot be read${code}`);
  }
}
