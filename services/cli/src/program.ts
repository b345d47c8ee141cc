import { Command, Option } from 'commander';
import { addAlertCommands } from './alerts-commands.ts';
import { integer, moment, positive } from './arguments.ts';
import { addBackupCommands } from './backup-commands.ts';
import { addBalanceCommand } from './balance-command.ts';
import { addBridgeCommands } from './bridge-commands.ts';
import { addConsumptionCommand } from './consumption-command.ts';
import { addDataModelCommand } from './data-model-command.ts';
import { withDatabase } from './database.ts';
import { decode, parsePayload } from './decode.ts';
import { addDeviceCommands } from './device-commands.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addGrafanaCommands } from './grafana-command.ts';
import { addImportCommand } from './import-command.ts';
import { addJobsCommand } from './jobs-command.ts';
import { addKeyCommands } from './key-commands.ts';
import { addLedgerCommand } from './ledger-command.ts';
import { createOutput } from './output.ts';
import { addPointCommands } from './point-commands.ts';
import { addProfileCommands } from './profile-commands.ts';
import { loadAllProfiles } from './profiles.ts';
import { redecode } from './redecode.ts';
import { addReferenceCommands } from './reference-commands.ts';
import { replayEvents } from './replay-events.ts';
import { addRetentionCommand } from './retention-command.ts';
import { addRulesCommands } from './rules-commands.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { addSiteCommands } from './site-commands.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PARTS = ['all', 'bridge', 'consumption', 'alerting', 'api'] as const;
const DEFAULT_MQTT_URL = 'mqtt://127.0.0.1:1883';

