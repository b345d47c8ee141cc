import { type Command, Option } from 'commander';
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
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Example:
  veilleur decode adeunis/pulse --port 1 --hex 46800000009f00000002`,
    )
    .action(async (profile: string, options: DecodeOptions) => {
      const decoded = await decode(
        await loadAllProfiles(environment),
        {
          profile,
          port: options.port ?? null,
          payload: parsePayload(options),
          receivedAt: options.received ?? new Date(),
        },
        createOutput(options.json ?? false),
      );
      conclude(decoded ? 0 : 1);
    });
}

interface DecodeOptions {
  readonly port?: number;
  readonly hex?: string;
  readonly base64?: string;
  readonly received?: Date;
  readonly json?: boolean;
}
