import { VeilleurError } from '@veilleur/domain';
import { languageOf } from '@veilleur/runtime';
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
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { type ConsumptionTable, writeTable } from './consumption-table.ts';
import { withDatabase } from './database.ts';

const FORMATS = ['table', 'csv', 'json'] as const;

interface Options {
  readonly site?: string;
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bucket: BucketName;
  readonly asOf?: Date;
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
    .addOption(new Option('--as-of <time>', 'as it was known then').argParser(asOf))
    .addOption(new Option('--as <format>').choices(FORMATS).default('table'))
    .option('--json', 'the same as --as json')
    .addHelpText(
      'after',
      `
Without --from: the last two days by hour, month by day, year by month. Missing is empty, never zero; what
is not over yet has no line. ±, of a day or a month of a point: by how much it may be off, because readings
do not lie on its ends and a register shows whole steps.

Examples:
  veilleur consumption --point W-1042 --from 2026-03-01 --to 2026-04-01
  veilleur consumption --site school --bucket month --as csv > school.csv
  veilleur consumption --point W-1042 --from 2026-03-01 --as-of 2026-03-03`,
    )
    .action(async (options: Options) => {
      const language = languageOf(environment);
      const table = await withDatabase(environment, (pool) =>
        tableOf(pool, options, environment.TIME_ZONE || 'Europe/Paris', new Date()),
      );
      writeTable(table, options.json ? 'json' : options.as, language, (text) => process.stdout.write(text));
      conclude(table.rows.length === 0 ? 1 : 0);
    });
}

const DAYS = { hour: 2, day: 31, month: 366 } as const;

/** @throws VeilleurError `usage_incomplete`, `point_not_found`, `site_not_found`. */
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
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const query: ConsumptionQuery = {
    bucket,
    from: instantOf(options.from ?? today.subtract({ days: DAYS[bucket] }).toString(), timeZone),
    to: instantOf(options.to ?? today.add({ days: 1 }).toString(), timeZone),
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
  };
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

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function dayOrMoment(text: string): string {
  try {
    if (DAY.test(text)) Temporal.PlainDate.from(text);
    else Temporal.Instant.from(text);
    return text;
  } catch {
    throw new InvalidArgumentError('expected a day such as 2026-03-01, or a time with its offset.');
  }
}

function asOf(text: string): Date {
  return new Date(DAY.test(text) ? `${dayOrMoment(text)}T23:59:59.999Z` : dayOrMoment(text));
}

/** A day is its beginning, on the clocks of the point. */
export function instantOf(text: string, timeZone: string): Date {
  if (!DAY.test(text)) return new Date(text);
  return new Date(Temporal.PlainDate.from(text).toZonedDateTime(timeZone).epochMilliseconds);
}
