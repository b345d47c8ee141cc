import { languageOf, zoneOf } from '@veilleur/runtime';
import { BALANCE_BUCKETS, type BalanceQuery, balanceOfPoint, findPoint } from '@veilleur/store';
import { type Command, Option } from 'commander';
import { writeBalance } from './balance-text.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { dayOrMoment, instantOf } from './day-or-moment.ts';

const FORMATS = ['table', 'csv', 'json'] as const;

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly bucket?: BalanceQuery['bucket'];
  readonly as: (typeof FORMATS)[number];
  readonly json?: boolean;
}

const DAYS = { day: 31, month: 366 } as const;
/** A span that is shorter may hold no whole month but one. */
const MONTHS_FROM_MS = 60 * 86_400_000;

/** `veilleur balance` */
export function addBalanceCommand(program: Command, environment: Environment, conclude: Conclude): void {
  program
    .command('balance')
    .description('a meter against the sum of the meters behind it: losses, unmetered use')
    .argument('<point>', 'the point that others name as their parent')
    .addOption(
      new Option('--from <day>', 'first local day, or a time (default: see below)').argParser(dayOrMoment),
    )
    .addOption(new Option('--to <day>', 'the day after the last (default: tomorrow)').argParser(dayOrMoment))
    .addOption(
      new Option('--bucket <bucket>', 'default: month, day for less than two months').choices(
        BALANCE_BUCKETS,
      ),
    )
    .addOption(new Option('--as <format>').choices(FORMATS).default('table'))
    .option('--json', 'the same as --as json')
    .addHelpText(
      'after',
      `
Without --from: the last month by day, the last year by month. Meters are read at different minutes: a
difference within what that explains (±) says nothing. A month has less of it than a day. Only the parts
directly behind a meter are added up. What the meters themselves count wrong is not in ±.

Examples:
  veilleur balance DISTRICT-7 --from 2026-01-01 --to 2027-01-01
  veilleur balance CABINET-12 --bucket day --as csv > cabinet.csv`,
    )
    .action(async (code: string, options: Options) => {
      const cityZone = zoneOf(environment);
      const table = await withDatabase(environment, async (pool) => {
        const timeZone = (await findPoint(pool, code)).timeZone ?? cityZone;
        const today = Temporal.Now.plainDateISO(timeZone);
        const to = instantOf(options.to ?? today.add({ days: 1 }).toString(), timeZone);
        const given = options.from === undefined ? null : instantOf(options.from, timeZone);
        const isShort = given !== null && to.getTime() - given.getTime() < MONTHS_FROM_MS;
        const bucket = options.bucket ?? (isShort ? 'day' : 'month');
        const from = given ?? instantOf(today.subtract({ days: DAYS[bucket] }).toString(), timeZone);
        const balance = await balanceOfPoint(pool, code, { bucket, from, to, timeZone: cityZone });
        return { ...balance, bucket };
      });
      writeBalance(table, options.json ? 'json' : options.as, languageOf(environment), (text) =>
        process.stdout.write(text),
      );
      conclude(table.buckets.length === 0 ? 1 : 0);
    });
}
