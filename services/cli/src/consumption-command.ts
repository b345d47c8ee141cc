import { VeilleurError } from '@veilleur/domain';
import { languageOf, zoneOf } from '@veilleur/runtime';
import {
  BUCKETS,
  type BucketName,
  type ConsumptionQuery,
  consumptionOfPoint,
  consumptionOfSite,
  findPoint,
  findSite,
  type Pool,
} from '@veilleur/store';
import { type Command, Option } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { type ConsumptionTable, writeTable } from './consumption-table.ts';
import { withDatabase } from './database.ts';
import { dayOrMoment, endOf, instantOf, localDay, startOf } from './day-or-moment.ts';

const FORMATS = ['table', 'csv', 'json'] as const;

interface Options {
  readonly site?: string;
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bucket: BucketName;
  readonly asOf?: string;
  readonly as: (typeof FORMATS)[number];
  readonly json?: boolean;
}

/** `veilleur consumption` */
export function addConsumptionCommand(program: Command, environment: Environment, conclude: Conclude): void {
  program
    .command('consumption')
    .description('what went through, by local hour, day or month')
    .addOption(new Option('--point <code>', 'a metering point').conflicts('site'))
    .option('--site <code>', 'a site and all that is part of it')
    .addOption(
      new Option('--from <day>', 'first local day, or a time (default: see below)').argParser(dayOrMoment),
    )
    .addOption(new Option('--to <day>', 'the day after the last (default: tomorrow)').argParser(dayOrMoment))
    .addOption(new Option('--bucket <bucket>').choices(BUCKETS).default('day'))
    .addOption(
      new Option('--as-of <time>', 'as it was known then; of a day, at its end').argParser(dayOrMoment),
    )
    .addOption(new Option('--as <format>').choices(FORMATS).default('table'))
    .option('--json', 'the same as --as json')
    .addHelpText(
      'after',
      `
Without --from: two days by hour, a month by day, a year by month, up to --to. Missing is empty, never zero; what
is not over yet has no line. ±, of a day or a month of a point: by how much it may be off, because readings
do not lie on its ends and a register shows whole steps.

Examples:
  veilleur consumption --point W-1042 --from 2026-03-01 --to 2026-04-01
  veilleur consumption --site school --bucket month --as csv > school.csv
  veilleur consumption --point W-1042 --from 2026-03-01 --as-of 2026-03-03`,
    )
    .action(async (options: Options) => {
      const language = languageOf(environment);
      const cityZone = zoneOf(environment);
      const table = await withDatabase(environment, (pool) => tableOf(pool, options, cityZone, new Date()));
      writeTable(table, options.json ? 'json' : options.as, language, (text) => process.stdout.write(text));
      conclude(table.rows.length === 0 ? 1 : 0);
    });
}

const DAYS = { hour: 2, day: 31, month: 366 } as const;

/** @throws VeilleurError `usage_incomplete`, `span_empty`, `point_not_found`, `site_not_found`. */
async function tableOf(pool: Pool, options: Options, cityZone: string, now: Date): Promise<ConsumptionTable> {
  const { point, site, bucket } = options;
  const about =
    point === undefined
      ? site === undefined
        ? null
        : await findSite(pool, site)
      : await findPoint(pool, point);
  if (about === null) {
    throw new VeilleurError('usage_incomplete', 'neither --point nor --site was given', {
      remedy: 'veilleur point list and veilleur site list show what there is.',
    });
  }
  const timeZone = about.timeZone ?? cityZone;
  const tomorrow = localDay(now, timeZone).add({ days: 1 });
  const to = options.to === undefined ? startOf(tomorrow, timeZone) : instantOf(options.to, timeZone);
  const last = options.to === undefined ? tomorrow.subtract({ days: 1 }) : localDay(to, timeZone);
  const query: ConsumptionQuery = {
    bucket,
    from:
      options.from === undefined
        ? startOf(last.subtract({ days: DAYS[bucket] }), timeZone)
        : instantOf(options.from, timeZone),
    to,
    ...(options.asOf === undefined ? {} : { asOf: endOf(options.asOf, timeZone) }),
  };
  if (query.from >= query.to) {
    throw new VeilleurError('span_empty', '--from is not before --to', {
      remedy: '--to is the day after the last: one day is --from 2026-03-01 --to 2026-03-02.',
    });
  }
  const rows =
    point === undefined
      ? (await consumptionOfSite(pool, site ?? '', query)).map((row) => ({
          ...row,
          channel: 0,
          method: null,
          uncertainty: null,
        }))
      : (await consumptionOfPoint(pool, point, query)).map((row) => ({
          ...row,
          points: null,
          missing: null,
        }));
  return { of: about.code, kind: point === undefined ? 'site' : 'point', bucket, timeZone, rows };
}
