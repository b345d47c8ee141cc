import { type OperatorSource, pullNow, readOperatorsFile } from '@veilleur/consumption';
import { VeilleurError } from '@veilleur/domain';
import { type Language, languageOf } from '@veilleur/runtime';
import type { JobOutcome, Pool } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { didText, problemsText } from './jobs-text.ts';
import { createOutput, type Output } from './output.ts';

/** `veilleur import pull` */
export function addPullCommand(importCommand: Command, environment: Environment, conclude: Conclude): void {
  importCommand
    .command('pull')
    .description('ask operators now for what OPERATORS_FILE names, as the service does at its hours')
    .argument('[source]', 'one of them, by its name; else all of them')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A pull goes on where the last one got to, and asks again for the days that operators still revise. Exit
status 1 where one failed, or another process is at it.

Examples:
  veilleur import pull
  OPERATORS_FILE=operators.yaml veilleur import pull enedis-curves --json`,
    )
    .action(async (name: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const sources = await sourcesToPull(environment, name);
      const output = createOutput(json);
      const pulls = await withDatabase(environment, (pool) => pullAll(sources, pool, output));
      const language = languageOf(environment);
      const text = pulls.flatMap((pull) => describePull(pull, language)).join('\n');
      output.answer(
        {
          pulls: pulls.map(({ source, outcome: { kind, ...told } }) => ({ source, outcome: kind, ...told })),
        },
        text,
      );
      conclude(pulls.every(({ outcome }) => outcome.kind === 'done') ? 0 : 1);
    });
}

interface Pull {
  readonly source: string;
  readonly outcome: JobOutcome;
}

/** @throws VeilleurError `operators_file_unset`, `operator_source_not_found`, and those of the file. */
async function sourcesToPull(
  environment: Environment,
  name: string | undefined,
): Promise<readonly OperatorSource[]> {
  const file = environment.OPERATORS_FILE?.trim() ?? '';
  if (file === '') {
    throw new VeilleurError('operators_file_unset', 'OPERATORS_FILE is not set: there is nothing to pull', {
      remedy: 'Set it to a file such as infra/operators.example.yaml.',
    });
  }
  const sources = await readOperatorsFile(file, environment);
  if (name === undefined) return sources;
  const asked = sources.filter((source) => source.name === name);
  if (asked.length === 0) {
    throw new VeilleurError('operator_source_not_found', `${file} has no source ${name}`, {
      remedy: `It has ${sources.map((source) => source.name).join(', ')}.`,
    });
  }
  return asked;
}

async function pullAll(sources: readonly OperatorSource[], pool: Pool, output: Output): Promise<Pull[]> {
  const pulls: Pull[] = [];
  for (const source of sources) {
    let bar: ReturnType<Output['progress']> | undefined;
    const clock = () => new Date();
    const outcome = await pullNow(source, {
      pool,
      now: clock(),
      clock,
      progress: {
        begin: (points) => {
          bar = output.progress(`points, ${source.name}`, points);
        },
        through: () => bar?.increment(),
      },
    }).finally(() => bar?.stop());
    pulls.push({ source: source.name, outcome });
  }
  return pulls;
}

const TEXTS = {
  en: { busy: 'another process pulls it now' },
  fr: { busy: 'un autre processus est en train de le récupérer' },
} as const;

function describePull({ source, outcome }: Pull, language: Language): string[] {
  switch (outcome.kind) {
    case 'busy':
      return [`${source}: ${TEXTS[language].busy}`];
    case 'done':
      return [
        `${source}: ${didText(outcome.detail, language)}`,
        ...problemsText(outcome.detail).map((line) => `  ${line}`),
      ];
    case 'failed': {
      const { error, detail = {} } = outcome;
      const remedy = typeof detail.remedy === 'string' ? [`  ${detail.remedy}`] : [];
      const did = didText(detail, language);
      return [
        error,
        ...remedy,
        ...(did === '' ? [] : [`  ${did}`]),
        ...problemsText(detail).map((line) => `  ${line}`),
      ];
    }
  }
}
