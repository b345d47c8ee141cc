import { type Retirement, readBridgeConfig, retireBridge } from '@veilleur/bridge';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { type Command, Option } from 'commander';
import { positive } from './arguments.ts';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { loadAllProfiles } from './profiles.ts';

interface RetireCommandOptions {
  readonly group?: string;
  readonly quiet: number;
  readonly json?: boolean;
}

/** `veilleur bridge retire` */
export function addBridgeCommands(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  const bridge = program.command('bridge').description('the bridges that read from the broker');
  bridge
    .command('retire')
    .description('take a stopped bridge out of its group for good: store what waits for it, end its session')
    .argument('<client-id>', "the bridge's MQTT_CLIENT_ID")
    .option('--group <name>', 'the group that it was in (default: MQTT_SHARE_GROUP)')
    .addOption(
      new Option('--quiet <seconds>', 'how long nothing may come until all has come')
        .argParser(positive)
        .default(5),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A bridge that is gone keeps its share of what is new at the broker until its session expires
(MQTT_SESSION_EXPIRY_S). Stop it, then retire it. Exit status 1 where the broker knows no such session.

Example:
  DATABASE_URL=postgres://... MQTT_URL=mqtt://... veilleur bridge retire north --group veilleur`,
    )
    .action(async (clientId: string, { group, quiet, json = false }: RetireCommandOptions) => {
      const output = createOutput(json);
      const retirement = await withDatabase(environment, async (pool) => {
        const config = readBridgeConfig({
          ...environment,
          // The pool is open already, and may be that of a data folder.
          DATABASE_URL: environment.DATABASE_URL || 'postgres:',
          MQTT_CLIENT_ID: clientId,
          ...(group === undefined ? {} : { MQTT_SHARE_GROUP: group }),
        });
        const profiles = await loadAllProfiles(environment);
        const log = createLogger('warn');
        return retireBridge(config, { pool, profiles, registry: createMetrics(), log }, quiet * 1000);
      });
      output.answer(retirement, retirementText(retirement));
      conclude(retirement.found ? 0 : 1);
    });
}

function retirementText(retirement: Retirement): string {
  const { clientId, found, unsubscribed, received, stored, duplicate, quarantined } = retirement;
  if (!found) return `the broker knows no session of ${clientId}: nothing waited for it`;
  return [
    `${clientId} is retired: its session at the broker has ended`,
    `  ${received} messages waited for it: ${stored} stored, ${duplicate} duplicate, ${quarantined} quarantined`,
    unsubscribed === null
      ? '  it is unsubscribed (MQTT 3.1.1)'
      : `  it had ${unsubscribed.length} subscriptions, and has none now`,
  ].join('\n');
}
