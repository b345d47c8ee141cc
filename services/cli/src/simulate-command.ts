import { resolve } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import { languageOf } from '@veilleur/runtime';
import type { DeviceScale, Speed } from '@veilleur/simulators';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { integer, moment, positive } from './arguments.ts';
import type { Conclude } from './command.ts';
import { createOutput } from './output.ts';

const LEVELS = ['lns', 'gateway'] as const;
const FORMATS = ['chirpstack-json', 'chirpstack-protobuf', 'tts', 'mixed'] as const;

interface Options {
  readonly seed?: number;
  readonly devices?: DeviceScale;
  readonly speed?: Speed;
  readonly days?: number;
  readonly from?: Date;
  readonly level?: (typeof LEVELS)[number];
  readonly format?: (typeof FORMATS)[number];
  readonly mqttUrl?: string;
  readonly databaseUrl?: string;
  readonly gatewayUrl?: string;
  readonly bridge?: boolean;
  readonly data?: string;
  readonly keys?: boolean;
  readonly points: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly hash?: boolean;
  readonly compare: number;
  readonly report?: string;
  readonly json?: boolean;
}

/** `veilleur simulate` */
export function addSimulateCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('simulate')
    .description('run a simulated city through the pipeline, and prove that nothing was lost or changed')
    .argument('<scenario>', 'a shipped scenario (demo, mulhouse ...), a .yaml file, `list` or `schema`')
    .addOption(
      new Option('--seed <n>', 'another seed is another city').argParser(integer(0, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option('--devices <n|share>', 'so many devices in all, or a share such as 2%').argParser(
        deviceScale,
      ),
    )
    .addOption(
      new Option(
        '--speed <speed>',
        'real, 60x (an hour a minute) or max (as fast as the pipeline)',
      ).argParser(speed),
    )
    .addOption(new Option('--days <n>', 'simulated days').argParser(positive))
    .addOption(new Option('--from <time>', 'when the simulated time begins').argParser(moment))
    .addOption(
      new Option('--level <level>', 'events of a network server, or frames of gateways').choices(LEVELS),
    )
    .addOption(new Option('--format <format>', "the network server's").choices(FORMATS))
    .option('--mqtt-url <url>', 'a broker (default: MQTT_URL, else one is started, with a bridge)')
    .option('--database-url <url>', 'the database behind it (default: DATABASE_URL)')
    .option('--gateway-url <url>', 'at the gateway level: udp://server:1700 or mqtt://broker:1883')
    .option('--bridge', 'run a bridge in this process for the broker that is named')
    .option(
      '--data <folder>',
      'keep the started database there (default: it is removed afterwards); with --verify, compare with it',
    )
    .option('--no-points', "leave out the city's metering points, and with them consumption")
    .option('--keys', 'the devices and their keys as CSV, for `veilleur device import`')
    .option('--dry-run', 'make everything, publish nothing: how fast this machine generates')
    .option('--verify', 'publish nothing, and compare the database with what an earlier run published')
    .option('--hash', 'SHA-256 over all messages: the same seed gives the same')
    .addOption(
      new Option('--compare <share>', 'devices whose values are compared one by one; 0: nothing is compared')
        .argParser(share)
        .default(1, '100%'),
    )
    .option('--report <file>', 'write the JSON report there')
    .option('--json', 'the report on standard output, as JSON')
    .addHelpText(
      'after',
      `
The city's metering points are made known first. Afterwards what was simulated is held against the database:
every frame once, every index as the meter showed it, consumption as the meters counted it. Exit status 1
where anything differs.

Examples:
  veilleur simulate demo                                       everything is started, and removed again
  veilleur simulate mulhouse --devices 2% --data /tmp/city     30 days of a fiftieth of the city; kept
  veilleur simulate my-city.yaml --speed 60x --mqtt-url mqtt://broker:1883 --database-url postgres://...
  veilleur simulate mulhouse --days 1 --dry-run --hash         generation alone
  veilleur simulate demo --level gateway --speed real --gateway-url udp://chirpstack:1700
  veilleur simulate demo --keys > devices.csv                  what that server has to know (device import)
  veilleur simulate list
  veilleur simulate schema > scenario.schema.json              for editors`,
    )
    .action(async (scenario: string, options: Options) => {
      const { deviceLines, loadScenario, planRun, scenarioJsonSchema, shippedScenarios } = await import(
        '@veilleur/simulators'
      );
      const language = languageOf(environment);
      const output = createOutput(options.json ?? false);
      if (scenario === 'schema') {
        process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
        return conclude(0);
      }
      if (scenario === 'list') {
        const all = await shippedScenarios();
        output.answer(
          all.map(({ name, description }) => ({ name, description })),
          all.map(({ name, description }) => `  ${name.padEnd(16)}${description[language]}`).join('\n'),
        );
        return conclude(0);
      }
      if (options.keys === true) {
        const plan = planRun(await loadScenario(scenario), { ...options, level: 'lns' }, new Date());
        for await (const line of deviceLines(plan)) process.stdout.write(`${line}\n`);
        return conclude(0);
      }
      // Commander says true where nothing was said: then the scenario decides.
      const meteringPoints = options.points ? undefined : false;
      const plan = planRun(await loadScenario(scenario), { ...options, meteringPoints }, new Date());
      if (plan.level === 'gateway' && options.gatewayUrl === undefined && !options.dryRun) {
        throw new VeilleurError('gateway_url_missing', 'at the gateway level a network server is needed', {
          remedy: 'Name it: --gateway-url udp://server:1700 or --gateway-url mqtt://broker:1883.',
        });
      }
      const { simulate } = await import('./simulate.ts');
      const isWell = await simulate(
        {
          plan,
          mqttUrl: options.mqttUrl ?? (environment.MQTT_URL || null),
          databaseUrl: options.databaseUrl ?? (environment.DATABASE_URL || null),
          gatewayUrl: options.gatewayUrl ?? null,
          username: environment.MQTT_USERNAME || undefined,
          password: environment.MQTT_PASSWORD || undefined,
          withBridge: options.bridge ?? false,
          dataFolder: options.data === undefined ? null : resolve(options.data),
          mode: options.verify ? 'verify' : options.dryRun ? 'dry' : 'run',
          hash: options.hash ?? false,
          compareShare: options.compare,
          reportFile: options.report === undefined ? null : resolve(options.report),
          language,
        },
        environment,
        output,
      );
      conclude(isWell ? 0 : 1);
    });
}

function deviceScale(text: string): DeviceScale {
  const value = Number(text.replace('%', ''));
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of devices, or a share such as 2%.');
  return text.endsWith('%') ? { share: value / 100 } : { total: value };
}

function speed(text: string): Speed {
  if (text === 'max') return 'max';
  if (text === 'real') return 1;
  const value = Number(text.replace(/x$/, ''));
  if (!(value > 0)) throw new InvalidArgumentError('expected real, max, or a factor such as 60x.');
  return value;
}

function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a share such as 5% or 0.05.');
  return value;
}
