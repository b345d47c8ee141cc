import type { Quantity } from '@veilleur/domain';
import { isFrenchHoliday } from '@veilleur/metering';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import { type Pool, readQuantityIds, rulesRevision } from '@veilleur/store';
import type { AlertingConfig } from './config.ts';
import { lead } from './leader.ts';
import { createAlertingMetrics } from './metrics.ts';
import { type Notifications, startNotifying } from './notify/index.ts';
import { type RunningPartition, runPartition } from './partition.ts';
import { followRules, loadRulesFile } from './rules-source.ts';
import { watchSites } from './sites/watch-sites.ts';

export interface AlertingDependencies {
  readonly pool: Pool;
  readonly registry: Registry;
  readonly log: Logger;
  /** When silence is evidence depends on the hour: a test gives its own. */
  readonly clock?: () => Date;
  /** Whom alerts reach; left out: nobody here groups them, or tells anybody. */
  readonly notifications?: Notifications;
}

export interface AlertingService extends Running {
  /** Partitions that this process leads, and whose devices it has read. */
  ready(): readonly number[];
  /** Up to when all timers of all partitions have run, ms; minus infinite: another process leads one of them. */
  evaluatedTo(): number;
  /** Looks now whether the rules in force are others. */
  lookAtRules(): Promise<void>;
}

/** A sample, its place in a tape and its share of what holds it. */
const SAMPLE_BYTES = 24;

/**
 * Measurements meet the rules in force: what comes of it is alerts, each change of one in the transaction that
 * moves the tail's checkpoint. Start it as often as you like: each partition is led by one process.
 *
 * @throws VeilleurError where the rules file cannot be used.
 */
export async function startAlerting(
  config: AlertingConfig,
  { pool, registry, log, clock = () => new Date(), notifications }: AlertingDependencies,
): Promise<AlertingService> {
  const { rulesFile: file, rulesFileOnce } = config;
  if (file !== null && !(rulesFileOnce && (await rulesRevision(pool)) > 0)) {
    const origin = rulesFileOnce ? 'shipped' : 'file';
    const put = await loadRulesFile(pool, file, { now: clock(), origin });
    log.info({ event: 'alerting.rules.load', file, ...put });
  }
  const quantityIds = await readQuantityIds(pool);
  const quantityNames = new Map(Array.from(quantityIds, ([name, id]) => [id, name as Quantity]));
  const led = new Map<number, RunningPartition>();
  const metrics = createAlertingMetrics(registry, pool, () =>
    Array.from(led, ([partition, { engine }]) => [partition, engine] as const),
  );
  await using started = new AsyncDisposableStack();
  const isHoliday = isFrenchHoliday({ alsaceMoselle: config.holidays === 'alsace-moselle' });
  const rules = await followRules({
    pool,
    log,
    isHoliday,
    everyMs: config.rulesEveryMs,
  });
  started.defer(() => rules.stop());
  for (let partition = 0; partition < config.partitions; partition += 1) {
    const leader = lead(
      async () => {
        const running = await runPartition({
          pool,
          partition,
          partitions: config.partitions,
          timeZone: config.timeZone,
          quantityIds,
          quantityNames,
          rules: rules.current(),
          currentRules: () => rules.current(),
          capacity: (config.cacheMB * 1e6) / config.partitions / SAMPLE_BYTES,
          batchSize: config.batchSize,
          attributesEveryMs: config.attributesEveryMs,
          clock,
          onWritten: metrics.written,
          log,
        });
        led.set(partition, running);
        return {
          stop: async () => {
            led.delete(partition);
            await running.stop();
          },
        };
      },
      { pool, name: `alerting.${partition}`, log },
    );
    started.defer(() => leader.stop());
  }
  const sites = watchSites({
    pool,
    currentRules: () => rules.current(),
    timeZone: config.timeZone,
    clock,
    onWritten: metrics.written,
    log,
  });
  started.defer(() => sites.stop());
  if (notifications !== undefined) {
    const { timeZone } = config;
    const notifying = await startNotifying({ timeZone, notifications }, { pool, log, registry, clock });
    started.defer(() => notifying.stop());
  }
  const running = started.move();
  return {
    ready: () => [...led].filter(([, { engine }]) => engine.figures.isWarm).map(([partition]) => partition),
    evaluatedTo: () =>
      led.size < config.partitions
        ? Number.NEGATIVE_INFINITY
        : Math.min(...Array.from(led.values(), ({ engine }) => engine.evaluatedTo)),
    lookAtRules: () => rules.look(),
    stop: () => running.disposeAsync(),
  };
}
