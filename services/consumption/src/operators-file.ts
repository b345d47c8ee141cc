import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { readSecret } from '@veilleur/runtime';
import {
  type Complaint,
  complaintLines,
  errorLines,
  lineAt,
  plainWhy,
  readYamlText,
} from '@veilleur/yaml-text';
import { OPERATORS_FILE, type SourceInFile } from './operators-file-schema.ts';

type Known<T> = T extends unknown ? Omit<T, 'clientSecretFile' | 'clientSecretEnv'> : never;

/** One kind of data of one operator, of some points, with all that it takes to ask for it. */
export type OperatorSource = Readonly<Known<SourceInFile>> & { readonly clientSecret: string };

type Environment = Readonly<Record<string, string | undefined>>;

const REMEDY = 'infra/operators.example.yaml shows every field; docs/configuration.md says what each means.';

/**
 * Reads what is to be pulled, with the secrets that the file names.
 *
 * @param file What OPERATORS_FILE says; null: nothing is pulled.
 * @throws VeilleurError `operators_file_unreadable`; `operators_file_invalid` that names line, column and
 *   field of everything that is wrong.
 */
export async function readOperatorsFile(
  file: string | null,
  environment: Environment,
): Promise<readonly OperatorSource[]> {
  if (file === null) return [];
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VeilleurError('operators_file_unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      remedy: 'OPERATORS_FILE names it; unset, nothing is pulled.',
      cause,
    });
  });
  // Failsafe: 09111642617347 is a name here, no number.
  const yaml = readYamlText(text, 'failsafe');
  if (yaml.errors.length > 0) throw invalid(errorLines(file, yaml));
  const read = OPERATORS_FILE.safeParse(yaml.value);
  if (!read.success) throw invalid(complaintLines(file, yaml, read.error, whyOf));
  const problems: string[] = [];
  const sources: OperatorSource[] = [];
  for (const [at, { clientSecretFile, clientSecretEnv, ...source }] of read.data.sources.entries()) {
    const place = { file: clientSecretFile, variable: clientSecretEnv };
    const secret = await readSecret(place, dirname(file), environment);
    if ('problem' in secret) {
      const path = ['sources', at, secret.at === 'file' ? 'clientSecretFile' : 'clientSecretEnv'];
      problems.push(lineAt(file, yaml, path, secret.problem));
    } else sources.push({ ...source, clientSecret: secret.text ?? '' });
  }
  if (problems.length > 0) throw invalid(problems);
  return sources;
}

const invalid = (problems: readonly string[]) =>
  new VeilleurError('operators_file_invalid', problems.join('\n'), { remedy: REMEDY });

function whyOf(complaint: Complaint): string {
  const { unknown, isMissing, issue } = complaint;
  if (unknown === 'clientSecret') {
    return 'a secret does not stand here: name its file with clientSecretFile, or its variable with clientSecretEnv';
  }
  return isMissing && issue.code !== 'custom' ? 'is missing' : plainWhy(complaint);
}
