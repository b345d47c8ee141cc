import { VeilleurError } from '@veilleur/domain';
import { siteReport, tertiaryReport } from '@veilleur/meta-meter';
import { languageOf, zoneOf } from '@veilleur/runtime';
import { findSite, listSites, putSite, SITE_KINDS, type SiteKind } from '@veilleur/store';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { day, timeZone } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { describeReport, describeSites } from './site-text.ts';
import { describeTertiary, tertiaryCsv } from './tertiary-text.ts';

interface AddOptions {
  readonly name?: string;
  readonly kind?: SiteKind;
  readonly parent?: string;
  readonly timeZone?: string;
  readonly attribute?: Readonly<Record<string, string | number>>;
  readonly json?: boolean;
}

const FORMATS = ['text', 'csv', 'json'] as const;

interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly tertiary?: boolean;
  readonly as: (typeof FORMATS)[number];
  readonly json?: boolean;
}

/** `veilleur site ...` */
export function addSiteCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const language = languageOf(environment);
  const site = program.command('site').description('households, buildings, streets, districts');

  site
    .command('add')
    .description('add a site, or bring it up to date: what is not said stays as it is')
    .argument('<code>')
    .option('--name <name>', 'what people call it (default: its code)')
    .addOption(new Option('--kind <kind>', 'what it is (default: building)').choices(SITE_KINDS))
    .option('--parent <code>', 'the site that it is part of')
    .addOption(new Option('--time-zone <zone>', "IANA (default: its parent's)").argParser(timeZone))
    .addOption(
      new Option('--attribute <name=value...>', 'such as persons=4 area_m2=120').argParser(attribute),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Example:
  veilleur site add school --name "École Jean-Macé" --kind building --parent centre --attribute area_m2=1800`,
    )
    .action(async (code: string, { attribute: attributes, ...options }: AddOptions) => {
      await withDatabase(environment, async (pool) => {
        await putSite(pool, { ...options, code, attributes });
        const added = await findSite(pool, code);
        createOutput(options.json ?? false).answer(added, describeSites([added], language));
      });
      conclude(0);
    });

  site
    .command('list')
    .description('sites, and how many points each has')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      await withDatabase(environment, async (pool) => {
        const sites = await listSites(pool);
        createOutput(json ?? false).answer({ sites }, describeSites(sites, language));
      });
      conclude(0);
    });

  site
    .command('report')
    .description('a page on what a site used: kWh, euros, CO2e, beside the year before and similar sites')
    .argument('<code>')
    .addOption(
      new Option('--from <day>', 'first day (default: the first of this month a year ago)').argParser(day),
    )
    .addOption(
      new Option('--to <day>', 'the day after the last (default: the first of this month)').argParser(day),
    )
    .addOption(
      new Option('--tertiary', 'the yearly view of the décret tertiaire instead').conflicts(['from', 'to']),
    )
    .addOption(new Option('--as <format>', 'csv goes with --tertiary').choices(FORMATS).default('text'))
    .option('--json', 'the same as --as json')
    .addHelpText(
      'after',
      `
What it is valued by comes from veilleur reference load. What is not known is said, never taken for zero.

Examples:
  veilleur site report school --from 2026-01-01 --to 2026-04-01
  veilleur site report school --tertiary --as csv > school.csv`,
    )
    .action(async (code: string, options: ReportOptions) => {
      const format = options.json ? 'json' : options.as;
      if (format === 'csv' && !options.tertiary) {
        throw new VeilleurError('usage_incomplete', '--as csv goes with --tertiary', {
          remedy: 'veilleur consumption --site ... --as csv writes what was used.',
        });
      }
      const asked = { cityZone: zoneOf(environment), now: new Date() };
      const output = createOutput(format === 'json');
      await withDatabase(environment, async (pool) => {
        if (options.tertiary) {
          const report = await tertiaryReport(pool, code, asked);
          output.answer(
            report,
            format === 'csv' ? tertiaryCsv(report, language) : describeTertiary(report, language),
          );
          conclude(report.years.length === 0 ? 1 : 0);
        } else {
          const span = { from: options.from ?? null, to: options.to ?? null };
          const report = await siteReport(pool, code, { ...span, ...asked });
          output.answer(report, describeReport(report, language));
          conclude(report.media.some(({ use }) => use.known !== null) ? 0 : 1);
        }
      });
    });
}

function attribute(text: string, before: Readonly<Record<string, string | number>> = {}) {
  const match = /^([a-z][a-z0-9_]*)=(.+)$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('expected name=value, such as persons=4.');
  const [, name = '', value = ''] = match;
  const number = Number(value);
  return { ...before, [name]: Number.isFinite(number) ? number : value };
}
