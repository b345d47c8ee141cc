import { type Command, Option } from 'commander';
import { integer } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';

const PARTS = ['all', 'bridge', 'consumption', 'alerting', 'api'] as const;

export function addStartCommand(program: Command, environment: Environment, conclude: Conclude): void {
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
}

interface StartOptions {
  readonly httpPort?: number;
  readonly mqttPort?: number;
  readonly data?: string;
  readonly demo: boolean;
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
