import { deviceNamed } from '@veilleur/domain';
import { languageOf, zoneOf } from '@veilleur/runtime';
import {
  type Act,
  ALERT_SEVERITIES,
  type AlertSeverity,
  acknowledgeAlert,
  alertStory,
  assignAlert,
  commentAlert,
  listAlerts,
  type Pool,
  unacknowledgeAlert,
} from '@veilleur/store';
import { type Command, Option } from 'commander';
import { addNotificationCommands } from './alerts-notifications.ts';
import { addSilenceCommands } from './alerts-silences.ts';
import { type AlertView, describeAlert, describeAlerts, type RulesByName } from './alerts-text.ts';
import { integer, moment } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { rulesOfDatabase } from './rules-backtest-command.ts';

interface ListOptions {
  readonly open?: boolean;
  readonly since?: Date;
  readonly rule?: string;
  readonly severity?: AlertSeverity;
  readonly device?: string;
  readonly site?: string;
  readonly after?: number;
  readonly limit: number;
  readonly json?: boolean;
}

interface ActOptions {
  readonly by: string;
  readonly json?: boolean;
}

export const LARGEST_ID = Number.MAX_SAFE_INTEGER;

/** How this person sees alerts, now. @throws ConfigError for a TIME_ZONE that is none */
export function viewOf(environment: Environment): AlertView {
  return {
    language: languageOf(environment),
    zone: zoneOf(environment),
    now: new Date(),
  };
}

/** `--by`: what people do to alerts is kept under their names. */
export function byOption(environment: Environment): Option {
  const option = new Option('--by <name>', 'who you are (default: the user of this machine)');
  const user = environment.USER || environment.LOGNAME;
  return user ? option.default(user) : option.makeOptionMandatory();
}

async function rulesByName(pool: Pool): Promise<RulesByName> {
  return new Map((await rulesOfDatabase(pool)).map((rule) => [rule.name, rule]));
}

/** `veilleur alerts ...` */
export function addAlertCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const alerts = program
    .command('alerts')
    .description('what the rules found, what became of it, who was told');

  alerts
    .command('list', { isDefault: true })
    .description('alerts, those that opened last first')
    .option('--open', 'only those that are open now, acknowledged ones included')
    .addOption(new Option('--since <time>', 'open then or later').argParser(moment))
    .option('--rule <name>')
    .addOption(new Option('--severity <severity>').choices(ALERT_SEVERITIES))
    .option('--device <device>', 'DevEUI or name; of an alert of many, the group')
    .option('--site <code>', 'of a site and of all that is in it')
    .addOption(
      new Option('--after <alert>', 'the last one of the page before').argParser(integer(1, LARGEST_ID)),
    )
    .addOption(new Option('--limit <n>').argParser(integer(1, 10_000)).default(50))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Times are those of the measurements, on the clocks of the city. Exit status 1 where there is none.

Examples:
  veilleur alerts --open
  veilleur alerts --open --site town-hall --severity critical
  veilleur alerts --rule water-leak --since 2026-03-01 --json`,
    )
    .action(async (options: ListOptions) => {
      const { open = false, json = false, device, limit, ...query } = options;
      const view = viewOf(environment);
      const { found, rules } = await withDatabase(environment, async (pool) => ({
        found: await listAlerts(pool, {
          ...query,
          subject: device === undefined ? undefined : deviceNamed(device),
          states: open ? ['open', 'acknowledged'] : undefined,
          limit: limit + 1,
        }),
        rules: await rulesByName(pool),
      }));
      const shown = found.slice(0, limit);
      const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null;
      createOutput(json).answer({ alerts: shown, next }, describeAlerts(shown, next, rules, view));
      conclude(shown.length === 0 ? 1 : 0);
    });

  alerts
    .command('show')
    .description('an alert: what was measured, what happened to it, who was told')
    .argument('<alert>', 'its number', integer(1, LARGEST_ID))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur alerts show 42')
    .action((id: number, { json = false }: { readonly json?: boolean }) => showing(id, json, async () => {}));

  const showing = async (id: number, json: boolean, act: (pool: Pool) => Promise<void>) => {
    const view = viewOf(environment);
    const { story, rules } = await withDatabase(environment, async (pool) => {
      await act(pool);
      return { story: await alertStory(pool, id), rules: await rulesByName(pool) };
    });
    createOutput(json).answer(story, describeAlert(story, rules, view));
    conclude(0);
  };
  /** A person's act on one alert, and the alert as it is then. */
  const acting = (command: Command, example: string) =>
    command
      .addOption(byOption(environment))
      .option('--json', 'one JSON object')
      .addHelpText('after', `\nExample:\n  veilleur alerts ${example}`);
  const doing = (
    id: number,
    { by, json = false }: ActOptions,
    act: (pool: Pool, who: Act) => Promise<void>,
  ) => showing(id, json, (pool) => act(pool, { by, now: new Date() }));

  acting(
    alerts
      .command('acknowledge')
      .description('you take care of it: it is escalated no further')
      .argument('<alert>', 'its number', integer(1, LARGEST_ID))
      .option('--undo', 'you do not'),
    'acknowledge 42 --by "Anne Keller"',
  ).action((id: number, options: ActOptions & { readonly undo?: boolean }) =>
    doing(id, options, (pool, who) =>
      options.undo ? unacknowledgeAlert(pool, id, who) : acknowledgeAlert(pool, id, who),
    ),
  );

  acting(
    alerts
      .command('assign')
      .description('hand it to somebody; to nobody without a name')
      .argument('<alert>', 'its number', integer(1, LARGEST_ID))
      .argument('[name]', 'to whom'),
    'assign 42 "équipe eau" --by "Anne Keller"',
  ).action((id: number, name: string | undefined, options: ActOptions) =>
    doing(id, options, (pool, who) => assignAlert(pool, id, name ?? null, who)),
  );

  acting(
    alerts
      .command('comment')
      .description('say something about it, for those who come after you')
      .argument('<alert>', 'its number', integer(1, LARGEST_ID))
      .argument('<text>'),
    'comment 42 "valve closed, meter changed on Friday" --by "Anne Keller"',
  ).action((id: number, text: string, options: ActOptions) =>
    doing(id, options, (pool, who) => commentAlert(pool, id, text, who)),
  );

  addSilenceCommands(alerts, environment, conclude);
  addNotificationCommands(alerts, environment, conclude);
}
