import { createInterface } from 'node:readline/promises';
import type { Rule } from '@veilleur/rules';
import { type Language, languageOf } from '@veilleur/runtime';
import { givesWay, listRules, type Pool, type PutRules, putRules } from '@veilleur/store';
import type { Command } from 'commander';
import { byOption } from './alerts-commands.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { backtestAsJson } from './rules-backtest.ts';
import { backtestOf, rulesOfDatabase } from './rules-backtest-command.ts';
import { describeDifference } from './rules-backtest-text.ts';
import { readGoodRules } from './rules-file.ts';

interface Options {
  readonly yes?: boolean;
  readonly backtest: boolean;
  readonly by: string;
  readonly json?: boolean;
}

const TEXTS = {
  en: {
    days: 'Over the last 30 days, these rules against those in force:',
    same: 'These are the rules in force. Nothing to do.',
    ask: 'Put them in force? [y/N] ',
    yes: /^y(es)?$/i,
    nothing: 'Nothing was written. Add --yes to put them in force.',
    rules: 'In force from now on:',
    added: 'new',
    changed: 'changed',
    removed: 'taken out: their open alerts are cleared',
  },
  fr: {
    days: 'Sur les 30 derniers jours, ces règles face à celles en vigueur :',
    same: 'Ce sont les règles en vigueur. Rien à faire.',
    ask: 'Les mettre en vigueur ? [o/N] ',
    yes: /^o(ui)?$/i,
    nothing: 'Rien n’a été écrit. Ajoutez --yes pour les mettre en vigueur.',
    rules: 'En vigueur dès maintenant :',
    added: 'nouvelles',
    changed: 'modifiées',
    removed: 'retirées : leurs alertes ouvertes se terminent',
  },
} as const;

/** `veilleur rules load` */
export function addLoadCommand(rules: Command, environment: Environment, conclude: Conclude): void {
  rules
    .command('load')
    .description(
      'put a file of rules in force; before that, what it changes in the alerts of the last 30 days',
    )
    .argument('<file>', 'YAML or JSON: all rules by hand; what was loaded so and is not in it is taken out')
    .option('--yes', 'do not ask')
    .option('--no-backtest', 'do not look at the last 30 days first')
    .addOption(byOption(environment))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
What the rules were before stays in the database, with who changed them. Rules that veilleur start took from
its RULES_FILE stay in force beside these; of one name, this file's goes before.

Examples:
  veilleur rules load city.yaml
  veilleur rules load city.yaml --yes --by "Anne Keller"`,
    )
    .action(async (file: string, options: Options) => {
      const language = languageOf(environment);
      const t = TEXTS[language];
      const { json = false, by } = options;
      const output = createOutput(json);
      const written = await readGoodRules(file);
      await withDatabase(environment, async (pool) => {
        const before = await rulesOfDatabase(pool);
        const after = [...written, ...(await staying(pool, written))];
        const touched = differing(before, after);
        if (touched.length === 0) {
          output.answer({ put: { added: [], changed: [], removed: [], kept: [] }, difference: null }, t.same);
          return conclude(0);
        }
        const report = options.backtest
          ? await backtestOf(pool, { rules: after, against: before, scope: {} }, environment, json)
          : null;
        const shown =
          report?.difference == null
            ? []
            : [t.days, describeDifference(report.difference, report, language), ''];
        const backtest = report === null ? null : backtestAsJson(report);
        if (!options.yes && !(await isWanted(shown.join('\n'), json, language))) {
          output.answer({ put: null, backtest }, [...shown, t.nothing].join('\n'));
          return conclude(1);
        }
        const put = await putRules(
          pool,
          written.map((rule) => ({ name: rule.name, definition: { ...rule }, source: file })),
          { by, now: new Date() },
        );
        output.answer(
          { put, backtest },
          [...(options.yes ? shown : []), describePut(put, language)].join('\n'),
        );
        conclude(0);
      });
    });
}

/** Rules of RULES_FILE stay, but for those of which this file has its own. */
async function staying(pool: Pool, written: readonly Rule[]): Promise<Rule[]> {
  const names = new Set(written.map(({ name }) => name));
  return (await listRules(pool))
    .filter(({ name, origin }) => !givesWay(origin, 'hand') && !names.has(name))
    .map(({ definition }) => definition as unknown as Rule);
}

/** Rules that one of the two has otherwise, or not at all. */
function differing(before: readonly Rule[], after: readonly Rule[]): string[] {
  const [one, other] = [before, after].map(
    (rules) => new Map(rules.map((rule) => [rule.name, canonical(rule)])),
  );
  const names = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
  return [...names].filter((name) => one?.get(name) !== other?.get(name));
}

/** The same text for the same rule, in whatever order its fields stand. */
function canonical(rule: Rule): string {
  return JSON.stringify(rule, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Asks a person, where there is one. */
async function isWanted(shown: string, json: boolean, language: Language): Promise<boolean> {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) return false;
  process.stderr.write(`${shown}\n`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return TEXTS[language].yes.test((await lines.question(TEXTS[language].ask)).trim());
  } finally {
    lines.close();
  }
}

function describePut(put: PutRules, language: Language): string {
  const t = TEXTS[language];
  const lines = (['added', 'changed', 'removed'] as const).flatMap((what) =>
    put[what].length === 0 ? [] : [`  ${put[what].join(', ')} (${t[what]})`],
  );
  return [t.rules, ...lines].join('\n');
}
