import { writeFile } from 'node:fs/promises';
import type { Language } from '@veilleur/runtime';
import {
  type ComparisonContext,
  cityDevEui,
  createSource,
  type GeneratorResult,
  type Holdings,
  judge,
  meterCount,
  type Order,
  type RunPlan,
  type Verdict,
} from '@veilleur/simulators';
import {
  dirtyAmong,
  type HoldingsSpan,
  heldConsumption,
  heldEvents,
  heldFrames,
  heldInQuarantine,
  heldMeasurements,
  holdsFrames,
  type Pool,
  pointsAmong,
  presentOf,
  raisedAlerts,
  sessionHoldings,
} from '@veilleur/store';
import type { Output } from './output.ts';
import { settleAlerts } from './simulate-alerts.ts';
import { Interrupts } from './simulate-interrupt.ts';
import { Metering } from './simulate-metering.ts';
import { openDatabase, openPipeline, type Pipeline, type PipelineOptions } from './simulate-pipeline.ts';
import { StoredWatch } from './simulate-progress.ts';
import { publish, settle } from './simulate-publish.ts';
import { missedExpectations, type SimulationReport } from './simulate-report.ts';
import { type Screen, simulationScreen } from './simulate-screen.ts';
import { summaryOf } from './simulate-text.ts';

export interface SimulateOptions extends PipelineOptions {
  readonly plan: RunPlan;
  /** Of the network server, at the gateway level. */
  readonly gatewayUrl: string | null;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /**
   * - `run`: publish, then compare;
   * - `dry`: make everything, publish nothing;
   * - `verify`: publish nothing, and compare with what an earlier run brought into the database.
   */
  readonly mode: 'run' | 'dry' | 'verify';
  readonly hash: boolean;
  /** How much of the devices is compared value by value, 0 to 1. */
  readonly compareShare: number;
  readonly reportFile: string | null;
  readonly language: Language;
}

/** New frames and events that may be published and not yet stored: a few batches of a bridge. */
const AHEAD = 10_000;
const EVER = { since: new Date(0), until: new Date('9999-01-01T00:00:00Z') };

/**
 * Runs a simulation: generator in a process of its own, paced by what is stored; then holds what was
 * simulated against the database.
 *
 * @returns Whether all is as it was simulated, as far as it could be compared.
 */
