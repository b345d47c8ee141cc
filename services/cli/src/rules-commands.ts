import { QUANTITIES, VeilleurError } from '@veilleur/domain';
import { rulesJsonSchema, TEMPLATES, templateNamed } from '@veilleur/rules';
import { languageOf, zoneOf } from '@veilleur/runtime';
import { listRules } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { addBacktestCommand } from './rules-backtest-command.ts';
import { readRulesFile } from './rules-file.ts';
import { addLoadCommand } from './rules-load.ts';
import {
  describeCheck,
  describeQuantities,
  describeRules,
  describeTemplate,
  describeTemplates,
} from './rules-text.ts';

interface WithJson {
  readonly json?: boolean;
}

/** `veilleur rules ...` */
export function addRulesCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const language = languageOf(environment);
  const rules = program
    .command('rules')
    .description('what raises an alert: files of rules, tried on what is stored');

  rules
    .command('check')
    .description('read a file of rules: each in words, or what is wrong in which line')
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit status 1 where something is wrong.

Example:
  veilleur rules check city.yaml`,
    )
    .action(async (file: string, { json = false }: WithJson) => {
      const read = await readRulesFile(file);
      createOutput(json).answer(read, describeCheck(file, read, language));
      conclude(read.problems.length === 0 ? 0 : 1);
    });

  rules
    .command('schema')
    .description('the JSON Schema of a file of rules: an editor that knows it completes and checks')
    .addHelpText('after', '\nExample:\n  veilleur rules schema > rules.schema.json')
    .action(() => {
      process.stdout.write(`${JSON.stringify(rulesJsonSchema(), null, 2)}\n`);
      conclude(0);
    });

  rules
    .command('templates')
    .description('the rules that are shipped, and what they leave open')
    .argument('[name]', 'one of them')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur rules templates water-leak')
    .action((name: string | undefined, { json = false }: WithJson) => {
      const found = name === undefined ? TEMPLATES : [requireTemplate(name)];
      const [first] = found;
      const text =
        name === undefined || first === undefined
          ? describeTemplates(found, language)
          : describeTemplate(first, language);
      const templates = found.map((template) => ({
        name: template.name,
        kind: template.kind,
        title: template.title,
        description: template.description,
        parameters: Object.entries(template.parameters).map(([parameter, told]) => ({
          name: parameter,
          default: told.default,
          unit: told.unit,
          description: told.description,
        })),
      }));
      createOutput(json).answer({ templates }, text);
      conclude(0);
    });

  rules
    .command('quantities')
    .description('what devices tell, under the names and in the units that rules use')
    .option('--json', 'one JSON object')
    .action(({ json = false }: WithJson) => {
      createOutput(json).answer({ quantities: QUANTITIES }, describeQuantities(language));
      conclude(0);
    });

  rules
    .command('list')
    .description('the rules in force, and how many alerts of each are open')
    .option('--json', 'one JSON object')
    .action(async ({ json = false }: WithJson) => {
      const zone = zoneOf(environment);
      const found = await withDatabase(environment, listRules);
      const text = describeRules(found, language, zone);
      createOutput(json).answer({ rules: found }, text);
      conclude(0);
    });

  addBacktestCommand(rules, environment, conclude);
  addLoadCommand(rules, environment, conclude);
}

function requireTemplate(name: string) {
  const template = templateNamed(name);
  if (template !== undefined) return template;
  throw new VeilleurError('template_not_found', `there is no template ${name}`, {
    remedy: `Known: ${TEMPLATES.map((one) => one.name).join(', ')}.`,
  });
}
