import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { loadRules, type Problem, type Rule, type RulesFile } from '@veilleur/rules';

/** @throws VeilleurError `rules_file_unreadable` */
export async function readRulesFile(file: string): Promise<RulesFile> {
  try {
    return loadRules(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new VeilleurError('rules_file_unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      remedy: 'Name a file of rules, YAML or JSON; veilleur rules templates shows what can stand in it.',
      cause,
    });
  }
}

/** Only a file without problems. @throws VeilleurError `rules_file_unreadable`, `rules_file_invalid` */
export async function readGoodRules(file: string): Promise<readonly Rule[]> {
  const { rules, problems } = await readRulesFile(file);
  const [first] = problems;
  if (first === undefined) return rules;
  throw new VeilleurError('rules_file_invalid', problemText(file, first), {
    remedy: `${first.remedy} veilleur rules check ${file} shows all problems: there are ${problems.length}.`,
  });
}

/** As compilers write it, so that editors find the place. */
export function problemText(file: string, { line, column, message }: Problem): string {
  return `${basename(file)}:${line}:${column}: ${message}`;
}
