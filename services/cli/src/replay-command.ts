import { type Command, Option } from 'commander';
import { integer, positive } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { createOutput } from './output.ts';
import { replayEvents } from './replay-events.ts';

const DEFAULT_MQTT_URL = 'mqtt://127.0.0.1:1883';

export function addReplayCommand(program: Command, environment: Environment, conclude: Conclude): void {
  program
    .command('replay-events')
    .description('publish a recorded trace of network server events over MQTT, at QoS 1')
    .argument('<file>', '.ndjson or .ndjson.gz: an event a line, or {"topic": ..., "payload": ...}')
    .option('--mqtt <url>', 'the broker', environment.MQTT_URL || DEFAULT_MQTT_URL)
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
}

interface ReplayOptions {
  readonly mqtt: string;
  readonly speed: number;
  readonly fast?: boolean;
  readonly inFlight: number;
  readonly json?: boolean;
}
