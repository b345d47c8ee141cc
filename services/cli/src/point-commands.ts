import { DevEui, type Quantity, VeilleurError } from '@veilleur/domain';
import { languageOf } from '@veilleur/runtime';
import {
  addPoint,
  correctInstallation,
  findPoint,
  install,
  listPoints,
  POINT_KINDS,
  type PointKind,
  type Pool,
  pointStory,
  swapDevice,
  withdrawInstallation,
} from '@veilleur/store';
import { type Command, Option } from 'commander';
import { integer, moment, timeZone } from './arguments.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';
import {
  correctionOf,
  index,
  pulseWeight,
  quantity,
  type TermOptions,
  termsOf,
  timeOfDay,
} from './point-terms.ts';
import { describePoint, describePoints } from './point-text.ts';

interface AddOptions {
  readonly kind: PointKind;
  readonly quantity: Quantity;
  readonly name?: string;
  readonly operator?: string;
  readonly site?: string;
  readonly parent?: string;
  readonly timeZone?: string;
  readonly dayStart?: number;
}

interface WithJson {
  readonly json?: boolean;
}

/** `veilleur point ...` */
export function addPointCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const language = languageOf(environment);
  const point = program.command('point').description('metering points, and the devices that stand at them');
  const showing = async (code: string, { json }: WithJson, work: (pool: Pool) => Promise<unknown>) => {
    await withDatabase(environment, async (pool) => {
      await work(pool);
      const story = await pointStory(pool, code);
      createOutput(json ?? false).answer(story, describePoint(story, language));
    });
    conclude(0);
  };

  point
    .command('add')
    .description('add a metering point; devices that were provisioned with its code stand there at once')
    .argument('<code>', 'PRM, PCE, number of the water contract, or a name of your own')
    .addOption(new Option('--kind <kind>', 'what the code is').choices(POINT_KINDS).default('own'))
    .addOption(
      new Option('--quantity <quantity>', 'what it meters, such as water_volume')
        .argParser(quantity)
        .makeOptionMandatory(),
    )
    .option('--name <name>')
    .option('--operator <code>', 'such as enedis, grdf')
    .option('--site <code>')
    .option('--parent <code>', 'the point whose meter sees this consumption too')
    .addOption(new Option('--time-zone <zone>', "IANA; else the site's").argParser(timeZone))
    .addOption(
      new Option('--day-start <time>', 'when a local day begins (00:00; of a PCE 06:00)').argParser(
        timeOfDay,
      ),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Example:
  veilleur point add W-1042 --kind water_contract --quantity water_volume --site school`,
    )
    .action((code: string, options: AddOptions & WithJson) =>
      showing(code, options, (pool) =>
        addPoint(pool, { ...options, code, dayStartMinutes: options.dayStart }),
      ),
    );

  point
    .command('list')
    .description('metering points, in the order of their codes')
    .option('--site <code>', 'those of a site and its parts')
    .option('--after <code>', 'the last one of the page before')
    .addOption(new Option('--limit <n>').argParser(integer(1, 100_000)).default(1000))
    .option('--json', 'one JSON object')
    .action(async (options: { site?: string; after?: string; limit: number } & WithJson) => {
      await withDatabase(environment, async (pool) => {
        const points = await listPoints(pool, options);
        createOutput(options.json ?? false).answer({ points }, describePoints(points, language));
      });
      conclude(0);
    });

  point
    .command('show')
    .description('a point: what stands there, what stood there, what was believed before')
    .argument('<code>')
    .option('--json', 'one JSON object')
    .action((code: string, options: WithJson) => showing(code, options, async () => {}));

  withTerms(point.command('install'))
    .description('put a device at a point; what it has told so far becomes consumption')
    .argument('<code>')
    .requiredOption('--device <devEui>')
    .addHelpText(
      'after',
      `
Example, a pulse counter on a gas meter of 0.01 m3 a pulse:
  veilleur point install 05100000000042 --device 70b3d5e75e000001 --quantity pulse_count --channel 1 --pulse-weight 1/100`,
    )
    .action(
      (
        code: string,
        options: TermOptions & WithJson & { readonly device: string; readonly reason?: string },
      ) =>
        showing(code, options, async (pool) => {
          const { id, quantity: metered } = await findPoint(pool, code);
          const { reason = 'installed' } = options;
          await install(pool, id, termsOf(options, metered), { reason, now: new Date() });
        }),
    );

  withTerms(point.command('swap'))
    .description('another device, or another meter: one goes and one comes, at one moment')
    .argument('<code>')
    .addOption(new Option('--at <time>', 'when').argParser(moment).makeOptionMandatory())
    .option('--device <devEui>', 'the one that comes (default: the same, on another meter)')
    .addHelpText(
      'after',
      `
--end-index is what the old device told at the end, --start-index what the new one told at the start.

Example:
  veilleur point swap W-1042 --at 2026-03-10T11:00:00Z --end-index 1042.5 --device 70b3d5e75e000002 --start-index 0`,
    )
    .action(
      (code: string, options: TermOptions & WithJson & { readonly at: Date; readonly reason?: string }) =>
        showing(code, options, async (pool) => {
          const old = await standing(pool, code, options.at, options.register ?? 0);
          const { from: _, to: __, ...coming } = correctionOf(options);
          // What is not said of the new one is as it was, but for the indexes, which were the old one's.
          const fresh = { ...old, startIndex: null, meterIndex: null, meterSerial: null };
          const devEui = options.device === undefined ? old.devEui : DevEui(options.device);
          await swapDevice(
            pool,
            old.id,
            { at: options.at, endIndex: options.endIndex ?? null, next: { ...fresh, ...coming, devEui } },
            { reason: options.reason ?? 'swapped', now: new Date() },
          );
        }),
    );

  withTerms(point.command('correct'))
    .description('say what was wrong of an installation: consumption follows, the trace stays')
    .argument('<code>')
    .addOption(
      new Option('--installation <number>', 'as veilleur point show tells it')
        .argParser(integer(1, 2_147_483_647))
        .makeOptionMandatory(),
    )
    .option('--withdraw', 'the device never stood there')
    .addHelpText(
      'after',
      `
Example:
  veilleur point correct W-1042 --installation 7 --pulse-weight 1/100 --reason "a pulse is 10 L, not 100"`,
    )
    .action(
      (
        code: string,
        options: TermOptions &
          WithJson & { readonly installation: number; readonly withdraw?: boolean; readonly reason?: string },
      ) =>
        showing(code, options, async (pool) => {
          const { installations } = await pointStory(pool, code);
          if (!installations.some(({ id }) => id === options.installation)) {
            throw new VeilleurError(
              'installation_not_found',
              `${code} has no installation ${options.installation}`,
              {
                remedy: `veilleur point show ${code} lists them.`,
              },
            );
          }
          const because = { reason: options.reason ?? 'corrected', now: new Date() };
          if (options.withdraw) await withdrawInstallation(pool, options.installation, because);
          else await correctInstallation(pool, options.installation, correctionOf(options), because);
        }),
    );
}

function withTerms(command: Command): Command {
  return command
    .addOption(
      new Option('--quantity <quantity>', "what the device tells (default: the point's)").argParser(quantity),
    )
    .addOption(new Option('--channel <n>', "the device's channel").argParser(integer(0, 32_767)))
    .addOption(
      new Option('--register <n>', "which of the point's registers; 0 is the total").argParser(
        integer(0, 32_767),
      ),
    )
    .addOption(new Option('--from <time>', 'since when (default: its first reading)').argParser(moment))
    .addOption(new Option('--to <time>', 'until when').argParser(moment))
    .addOption(
      new Option('--pulse-weight <ratio>', 'units for one that the device tells: 1/100, 0.01').argParser(
        pulseWeight,
      ),
    )
    .addOption(
      new Option('--digits <n>', 'digits before the point, after which the index starts again').argParser(
        integer(1, 12),
      ),
    )
    .addOption(
      new Option('--modulus <n>', 'the count after which a counter starts again').argParser(
        integer(1, 2 ** 40),
      ),
    )
    .option('--meter <serial>', 'serial number of the meter')
    .addOption(new Option('--start-index <n>', 'what the device told when it came').argParser(index))
    .addOption(new Option('--end-index <n>', 'what the device told when it went').argParser(index))
    .addOption(new Option('--meter-index <n>', 'what the meter showed when the device came').argParser(index))
    .option('--reason <text>', 'why, for those who come after you')
    .option('--json', 'one JSON object');
}

async function standing(pool: Pool, code: string, at: Date, register: number) {
  const { installations } = await pointStory(pool, code);
  const found = installations.find(
    ({ supersededAt, channel, from, to }) =>
      supersededAt === null &&
      channel === register &&
      (from === null || from < at) &&
      (to === null || to > at),
  );
  if (found !== undefined) return found;
  throw new VeilleurError('installation_not_found', `no device stood at ${code} at ${at.toISOString()}`, {
    remedy: `veilleur point show ${code} lists what stood there; veilleur point install puts one there.`,
  });
}
