import { listNotifications, sendAgain } from '@veilleur/store';
import { type Command, Option } from 'commander';
import { LARGEST_ID, viewOf } from './alerts-commands.ts';
import { describeNotifications } from './alerts-text.ts';
import { integer } from './arguments.ts';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';

interface ListOptions {
  readonly dead?: boolean;
  readonly alert?: number;
  readonly after?: number;
  readonly limit: number;
  readonly json?: boolean;
}

/** `veilleur alerts notifications`, `resend` */
export function addNotificationCommands(
  alerts: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  alerts
    .command('notifications')
    .description('what was told to whom, what waits, and what could not be sent')
    .option('--dead', 'only what was given up')
    .addOption(new Option('--alert <alert>', 'of one alert').argParser(integer(1, LARGEST_ID)))
    .addOption(
      new Option('--after <notification>', 'the last one of the page before').argParser(
        integer(1, LARGEST_ID),
      ),
    )
    .addOption(new Option('--limit <n>').argParser(integer(1, 10_000)).default(50))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur alerts notifications --dead')
    .action(async ({ dead = false, json = false, ...query }: ListOptions) => {
      const view = viewOf(environment);
      const notifications = await withDatabase(environment, (pool) =>
        listNotifications(pool, { ...query, state: dead ? 'dead' : undefined }),
      );
      createOutput(json).answer({ notifications }, describeNotifications(notifications, view));
      conclude(0);
    });

  alerts
    .command('resend')
    .description('try again to send what was given up')
    .argument('<notification>', 'its number', integer(1, LARGEST_ID))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur alerts resend 17')
    .action(async (id: number, { json = false }: { readonly json?: boolean }) => {
      const view = viewOf(environment);
      const sent = await withDatabase(environment, async (pool) => {
        await sendAgain(pool, id, view.now);
        return listNotifications(pool, { after: id + 1, limit: 1 });
      });
      createOutput(json).answer(sent[0], describeNotifications(sent, view));
      conclude(0);
    });
}
