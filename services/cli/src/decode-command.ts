import { type Command, InvalidArgumentError, Option } from 'commander';
import { integer, moment } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { decode, parsePayload } from './decode.ts';
import { createOutput } from './output.ts';
import { loadAllProfiles } from './profiles.ts';

export function addDecodeCommand(program: Command, environment: Environment, conclude: Conclude): void {
  program
    .command('decode')
    .description('decode one payload with a device profile')
    .argument('<profile>', 'for example axioma/qalcosonic-w1')
    .addOption(new Option('-p, --port <fPort>', 'LoRaWAN FPort').argParser(integer(1, 255)))
    .option('-x, --hex <digits>', 'the payload in hexadecimal')
    .option('-b, --base64 <text>', 'the payload in base64')
    .addOption(
      new Option('--received <time>', 'when the network server received it (default: now)').argParser(moment),
    )
    .addOption(
      new Option(
        '--variable <name=value>',
        'what a tag of the device would say; again for another one',
      ).argParser(variableOf(environment)),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A variable without =value is read from the environment variable of that name, so that a key is not in the
history of the shell.

Examples:
  veilleur decode adeunis/pulse --port 1 --hex 46800000009f00000002
  veilleur decode adeunis/pulse --port 1 --hex 5a20000001270001000200030004 --variable historyPeriod_s=3600
  read -rs aesKey && export aesKey && veilleur decode oms/wmbus-telegram --port 1 --hex 6e44... --variable aesKey`,
    )
    .action(async (profile: string, options: DecodeOptions) => {
      const decoded = await decode(
        await loadAllProfiles(environment),
        {
          profile,
          port: options.port ?? null,
          payload: parsePayload(options),
          receivedAt: options.received ?? new Date(),
          variables: options.variable ?? {},
        },
        createOutput(options.json ?? false),
      );
      conclude(decoded ? 0 : 1);
    });
}

function variableOf(environment: Environment) {
  return (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const [name = '', ...rest] = text.split('=');
    if (name === '') throw new InvalidArgumentError('expected a variable such as utcOffset_min=60.');
    const value = rest.length === 0 ? environment[name] : rest.join('=');
    if (value === undefined) {
      throw new InvalidArgumentError(`no environment variable has this name; or write ${name}=<value>.`);
    }
    return { ...before, [name]: value };
  };
}

interface DecodeOptions {
  readonly port?: number;
  readonly hex?: string;
  readonly base64?: string;
  readonly received?: Date;
  readonly variable?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}
