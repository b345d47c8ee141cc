import { type Command, InvalidArgumentError, Option } from 'commander';
import { positive } from './arguments.ts';
import type { Conclude } from './command.ts';
import { doctor } from './doctor.ts';
import { createOutput } from './output.ts';

const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

interface Options {
  readonly outage: number;
  readonly rate?: number;
  readonly listen: number;
  readonly mosquittoConf?: string;
  readonly chirpstackToml?: string;
  readonly json?: boolean;
}

/** `veilleur doctor` */
export function addDoctorCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('doctor')
    .description('look at what Veilleur runs on, and say what would lose data')
    .addOption(
      new Option('--outage <span>', 'the outage of bridge or database to survive, such as 24h')
        .argParser(spanSeconds)
        .default(86_400, '24h'),
    )
    .addOption(
      new Option('--rate <n>', 'messages a second (default: the busiest hour in the database)').argParser(
        perSecond,
      ),
    )
    .addOption(
      new Option('--listen <span>', 'how long to listen for messages at QoS 0')
        .argParser(spanSeconds)
        .default(3, '3s'),
    )
    .option('--mosquitto-conf <file>', "the broker's configuration, judged for that outage")
    .option('--chirpstack-toml <file>', "ChirpStack's configuration")
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit status 1 where something does not work or would lose data.

Examples:
  DATABASE_URL=postgres://... MQTT_URL=mqtt://... veilleur doctor
  veilleur doctor --mosquitto-conf /etc/mosquitto/mosquitto.conf --outage 3d --rate 28/s
  veilleur doctor --chirpstack-toml /etc/chirpstack/chirpstack.toml`,
    )
    .action(async (options: Options) => {
      const isWell = await doctor(
        environment,
        {
          outageS: options.outage,
          perSecond: options.rate ?? null,
          listenMs: options.listen * 1000,
          mosquittoConf: options.mosquittoConf ?? null,
          chirpStackToml: options.chirpstackToml ?? null,
          now: new Date(),
        },
        createOutput(options.json ?? false),
      );
      conclude(isWell ? 0 : 1);
    });
}

function spanSeconds(text: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const unitS = UNITS_S[unit];
  if (unitS === undefined) throw new InvalidArgumentError('expected a span such as 90s, 30m, 24h or 3d.');
  return Number(count) * unitS;
}

function perSecond(text: string): number {
  return positive(text.replace(/\/s$/, ''));
}
