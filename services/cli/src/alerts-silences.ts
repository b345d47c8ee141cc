import { deviceNamed } from '@veilleur/domain';
import {
  ALERT_SEVERITIES,
  type AlertSeverity,
  addSilence,
  endSilence,
  listSilences,
  type NewSilence,
} from '@veilleur/store';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { byOption, viewOf } from './alerts-commands.ts';
import { describeSilences } from './alerts-text.ts';
import { integer } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { dayOrMoment, instantOf } from './day-or-moment.ts';
import { createOutput } from './output.ts';

interface SilenceOptions {
  readonly rule?: readonly string[];
  readonly device?: readonly string[];
  readonly site?: readonly string[];
  readonly tag?: Readonly<Record<string, string>>;
  readonly severity?: readonly AlertSeverity[];
  readonly everything?: boolean;
  readonly maintenance?: boolean;
  readonly from?: string;
  readonly to: string;
  readonly comment: string;
  readonly by: string;
  readonly json?: boolean;
}

const listed =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] = []) => [...before, parse(text)];

function tag(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('expected a tag such as cabinet=C-12.');
  return { ...before, [name]: value };
}

function severity(text: string): AlertSeverity {
  const found = ALERT_SEVERITIES.find((one) => one === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${ALERT_SEVERITIES.join(', ')}.`);
  return found;
}

function matchingOf(options: SilenceOptions): NewSilence['matching'] {
  const { rule: rules, device: devices, site: sites, tag: tags, severity: severities } = options;
  const told = { rules, devices, sites, tags, severities };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

/** `veilleur alerts silence`, `silences`, `unsilence` */
export function addSilenceCommands(alerts: Command, environment: Environment, conclude: Conclude): void {
  alerts
    .command('silence')
    .description('tell nobody of some alerts for a while; they are recorded all the same')
    .addOption(new Option('--rule <name>', 'again for another one').argParser(listed(String)))
    .addOption(
      new Option('--device <device>', 'DevEUI, name, or group; again for another one').argParser(
        listed(deviceNamed),
      ),
    )
    .addOption(
      new Option('--site <code>', 'and all that is part of it; again for another one').argParser(
        listed(String),
      ),
    )
    .addOption(new Option('--tag <name=value>', 'again for another one: all must fit').argParser(tag))
    .addOption(new Option('--severity <severity>', 'again for another one').argParser(listed(severity)))
    .option('--everything', 'every alert of every device')
    .option('--maintenance', 'planned work')
    .addOption(new Option('--from <time>', 'a local day or a time (default: now)').argParser(dayOrMoment))
    .addOption(
      new Option('--to <time>', 'until when: the beginning of a local day, or a time')
        .argParser(dayOrMoment)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--comment <text>', 'why').makeOptionMandatory())
    .addOption(byOption(environment))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
All that is named must fit: --rule and --site silences that rule at that site.

Examples:
  veilleur alerts silence --tag cabinet=C-12 --to 2026-03-14 --maintenance --comment "cabinet replaced"
  veilleur alerts silence --rule silent-device --device 70b3d5e75e000001 --to 2026-04-01T08:00:00+02:00 --comment "flooded pit"`,
    )
    .action(async (options: SilenceOptions, command: Command) => {
      const matching = matchingOf(options);
      if (Object.keys(matching).length === 0 && !options.everything) {
        command.error(
          'error: name what is silenced: --rule, --device, --site, --tag, --severity, or --everything',
        );
      }
      const view = viewOf(environment);
      const silence: NewSilence = {
        kind: options.maintenance ? 'maintenance' : 'silence',
        matching,
        from: options.from === undefined ? view.now : instantOf(options.from, view.zone),
        to: instantOf(options.to, view.zone),
        comment: options.comment,
      };
      const made = await withDatabase(environment, async (pool) => {
        const id = await addSilence(pool, silence, { by: options.by, now: view.now });
        return (await listSilences(pool, { endsAfter: null })).filter((one) => one.id === id);
      });
      createOutput(options.json ?? false).answer(made[0], describeSilences(made, view));
      conclude(0);
    });

  alerts
    .command('silences')
    .description('what is silenced now or later')
    .option('--all', 'those that are over too')
    .option('--json', 'one JSON object')
    .action(async ({ all = false, json = false }: { readonly all?: boolean; readonly json?: boolean }) => {
      const view = viewOf(environment);
      const silences = await withDatabase(environment, (pool) =>
        listSilences(pool, { endsAfter: all ? null : view.now }),
      );
      createOutput(json).answer({ silences }, describeSilences(silences, view));
      conclude(0);
    });

  alerts
    .command('unsilence')
    .description('end a silence now')
    .argument('<silence>', 'its number', integer(1, 2_147_483_647))
    .addOption(byOption(environment))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur alerts unsilence 7 --by "Anne Keller"')
    .action(async (id: number, { by, json = false }: { readonly by: string; readonly json?: boolean }) => {
      const view = viewOf(environment);
      const ended = await withDatabase(environment, async (pool) => {
        await endSilence(pool, id, { by, now: view.now });
        return (await listSilences(pool, { endsAfter: null })).filter((one) => one.id === id);
      });
      createOutput(json).answer(ended[0], describeSilences(ended, view));
      conclude(0);
    });
}