/** The `veilleur` command. `conclude` is told the exit status: 0, or 1 where the answer is no. */
export function createProgram(environment: Environment, conclude: (status: number) => void): Command {
  const program = new Command('veilleur')
    .description("Telemetry of a city's LoRaWAN streetlights and meters.")
    // The options of `import` are not those of `import pull`.
    .enablePositionalOptions()
    .showHelpAfterError('(veilleur --help shows the commands)')
    .exitOverride();

  program
    .command('start')
    .description('run everything in one process, or one part by itself')
    .addArgument(program.createArgument('[part]', 'what to run').choices(PARTS).default('all'))
    .addOption(new Option('--http-port <port>', 'HTTP port (default 8080)').argParser(integer(0, 65_535)))
    .addOption(
      new Option('--mqtt-port <port>', 'port of the embedded broker (default 1883)').argParser(
        integer(0, 65_535),
      ),
    )
    .option('--data <folder>', 'where the embedded database keeps its data (default ./data)')
    .option('--no-demo', 'without the demo fleet')
    .addHelpText(
      'after',
      `
Examples:
  veilleur start                                   a first look, with a demo fleet
  veilleur start --http-port 9080 --no-demo        another port, no demo
  DATABASE_URL=postgres://... MQTT_URL=mqtt://... veilleur start bridge

Every setting is an environment variable too: docs/configuration.md`,
    )
    .action(async (part: (typeof PARTS)[number], options: StartOptions) => {
      const settings = { ...environment, ...settingsOf(options) };
      // Loaded when asked for: `veilleur decode` needs no broker and no web server.
      switch (part) {
        case 'all':
          return conclude(await (await import('@veilleur/stack')).main(settings));
        case 'bridge':
          return (await import('@veilleur/bridge')).main(settings);
        case 'consumption':
          return (await import('@veilleur/consumption')).main(settings);
        case 'alerting':
          return (await import('@veilleur/alerting')).main(settings);
        case 'api':
          return (await import('@veilleur/api')).main(settings);
      }
    });

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

  addProfileCommands(program, conclude);

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
Examples:
  veilleur redecode --profile axioma/qalcosonic-w1 --since 2026-01-01T00:00:00Z
  veilleur redecode --profile axioma/qalcosonic-w1 --since 2026-01-01T00:00:00Z --apply`,
    )
    .action(async (options: RedecodeOptions) => {
      const { profile, since, until = new Date(), apply = false, json = false } = options;
      const profiles = await loadAllProfiles(environment);
      await withDatabase(environment, (pool) =>
        redecode(pool, profiles, { profile, since, until, apply }, createOutput(json)),
      );
      conclude(0);
    });

  addDeviceCommands(program, environment, conclude);
  addPointCommands(program, environment, conclude);
  addSiteCommands(program, environment, conclude);
  addReferenceCommands(program, environment, conclude);
  addImportCommand(program, environment, conclude);
  addJobsCommand(program, environment, conclude);
  addConsumptionCommand(program, environment, conclude);
  addBalanceCommand(program, environment, conclude);
  addRulesCommands(program, environment, conclude);
  addAlertCommands(program, environment, conclude);
  addKeyCommands(program, environment, conclude);
  addLedgerCommand(program, environment, conclude);
  addSimulateCommand(program, environment, conclude);

  addDoctorCommand(program, environment, conclude);
  addGrafanaCommands(program, environment, conclude);
  addBridgeCommands(program, environment, conclude);
  addBackupCommands(program, environment, conclude);
  addRetentionCommand(program, environment, conclude);
  addDataModelCommand(program, environment, conclude);

  program
    .command('replay-events')
    .description('publish a recorded trace of network server events over MQTT, at QoS 1')
    .argument('<file>', '.ndjson or .ndjson.gz: an event a line, or {"topic": ..., "payload": ...}')
    .option('--mqtt <url>', 'the broker', environment.MQTT_URL ?? DEFAULT_MQTT_URL)
    .addOption(
      new Option('--speed <factor>', 'pace of the recording times this').argParser(positive).default(1),
    )
    .addOption(new Option('--fast', 'as fast as the broker takes it').conflicts('speed'))
    .addOption(
      new Option('--in-flight <n>', 'messages on their way at once')
        .argParser(integer(1, 65_535))
        .default(500),
    )
    .option('--json', 'one JSON object at the end')
    .addHelpText(
      'after',
      `
Examples:
  veilleur replay-events trace.ndjson.gz --fast
  veilleur replay-events trace.ndjson --speed 60    an hour a minute`,
    )
    .action(async (file: string, options: ReplayOptions) => {
      const output = createOutput(options.json ?? false);
      const report = await replayEvents(
        file,
        { mqttUrl: options.mqtt, speed: options.fast ? null : options.speed, inFlight: options.inFlight },
        output,
      );
      output.answer(
        report,
        `${report.events} events published in ${report.seconds.toFixed(1)} s, ${report.eventsPerSecond} a second`,
      );
      conclude(0);
    });

  return program;
}

interface StartOptions {
  readonly httpPort?: number;
  readonly mqttPort?: number;
  readonly data?: string;
  readonly demo: boolean;
}

interface DecodeOptions {
  readonly port?: number;
  readonly hex?: string;
  readonly base64?: string;
  readonly received?: Date;
  readonly json?: boolean;
}

interface RedecodeOptions {
  readonly profile: string;
  readonly since: Date;
  readonly until?: Date;
  readonly apply?: boolean;
  readonly json?: boolean;
}

interface ReplayOptions {
  readonly mqtt: string;
  readonly speed: number;
  readonly fast?: boolean;
  readonly inFlight: number;
  readonly json?: boolean;
}

/** Options are the environment's variables under another name, and win over them. */
function settingsOf({ httpPort, mqttPort, data, demo }: StartOptions): Record<string, string> {
  return {
    ...(httpPort === undefined ? {} : { HTTP_PORT: String(httpPort) }),
    ...(mqttPort === undefined ? {} : { MQTT_PORT: String(mqttPort) }),
    ...(data === undefined ? {} : { DATA_FOLDER: data }),
    ...(demo ? {} : { DEMO: 'false' }),
  };
}
