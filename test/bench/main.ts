import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hasMosquitto } from '../support/brokers.ts';
import { measureAcknowledge } from './acknowledge-bench.ts';
import { measureBridge } from './bridge-bench.ts';
import { type ConsumptionBenchOptions, measureConsumption } from './consumption-bench.ts';
import { type DeliveryFigures, measureDelivery } from './delivery-bench.ts';
import { measureProfiles } from './profiles-bench.ts';
import { measureRules, type RulesBenchOptions } from './rules-bench.ts';
import { measureSandbox } from './sandbox-bench.ts';
import { measureSimulator } from './simulator-bench.ts';
import { measureTail } from './tail-bench.ts';
import { unmeasured } from './unmeasured.ts';

const PARTS = [
  'sandbox',
  'profiles',
  'bridge',
  'acknowledge',
  'delivery',
  'tail',
  'consumption',
  'rules',
  'simulator',
] as const;
type Part = (typeof PARTS)[number];

/** Stated goals; exit status 1 when one is missed or not measured, or something was lost. */
const GOALS = {
  sandboxDecodesPerSecond: 8000,
  /** End to end against plain COPY of the same rows. */
  copyRatio: 0.35,
  uplinksPerSecond: 10_000,
  latencyP99Ms: 250,
  /** A million devices against a thousand. */
  fleetRatio: 0.9,
  /** A hundred million measurements against few. */
  historyRatio: 0.85,
  simulatedEventsPerCpuSecond: 50_000,
  /** One point's days over a year. */
  pointYearP99Ms: 20,
  /** 5,000 points by month over a year. */
  districtMonthsMs: 300,
  /** Evaluated by a thousand rules, of which each device meets ten. */
  evaluatedUplinksPerSecond: 5000,
  /** From the commit of an uplink to that of its alert, at 500 uplinks a second. */
  alertP99Ms: 1000,
};

/** A city's points, and a year of days and months of each. */
const CONSUMPTION: ConsumptionBenchOptions = { points: 500, days: 60, known: 20_000 };

const RULES: RulesBenchOptions = { devices: 10_000, reports: 10, liveSeconds: 20 };

const whole = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number.');
  return value;
};
const wholes = (text: string) => text.split(',').filter(Boolean).map(whole);
const parts = (text: string) => {
  const unknown = text.split(',').find((name) => !PARTS.includes(name as Part));
  if (unknown !== undefined) throw new InvalidArgumentError(`expected some of ${PARTS.join(', ')}.`);
  return text.split(',') as Part[];
};

const program = new Command('bench')
  .description('what this machine does a second, and what that depends on')
  .option('--json', 'one JSON object')
  .addOption(new Option('--only <parts>', PARTS.join(', ')).argParser(parts).default([...PARTS], 'all'))
  .addOption(new Option('--seed <n>', 'of the fleet of the part bridge').argParser(whole).default(1))
  .addOption(new Option('--uplinks <n>', 'of the sustained run').argParser(whole).default(400_000))
  .addOption(
    new Option('--fleets <n,n>', 'numbers of devices to compare with 1,000')
      .argParser(wholes)
      .default([100_000]),
  )
  .addOption(
    new Option(
      '--history <n>',
      'measurements to fill a database with, some 100 bytes each, with consumption asked for beside them; 0: none',
    )
      .argParser(whole)
      .default(0),
  )
  .option('--out <file>', 'write the JSON there too')
  .addHelpText(
    'after',
    `
Examples:
  npm run bench
  npm run bench -- --only delivery --uplinks 1500000 --fleets 100000,1000000 --history 100000000 --json`,
  )
  .parse();
const options = program.opts<{
  json?: boolean;
  only: readonly Part[];
  seed: number;
  uplinks: number;
  fleets: readonly number[];
  history: number;
  out?: string;
}>();
const say = (line: string) => process.stderr.write(`${line}\n`);
const missed: string[] = unmeasured(options.only, hasMosquitto);

async function part<T>(name: Part, measure: () => Promise<T>): Promise<T | undefined> {
  if (!options.only.includes(name)) return undefined;
  say(`${name} ...`);
  return measure();
}