export async function simulate(
  options: SimulateOptions,
  environment: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<boolean> {
  const { plan, language } = options;
  const screen = simulationScreen(plan, language);
  const pipeline = await pipelineFor(options, environment, screen);
  const interrupts = new Interrupts(async () => {
    screen.say(screen.words.leaving);
    await pipeline?.stop();
  });
  try {
    const report = await run(options, pipeline, screen, interrupts);
    if (options.reportFile !== null) await writeFile(options.reportFile, JSON.stringify(report, null, 2));
    output.answer(report, summaryOf(report, language));
    return (report.verdict?.isWell ?? true) && report.missed.length === 0;
  } finally {
    interrupts.stop();
    await pipeline?.stop();
  }
}

const loadOf = (plan: RunPlan) => ({
  points: plan.meteringPoints ? meterCount(plan) : 0,
  isRealTime: plan.speed === 1,
  fromMs: plan.fromMs,
});

async function pipelineFor(
  options: SimulateOptions,
  environment: Readonly<Record<string, string | undefined>>,
  screen: Screen,
): Promise<Pipeline | null> {
  switch (options.mode) {
    case 'run':
      if (options.plan.level === 'gateway') return null;
      return openPipeline(options, loadOf(options.plan), environment, (line) => screen.say(line));
    case 'verify':
      return openDatabase(options, environment, (line) => screen.say(line));
    case 'dry':
      return null;
  }
}

async function run(
  options: SimulateOptions,
  pipeline: Pipeline | null,
  screen: Screen,
  interrupts: Interrupts,
): Promise<SimulationReport> {
  const { plan, mode, hash } = options;
  for (const line of pipeline?.started ?? []) screen.say(line);
  const present = pipeline?.pool ? await presentOf(pipeline.pool) : null;
  const ours = cityDevEui(plan.seed, 'water', 0).slice(0, 10);
  const span: HoldingsSpan = {
    since: new Date(plan.fromMs),
    until: new Date(plan.untilMs),
    // In a database that was empty, whatever is there was sent by this simulation.
    devEuiPrefix: mode === 'run' && present?.hasDevices === false ? '' : ours,
  };
  const isRepetition = mode === 'run' && pipeline?.pool ? await holdsFrames(pipeline.pool, span) : false;
  if (isRepetition) screen.say(screen.words.isRepetition);
  const metering =
    mode === 'run' && pipeline?.pool && plan.meteringPoints && options.compareShare > 0
      ? await Metering.begin(pipeline.pool, plan, screen)
      : null;
  const watch = pipeline === null || mode !== 'run' ? null : await StoredWatch.begin(pipeline);
  const order: Order = {
    plan,
    target: targetOf(options, pipeline),
    // What is stored already is not stored again, and tells nothing of how far the bridge has come.
    ahead: watch === null || watch.stored === null || isRepetition ? null : AHEAD,
    hash,
  };
  const { result, latency, stored, storedSeconds } = await publish(
    order,
    watch,
    screen,
    interrupts,
    (progress, count) => pipeline?.rules?.clock.follow(progress, count),
  );
  if (pipeline !== null) await settle(pipeline, watch, result, screen, isRepetition);
  await metering?.end(screen, interrupts);
  const watched =
    pipeline?.rules && pipeline.pool && options.compareShare > 0
      ? await settleAlerts(pipeline.pool, pipeline.rules, endOf(plan, result).getTime())
      : false;
  const verdict =
    pipeline?.pool && options.compareShare > 0 && plan.level === 'lns'
      ? await compare(
          options,
          pipeline.pool,
          result,
          { span, storedSince: present?.now ?? new Date(), watched },
          screen,
        )
      : null;
  const report: Omit<SimulationReport, 'missed'> = {
    scenario: plan.name,
    seed: plan.seed,
    from: new Date(plan.fromMs),
    until: new Date(plan.untilMs),
    devices: result.knowledge.offsetMs.length,
    format: plan.format,
    isInterrupted: result.isInterrupted,
    mode,
    seconds: result.seconds,
    storedSeconds: storedSeconds(),
    emissions: result.progress.emissions,
    network: result.progress.network,
    level: plan.level,
    lost: result.knowledge.lost,
    published: result.progress.counts,
    fresh: result.progress.fresh,
    duplicates: result.knowledge.duplicates,
    repeated: result.knowledge.repeated,
    stored: stored(),
    latency: latency(),
    points: metering?.report ?? null,
    generator: { cpuSeconds: result.progress.cpuSeconds, memoryMB: result.progress.memoryMB },
    sha256: result.sha256,
    compareShare: options.compareShare,
    verdict,
  };
  return { ...report, missed: missedExpectations(report, plan.expect) };
}

function targetOf(
  { plan, mode, gatewayUrl, username, password }: SimulateOptions,
  pipeline: Pipeline | null,
): Order['target'] {
  if (mode !== 'run') return null;
  const url = plan.level === 'gateway' ? gatewayUrl : pipeline?.brokerUrl;
  return url ? { url, username, password } : null;
}

async function compare(
  { plan, compareShare }: SimulateOptions,
  pool: Pool,
  result: GeneratorResult,
  {
    span,
    storedSince,
    watched,
  }: { readonly span: HoldingsSpan; readonly storedSince: Date; readonly watched: boolean },
  screen: Screen,
): Promise<Verdict> {
  const { knowledge } = result;
  const held = { ...span, until: endOf(plan, result) };
  const { alerts, ...others } = holdingsOf(pool, held, storedSince);
  const context: ComparisonContext = {
    plan,
    source: await createSource(plan),
    knowledge,
    holdings: watched && alerts !== undefined ? { ...others, alerts } : others,
    deviceShare: compareShare,
    say: (line) => screen.say(line),
  };
  return judge(context);
}

/** Until when something of the run may be stored. */
function endOf(plan: RunPlan, { knowledge, isInterrupted }: GeneratorResult): Date {
  const afterLast = knowledge.lastAtMs + 1;
  return new Date(isInterrupted ? afterLast : Math.max(plan.untilMs, afterLast));
}

/** What the database has, for the simulator's conscience. */
export function holdingsOf(pool: Pool, span: HoldingsSpan, storedSince: Date): Holdings {
  return {
    sessions: () => sessionHoldings(pool, span),
    framesOf: (devEui) => heldFrames(pool, devEui, span),
    measurementsOf: (devEuis, quantities) => heldMeasurements(pool, devEuis, quantities, span),
    readingsOf: (devEuis, quantities) => heldMeasurements(pool, devEuis, quantities, EVER),
    pointsOf: (codes) => pointsAmong(pool, codes),
    async *consumptionOf(codes) {
      yield* await heldConsumption(pool, codes);
    },
    alerts: () => raisedAlerts(pool, span),
    unsettledPoints: (codePrefix) => dirtyAmong(pool, { codePrefix }),
    events: () => heldEvents(pool, span),
    quarantine: () => heldInQuarantine(pool, storedSince, span.devEuiPrefix),
  };
}
