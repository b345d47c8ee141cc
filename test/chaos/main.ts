import { describeEngine, type Engine } from '@veilleur/local-postgres';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hasMosquitto } from '../support/brokers.ts';
import { enginesToTest } from '../support/database-engines.ts';
import { runChaos, threwAway } from './chaos.ts';
import { isClean } from './compare.ts';
import { OUTAGES, type OutageKind, runOutage } from './outage.ts';

/** Ctrl-C ends the run at the end of the cycle, with everything that it started. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const ENGINES = ['timescaledb', 'embedded', 'each'] as const;

const say = (line: string) => process.stderr.write(`${line}\n`);
const answer = (report: unknown, json: boolean | undefined) =>
  process.stdout.write(`${JSON.stringify(report, null, json ? undefined : 2)}\n`);

const positive = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
};
const whole = (text: string) => {
  const value = positive(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is expected');
  return value;
};
const engineOption = new Option('--engine <engine>', 'database').choices(ENGINES).default('timescaledb');

/** @throws When this machine lacks what was asked for: a run that proves nothing must not look green. */
async function enginesOf(choice: (typeof ENGINES)[number]): Promise<Engine[]> {
  if (!hasMosquitto) throw new Error('there is no Mosquitto here: apt-get install mosquitto');
  const engines = (await enginesToTest()).filter(
    ({ timescaledbVersion }) =>
      choice === 'each' || (choice === 'embedded') === (timescaledbVersion === null),
  );
  if (engines.length === 0) throw new Error(`no ${choice} here: bash infra/timescaledb/install.sh`);
  return engines;
}

const program = new Command('chaos').description(
  'kills, cuts, fills and stops what runs, under load, then compares everything in the database with what was sent',
);

program
  .command('run', { isDefault: true })
  .description('faults in seeded random order')
  .addOption(new Option('--cycles <n>', 'how often').argParser(whole).default(20))
  .addOption(
    new Option('--seed <n>', 'repeats the faults of a run; drawn and printed when not given').argParser(
      whole,
    ),
  )
  .addOption(new Option('--rate <n>', 'things that happen a second').argParser(positive).default(300))
  .addOption(
    new Option('--bridges <n>', 'more than one share a group; one has none').argParser(whole).default(2),
  )
  .addOption(engineOption)
  .option('--json', 'one JSON object')
  .addHelpText('after', '\nExample:\n  npm run chaos -- --cycles 100 --seed 7 --json')
  .action(
    async (options: {
      cycles: number;
      seed?: number;
      rate: number;
      bridges: number;
      engine: (typeof ENGINES)[number];
      json?: boolean;
    }) => {
      const { cycles, rate, bridges, seed = 1 + Math.floor(Math.random() * 999_999) } = options;
      const reports = [];
      for (const engine of await enginesOf(options.engine)) {
        say(
          `chaos: seed ${seed}, ${cycles} cycles at ${rate}/s, ${bridges} bridges, Mosquitto, ${describeEngine(engine)}`,
        );
        reports.push(
          await runChaos({ engine, cycles, seed, perSecond: rate, bridges, say, signal: interrupted.signal }),
        );
      }
      answer(reports.length === 1 ? reports[0] : reports, options.json);
      const clean = reports.every(
        (report) => isClean(report) && report.conservationBroken.length === 0 && !threwAway(report),
      );
      process.exitCode = clean ? 0 : 1;
    },
  );

program
  .command('outage')
  .description('a part is away for minutes, comes back, and the backlog drains')
  .addOption(new Option('--part <part>', 'what is away').choices([...OUTAGES, 'each']).default('each'))
  .addOption(new Option('--minutes <n>', 'for how long').argParser(positive).default(1))
  .addOption(new Option('--rate <n>', 'uplinks a second').argParser(positive).default(500))
  .addOption(new Option('--seed <n>', 'of what is sent').argParser(whole).default(1))
  .addOption(engineOption)
  .option('--json', 'one JSON object')
  .addHelpText('after', '\nExample:\n  npm run chaos -- outage --part database --minutes 10 --rate 500')
  .action(
    async (options: {
      part: OutageKind | 'each';
      minutes: number;
      rate: number;
      seed: number;
      engine: (typeof ENGINES)[number];
      json?: boolean;
    }) => {
      const { part, minutes, rate, seed } = options;
      const reports = [];
      for (const engine of await enginesOf(options.engine)) {
        for (const away of part === 'each' ? OUTAGES : [part]) {
          say(`outage: ${away} away for ${minutes} min at ${rate}/s, ${describeEngine(engine)}`);
          reports.push(
            await runOutage({
              engine,
              away,
              minutes,
              perSecond: rate,
              seed,
              say,
              signal: interrupted.signal,
            }),
          );
        }
      }
      answer(reports.length === 1 ? reports[0] : reports, options.json);
      process.exitCode = reports.every((report) => isClean(report) && report.goalMet) ? 0 : 1;
    },
  );

await program.parseAsync();
