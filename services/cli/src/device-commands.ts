import { DevEui, VeilleurError } from '@veilleur/domain';
import { languageOf } from '@veilleur/runtime';
import { type Command, Option } from 'commander';
import { decimal, positive } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import { loadAllProfiles } from './profiles.ts';
import {
  type DeviceDescription,
  describeProblems,
  orderFor,
  ordersOf,
  type ProvisioningOptions,
  provisionDevices,
} from './provision-devices.ts';
import { assign } from './redecode.ts';
import { watch } from './watch.ts';

/** `veilleur device ...` */
export function addDeviceCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const device = program.command('device').description('devices');

  withProvisioningOptions(
    device
      .command('add')
      .description('bring one device into ChirpStack and into Veilleur; its AppKey is read from APP_KEY')
      .option('--qr <text>', 'the text of its QR code (LoRa Alliance TR005)')
      .option('--dev-eui <hex>', '16 hexadecimal digits, where there is no QR code')
      .option('--join-eui <hex>', '16 hexadecimal digits')
      .option('--name <name>', 'what people call it (default: its DevEUI)')
      .requiredOption('--profile <id>', 'for example axioma/qalcosonic-w1')
      .requiredOption('--application <name>', 'the application in ChirpStack; made when it is not there')
      .addOption(new Option('--latitude <degrees>', 'WGS 84').argParser(decimal))
      .addOption(new Option('--longitude <degrees>', 'WGS 84').argParser(decimal))
      .option('--metering-point <id>', 'PRM, PCE, water contract ...'),
  )
    .addHelpText(
      'after',
      `
Needs CHIRPSTACK_URL and CHIRPSTACK_API_KEY (and CHIRPSTACK_TENANT_ID with a tenant's key).

Example:
  APP_KEY=... veilleur device add --qr LW:D0:... --profile axioma/qalcosonic-w1 --application eau`,
    )
    .action(async (options: DeviceDescription & Options) => {
      const appKey = environment.APP_KEY;
      if (!appKey) {
        throw new VeilleurError('app_key_missing', 'APP_KEY is not set', {
          remedy: "Put the device's AppKey into the environment: a flag could be read by every user here.",
        });
      }
      const profiles = await loadAllProfiles(environment);
      const orders = [await orderFor(options, appKey)];
      const output = createOutput(options.json ?? false);
      const done = await withDatabase(environment, (pool) =>
        provisionDevices(orders, { environment, pool, profiles, output }, settled(options)),
      );
      conclude(done ? 0 : 1);
    });

  withProvisioningOptions(
    device
      .command('import')
      .description('bring the devices of a CSV file into ChirpStack and into Veilleur; checked wholly first')
      .argument('<csv>', 'dev_eui, app_key, name, profile, application, join_eui, latitude, longitude ...')
      .option('--profile <id>', 'for lines that name none')
      .option('--application <name>', 'for lines that name none'),
  )
    .addHelpText(
      'after',
      `
Needs CHIRPSTACK_URL and CHIRPSTACK_API_KEY (and CHIRPSTACK_TENANT_ID with a tenant's key).
A run that was cut off is continued by running it again. packages/provisioning/README.md has the columns.

Example:
  veilleur device import meters.csv --application eau --dry-run`,
    )
    .action(async (file: string, options: { profile?: string; application?: string } & Options) => {
      const profiles = await loadAllProfiles(environment);
      const output = createOutput(options.json ?? false);
      const { orders, problems } = await ordersOf(file, profiles, options);
      if (problems.length > 0) {
        output.answer({ problems }, describeProblems(problems));
        return conclude(1);
      }
      const done = await withDatabase(environment, (pool) =>
        provisionDevices(orders, { environment, pool, profiles, output }, settled(options)),
      );
      conclude(done ? 0 : 1);
    });

  device
    .command('assign')
    .description('give a device a profile, whatever the network server says, and decode what it has sent')
    .argument('<devEui>', '16 hexadecimal digits')
    .argument('<profile>', 'for example axioma/qalcosonic-w1')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Example:
  veilleur device assign 70b3d5e75e000001 axioma/qalcosonic-w1`,
    )
    .action(async (devEui: string, profile: string, options: { json?: boolean }) => {
      const profiles = await loadAllProfiles(environment);
      const isComplete = await withDatabase(environment, (pool) =>
        assign(pool, profiles, DevEui(devEui), profile, createOutput(options.json ?? false)),
      );
      conclude(isComplete ? 0 : 1);
    });

  device
    .command('watch')
    .description('follow a device to its first measurement: joined, heard, decoded, in plain sentences')
    .argument('<devEui>', '16 hexadecimal digits')
    .addOption(new Option('--timeout <seconds>', 'how long to wait for it').argParser(positive).default(3600))
    .option('--json', 'one JSON object at the end')
    .addHelpText(
      'after',
      `
Example:
  veilleur device watch 70b3d5e75e000001`,
    )
    .action(async (devEui: string, options: { timeout: number; json?: boolean }) => {
      const profiles = await loadAllProfiles(environment);
      const waiting = { timeoutMs: options.timeout * 1000, language: languageOf(environment) };
      const output = createOutput(options.json ?? false);
      const isWell = await withDatabase(environment, (pool) =>
        watch(pool, profiles, DevEui(devEui), waiting, output),
      );
      conclude(isWell ? 0 : 1);
    });
}

interface Options {
  readonly dryRun?: boolean;
  readonly update?: boolean;
  readonly withCodec?: boolean;
  readonly json?: boolean;
}

function withProvisioningOptions(command: Command): Command {
  return command
    .option('--dry-run', 'say what would happen, and write nothing')
    .option('--update', 'change devices that are there with other data')
    .option('--with-codec', "put the profile's decoder into ChirpStack as well")
    .option('--json', 'one JSON object at the end');
}

function settled({ dryRun = false, update = false, withCodec = false }: Options): ProvisioningOptions {
  return { dryRun, update, withCodec };
}
