import { type Command, Option } from 'commander';
import { moment } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { loadAllProfiles } from './profiles.ts';
import { redecode } from './redecode.ts';

export function addRedecodeCommand(program: Command, environment: Environment, conclude: Conclude): void {
  program
    .command('redecode')
    .description('decode stored frames with the present version of a profile, and show what differs')
    .requiredOption('--profile <id>', 'for example axioma/qalcosonic-w1')
    .addOption(
      new Option('--since <time>', 'frames received from here on')
        .argParser(moment)
        .default(new Date(0), 'the first'),
    )
    .addOption(new Option('--until <time>', 'frames received before').argParser(moment))
    .option('--apply', 'write the difference')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Frames that another profile has decoded are left alone (veilleur device assign takes them too). Exit status 1
where the decoder was stopped on a frame for its time or memory: such a frame keeps what it told.

Examples:
  veilleur redecode --profile axioma/qalcosonic-w1 --since 2026-01-01T00:00:00Z
  veilleur redecode --profile axioma/qalcosonic-w1 --since 2026-01-01T00:00:00Z --apply`,
    )
    .action(async (options: RedecodeOptions) => {
      const { profile, since, until = new Date(), apply = false, json = false } = options;
      const profiles = await loadAllProfiles(environment);
      const isComplete = await withDatabase(environment, (pool) =>
        redecode(pool, profiles, { profile, since, until, apply }, createOutput(json)),
      );
      conclude(isComplete ? 0 : 1);
    });
}

interface RedecodeOptions {
  readonly profile: string;
  readonly since: Date;
  readonly until?: Date;
  readonly apply?: boolean;
  readonly json?: boolean;
}
