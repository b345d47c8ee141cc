import { languageOf } from '@veilleur/runtime';
import { type Command, Option } from 'commander';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { importFile } from './import-file.ts';
import { type FileRequest, IMPORT_OPERATORS, STAMPS } from './operator-file.ts';
import { createOutput } from './output.ts';
import { addPullCommand } from './pull-command.ts';

interface Options extends Omit<FileRequest, 'file'> {
  readonly addPoints?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `veilleur import` */
export function addImportCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  const command = program
    .command('import')
    .enablePositionalOptions()
    .description("read an operator's export: indexes, load curves, facts of the contract")
    .argument('<file>', 'as the operator gave it: CSV, JSON or Excel')
    .addOption(
      new Option('--as <operator>', 'where its beginning does not tell what it is').choices(IMPORT_OPERATORS),
    )
    .option('--mapping <file>', "what the columns of a water operator's table mean, in YAML or JSON")
    .addOption(
      new Option('--stamps <end>', "which end of its step an Enedis load curve's stamp marks").choices(
        STAMPS,
      ),
    )
    .option(
      '--production',
      'of an answer of Enedis Data Connect v5, which does not say so: what was produced',
    )
    .option('--point <code>', 'the metering point, where the file is of one and calls it otherwise')
    .option('--add-points', 'add the metering points that are not known yet')
    .option('--dry-run', 'read all of it and say what it holds; write nothing')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
An import that was cut goes on where it stopped; the same file again changes nothing. A revised value takes
the place of the earlier one, which stays to be asked for. A wrong line is named and costs no other.

Examples:
  veilleur import load-curve.csv --add-points
  veilleur import readings.json --as grdf --point 05100000000042
  veilleur import water.csv --mapping water.yaml --dry-run
  veilleur import production_load_curve.json --production
  veilleur import pull                              what OPERATORS_FILE names, now`,
    )
    .action(async (file: string, options: Options) => {
      const request = { ...options, file, clock: () => new Date(), language: languageOf(environment) };
      const output = createOutput(options.json ?? false);
      const isWell = options.dryRun
        ? await importFile(null, request, output)
        : await withDatabase(environment, (pool) => importFile(pool, request, output));
      conclude(isWell ? 0 : 1);
    });
  addPullCommand(command, environment, conclude);
}
