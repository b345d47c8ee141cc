import { DevEui } from '@veilleur/domain';
import { ChirpStackClient } from '@veilleur/provisioning';
import { languageOf } from '@veilleur/runtime';
import { type Command, Option } from 'commander';
import { integer, moment } from './arguments.ts';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { ledger } from './ledger.ts';
import { createOutput } from './output.ts';
import { chirpStackOf } from './provision-devices.ts';

const DAY_MS = 86_400_000;

interface Options {
  readonly device?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly lnsRecord?: string;
  readonly fromChirpstack?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

/** `veilleur ledger` */
export function addLedgerCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('ledger')
    .description(
      'account for every frame counter: stored, undecoded, lost on the radio, lost after the server',
    )
    .option('--device <devEui>', 'one device, gap by gap')
    .addOption(
      new Option(
        '--since <time>',
        'frames received from here on (default: 30 days before --until)',
      ).argParser(moment),
    )
    .addOption(new Option('--until <time>', 'frames received before (default: now)').argParser(moment))
    .option('--lns-record <file>', "a recorded log of the server's events, as replay-events reads it")
    .addOption(
      new Option('--from-chirpstack', 'ask ChirpStack for its counts of each device with gaps').conflicts(
        'lnsRecord',
      ),
    )
    .addOption(new Option('--limit <n>', 'devices to show').argParser(integer(1, 1_000_000)).default(50))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A gap in the counters does not tell where a frame was lost: the server's record or its counts do. A record
is taken for whole but for its long silences, so take it at QoS 1, or from the server's own log.
Exit status 1 where a frame is known to be lost after the server.

Examples:
  veilleur ledger --since 2026-03-01T00:00:00Z
  veilleur ledger --device 70b3d5e75e000001 --lns-record events.ndjson.gz
  CHIRPSTACK_URL=... CHIRPSTACK_API_KEY=... veilleur ledger --from-chirpstack`,
    )
    .action(async (options: Options) => {
      const now = new Date();
      const until = options.until ?? now;
      const client = options.fromChirpstack ? new ChirpStackClient(chirpStackOf(environment)) : null;
      try {
        const isWell = await withDatabase(environment, (pool) =>
          ledger(
            pool,
            {
              device: options.device === undefined ? null : DevEui(options.device),
              since: options.since ?? new Date(until.getTime() - 30 * DAY_MS),
              until,
              now,
              limit: options.limit,
              lnsRecord: options.lnsRecord ?? null,
              chirpStack: client,
              language: languageOf(environment),
            },
            createOutput(options.json ?? false),
          ),
        );
        conclude(isWell ? 0 : 1);
      } finally {
        client?.close();
      }
    });
}
