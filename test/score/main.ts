import { FAULTS_NOT_JUDGED, type KindScore } from '@veilleur/simulators';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CityScore, cityRules, scoreCity } from './score-city.ts';

/** Stated goals, of each kind of fault. */
const GOAL = { recall: 0.95, precision: 0.95 };

const number = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0.');
  return value;
};
const numbers = (text: string) => text.split(',').map(number);

const options = new Command('score')
  .description(
    'what the shipped rules find of the hidden faults of simulated cities, and what they raise beside',
  )
  .addOption(new Option('--seed <n,n>', 'cities, one each').argParser(numbers).default([101]))
  .addOption(new Option('--days <n>', 'simulated days').argParser(number).default(45))
  .addOption(new Option('--scale <n>', '1: some 1,300 devices').argParser(number).default(1))
  .option('--missed', 'name what was missed, and what nothing explains')
  .option('--json', 'one JSON object')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run -s score -- --seed 7\n  npm run -s score -- --seed 101,102,103 --json',
  )
  .parse()
  .opts<{ seed: readonly number[]; days: number; scale: number; json?: boolean; missed?: boolean }>();

const rules = await cityRules();
const cities: (CityScore & { readonly seconds: number })[] = [];
for (const seed of options.seed) {
  const startedMs = performance.now();
  const city = await scoreCity({ seed, days: options.days, scale: options.scale }, rules);
  const seconds = (performance.now() - startedMs) / 1000;
  cities.push({ ...city, seconds });
  process.stderr.write(
    `seed ${seed}: ${city.devices} devices, ${city.deliveries} messages, ${seconds.toFixed(0)} s\n`,
  );
}
const scores = together(cities.flatMap((city) => city.scores));
const under = scores.filter(
  ({ recall, precision }) => (recall ?? 1) < GOAL.recall || (precision ?? 1) < GOAL.precision,
);
if (options.json)
  process.stdout.write(`${JSON.stringify({ cities, scores, notJudged: FAULTS_NOT_JUDGED, goal: GOAL })}\n`);
else print();
process.exitCode = under.length === 0 ? 0 : 1;

function print(): void {
  const share = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const hours = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(1));
  const rows = scores.map((one) => [
    one.kind,
    `${one.faults}`,
    `${one.found}`,
    share(one.recall),
    `${one.alerts}`,
    `${one.unexplained}`,
    share(one.precision),
    hours(one.hoursToDetection?.median),
    hours(one.hoursToDetection?.p90),
  ]);
  const head = ['fault', 'faults', 'found', 'recall', 'alerts', 'false', 'precision', 'h median', 'h p90'];
  for (const row of [head, ...rows]) {
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(10))).join(''));
  }
  for (const [kind, reason] of Object.entries(FAULTS_NOT_JUDGED))
    console.log(`not judged: ${kind}, ${reason}`);
  if (!options.missed) return;
  for (const { missed, unexplained, seed } of cities) {
    for (const { kind, subject, fromMs } of missed) {
      console.log(`missed (${seed}): ${kind} ${subject} ${new Date(fromMs).toISOString()}`);
    }
    for (const { rule, subject, openedAt } of unexplained) {
      console.log(`false (${seed}): ${rule} ${subject} ${new Date(openedAt).toISOString()}`);
    }
  }
}

/** The scores of several cities as of one; times to detection are those of the slowest city. */
function together(all: readonly KindScore[]): KindScore[] {
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, some]) => {
    const sum = (of: (score: KindScore) => number) => some.reduce((total, score) => total + of(score), 0);
    const [faults, found, alerts, unexplained] = [
      sum((one) => one.faults),
      sum((one) => one.found),
      sum((one) => one.alerts),
      sum((one) => one.unexplained),
    ];
    const times = some.flatMap(({ hoursToDetection }) => hoursToDetection ?? []);
    return {
      kind,
      faults,
      found,
      recall: faults === 0 ? null : found / faults,
      alerts,
      unexplained,
      precision: alerts === 0 ? null : 1 - unexplained / alerts,
      hoursToDetection:
        times.length === 0
          ? null
          : {
              median: Math.max(...times.map(({ median }) => median)),
              p90: Math.max(...times.map(({ p90 }) => p90)),
            },
    };
  });
}
