import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { VeilleurError } from '@veilleur/domain';
import { languageOf } from '@veilleur/runtime';
import { checkReference, readReference, stations, writeReference, writeTemperatures } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { readReferenceFile } from './reference-file.ts';
import { readTemperatures } from './reference-temperatures.ts';
import { describeChanges, describeReference, describeTemperatures } from './reference-text.ts';

/** `veilleur reference ...` */
export function addReferenceCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const language = languageOf(environment);
  const reference = program
    .command('reference')
    .description('what consumption is valued by: tariffs, contracts, emission factors, weather');

  reference
    .command('load')
    .description('bring the tables up to what a file says; again changes nothing')
    .argument('<file.yaml>')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
What a file says of a tariff, a point, a quantity, an area, a Tempo day or a site replaces all that was said
of it before; of others it says nothing. docs/consumption.md describes it.

Example:
  veilleur reference load infra/reference/france.yaml`,
    )
    .action(async (file: string, { json }: { json?: boolean }) => {
      const read = readReferenceFile(await textOf(file), basename(file));
      await withDatabase(environment, async (pool) => {
        const problems = await checkReference(pool, read.reference);
        if (problems.length > 0) throw read.errorOf(problems);
        const changes = await writeReference(pool, read.reference);
        createOutput(json ?? false).answer({ file, changes }, describeChanges(changes, language));
      });
      conclude(0);
    });

  reference
    .command('show')
    .description(
      'tariffs, contracts, factors, coefficients, Tempo days, sites and stations as they are known',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur reference show --json')
    .action(async ({ json }: { json?: boolean }) => {
      await withDatabase(environment, async (pool) => {
        const known = { ...(await readReference(pool)), stations: await stations(pool) };
        createOutput(json ?? false).answer(known, describeReference(known, language));
      });
      conclude(0);
    });

  reference
    .command('temperatures')
    .description('daily lowest and highest outdoor temperatures, for degree days')
    .argument(
      '<file.csv>',
      'date,lowest,highest; or the daily files of Météo-France (AAAAMMJJ;TN;TX), also .gz',
    )
    .option('--station <code>', 'whose days these are, or the one of them to read')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  veilleur reference temperatures meteo.csv --station mulhouse
  veilleur reference temperatures Q_68_latest-2025-2026_RR-T-Vent.csv.gz --station 68297001`,
    )
    .action(async (file: string, { station, json }: { station?: string; json?: boolean }) => {
      const { days, without, problems } = readTemperatures(await textOf(file), station);
      await withDatabase(environment, async (pool) => {
        const written = await writeTemperatures(pool, days);
        createOutput(json ?? false).answer(
          { file, days: days.length, ...written, without, problems },
          describeTemperatures(written, without, problems, language),
        );
      });
      conclude(problems.length === 0 && days.length > 0 ? 0 : 1);
    });
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw new VeilleurError('reference_file_unreadable', `${file} cannot be read`, {
      remedy: 'Check its name, and that you may read it.',
      cause,
    });
  }
}
