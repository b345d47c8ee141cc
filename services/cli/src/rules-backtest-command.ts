import { deviceNamed, VeilleurError } from '@veilleur/domain';
import { isFrenchHoliday } from '@veilleur/metering';
import type { BacktestSpan, Rule } from '@veilleur/rules';
import { holidaysOf, languageOf, zoneOf } from '@veilleur/runtime';
import { listRules, type Pool } from '@veilleur/store';
import { type Command, Option } from 'commander';
import { integer } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { dayOrMoment, instantOf } from './day-or-moment.ts';
import { createOutput } from './output.ts';
import { type BacktestReport, backtestAsJson, runBacktest } from './rules-backtest.ts';
import { describeBacktest } from './rules-backtest-text.ts';
import { readGoodRules } from './rules-file.ts';

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly device?: readonly string[];
  readonly site?: readonly string[];
  readonly rule?: readonly string[];
  /** True: the rules in force. */
  readonly against?: string | true;
  readonly list: number;
  readonly json?: boolean;
}

const again = (text: string, before: readonly string[] = []) => [...before, text];

/** `veilleur rules backtest` */
export function addBacktestCommand(rules: Command, environment: Environment, conclude: Conclude): void {
  rules
    .command('backtest')
    .description('run a file of rules over what is stored: what it would have raised')
    .argument('<file>', 'YAML or JSON')
    .addOption(
      new Option('--from <day>', 'a local day, or a time (default: 30 days ago)').argParser(dayOrMoment),
    )
    .addOption(
      new Option('--to <day>', 'the day after the last, or a time (default: now)').argParser(dayOrMoment),
    )
    .addOption(new Option('--device <device>', 'DevEUI or name; again for another one').argParser(again))
    .addOption(
      new Option('--site <code>', 'and all that is part of it; again for another one').argParser(again),
    )
    .addOption(new Option('--rule <name>', 'only this rule; again for another one').argParser(again))
    .option('--against [file]', 'show what differs from another file, or from the rules in force')
    .addOption(
      new Option('--list <n>', 'so many alerts one by one').argParser(integer(0, 1_000_000)).default(25),
    )
    .option('--json', 'one JSON object, with every alert')
    .addHelpText(
      'after',
      `
Facts are taken in the order of their own time, as all of them are known today: what came late is where it
belongs. Silences and inhibition hide no alert here. Nothing is written.

Examples:
  veilleur rules backtest city.yaml --from 2026-03-01 --to 2026-04-01
  veilleur rules backtest city.yaml --rule water-leak --site school --against`,
    )
    .action(async (file: string, options: Options) => {
      const { json = false, list, rule, against } = options;
      const read = await readGoodRules(file);
      requireRules(read, rule ?? []);
      const written = chosen(read, rule);
      const report = await withDatabase(environment, async (pool) =>
        backtestOf(
          pool,
          {
            rules: written,
            against: against === undefined ? null : chosen(await otherRules(pool, against), rule),
            scope: { devices: options.device?.map(deviceNamed), sites: options.site },
            from: options.from,
            to: options.to,
          },
          environment,
          json,
        ),
      );
      createOutput(json).answer(
        backtestAsJson(report),
        describeBacktest(report, languageOf(environment), list),
      );
      conclude(report.devices === 0 ? 1 : 0);
    });
}

const chosen = (rules: readonly Rule[], names: readonly string[] | undefined) =>
  names === undefined ? rules : rules.filter(({ name }) => names.includes(name));

function requireRules(rules: readonly Rule[], names: readonly string[]): void {
  const missing = names.find((name) => !rules.some((rule) => rule.name === name));
  if (missing === undefined) return;
  throw new VeilleurError('rule_not_found', `the file has no rule ${missing}`, {
    remedy: `It has: ${rules.map(({ name }) => name).join(', ')}.`,
  });
}

async function otherRules(pool: Pool, against: string | true): Promise<readonly Rule[]> {
  return against === true ? rulesOfDatabase(pool) : readGoodRules(against);
}

/** The rules in force. */
export async function rulesOfDatabase(pool: Pool): Promise<readonly Rule[]> {
  // What is stored was parsed.
  return (await listRules(pool)).map(({ definition }) => definition as unknown as Rule);
}

const DAYS = 30;

/** From the day 30 days ago until now, where nothing else is said. */
export async function backtestOf(
  pool: Pool,
  asked: {
    readonly rules: readonly Rule[];
    readonly against: readonly Rule[] | null;
    readonly scope: {
      readonly devices?: readonly string[] | undefined;
      readonly sites?: readonly string[] | undefined;
    };
    readonly from?: string | undefined;
    readonly to?: string | undefined;
  },
  environment: Environment,
  json: boolean,
): Promise<BacktestReport> {
  const zone = zoneOf(environment);
  const now = Date.now();
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const from = instantOf(asked.from ?? today.subtract({ days: DAYS }).toString(), zone).getTime();
  // Beyond now everything is silent.
  const to = asked.to === undefined ? now : Math.min(now, instantOf(asked.to, zone).getTime());
  const span: BacktestSpan = { from, to };
  if (!(to > from)) {
    throw new VeilleurError('span_empty', 'the time to look at ends before it begins', {
      remedy: 'Give --from before --to; what lies ahead of now is not looked at.',
    });
  }
  const { rules, against, scope } = asked;
  const isHoliday = isFrenchHoliday({ alsaceMoselle: holidaysOf(environment) === 'alsace-moselle' });
  return runBacktest(pool, { rules, against, span, scope, cityZone: zone, isHoliday }, createOutput(json));
}