const sandbox = await part('sandbox', measureSandbox);
if (sandbox !== undefined && sandbox.oneCodec < GOALS.sandboxDecodesPerSecond) {
  missed.push(`sandbox: ${sandbox.oneCodec} decodes/s, not ${GOALS.sandboxDecodesPerSecond}`);
}
const profiles = await part('profiles', measureProfiles);
const bridge = await part('bridge', () => measureBridge(options.seed));
for (const { engine, lost } of bridge ?? []) if (lost !== 0) missed.push(`${engine}: ${lost} frames lost`);
const acknowledge = hasMosquitto ? await part('acknowledge', measureAcknowledge) : undefined;
const delivery = hasMosquitto
  ? await part('delivery', () => measureDelivery({ ...options, report: sayDelivery }))
  : undefined;
missed.push(...(delivery ?? []).flatMap(missedGoals));

const tail = await part('tail', measureTail);
for (const { engine, lost } of tail ?? []) if (lost !== 0) missed.push(`tail, ${engine}: ${lost} lost`);
const consumption = await part('consumption', () => measureConsumption(CONSUMPTION));
for (const { engine, pointYearP99Ms, districtMonthsMs } of consumption ?? []) {
  if (pointYearP99Ms > GOALS.pointYearP99Ms) missed.push(`${engine}: a point's year in ${pointYearP99Ms} ms`);
  if (districtMonthsMs > GOALS.districtMonthsMs)
    missed.push(`${engine}: a district's year in ${districtMonthsMs} ms`);
}
const rules = await part('rules', () => measureRules(RULES));
for (const { engine, uplinksPerSecond, alertP99Ms, missing } of rules ?? []) {
  if (missing !== 0) missed.push(`rules, ${engine}: ${missing} alerts missing`);
  if (uplinksPerSecond < GOALS.evaluatedUplinksPerSecond)
    missed.push(`rules, ${engine}: ${uplinksPerSecond} uplinks evaluated a second`);
  if (alertP99Ms > GOALS.alertP99Ms) missed.push(`rules, ${engine}: an alert after ${alertP99Ms} ms`);
}
const simulator = await part('simulator', () => measureSimulator(options.seed));
if (simulator !== undefined && simulator.eventsPerCpuSecond < GOALS.simulatedEventsPerCpuSecond) {
  missed.push(`simulator: ${simulator.eventsPerCpuSecond} events a CPU second`);
}

const report = {
  seed: options.seed,
  sandbox,
  profiles,
  bridge,
  acknowledge,
  delivery,
  tail,
  consumption,
  rules,
  simulator,
  missed,
};
process.stdout.write(`${JSON.stringify(report, null, options.json ? undefined : 2)}\n`);
if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(report, null, 2));
process.exitCode = missed.length === 0 ? 0 : 1;

function sayDelivery({ name, engine, broker, machine, batch, figures, lost }: DeliveryFigures): void {
  const told = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
  say(`  ${name}: ${told.join(', ')}; lost ${lost} (${engine}, ${broker}, batches of ${batch}, ${machine})`);
}

function missedGoals({ name, figures, lost, about }: DeliveryFigures): string[] {
  const { ratio, uplinksPerSecond = 0, p99Ms = 0, pointYearP99Ms = 0, districtMonthsMs = 0 } = figures;
  const below = (value: number | undefined, goal: number) => value === undefined || value < goal;
  const reasons = [
    lost !== 0 && `${lost} lost`,
    about === 'sustained' &&
      below(uplinksPerSecond, GOALS.uplinksPerSecond) &&
      `${uplinksPerSecond} uplinks/s`,
    about === 'copy ratio' && below(ratio, GOALS.copyRatio) && `${ratio}`,
    about === 'latency' && p99Ms > GOALS.latencyP99Ms && `p99 ${p99Ms} ms`,
    about === 'fleet' && below(ratio, GOALS.fleetRatio) && `${ratio}`,
    about === 'history' && below(ratio, GOALS.historyRatio) && `${ratio}`,
    pointYearP99Ms > GOALS.pointYearP99Ms && `a point's year in ${pointYearP99Ms} ms`,
    districtMonthsMs > GOALS.districtMonthsMs && `a district's year in ${districtMonthsMs} ms`,
  ];
  return reasons.flatMap((reason) => (reason ? [`${name}: ${reason}`] : []));
}
