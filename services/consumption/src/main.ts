#!/usr/bin/env node
import { createLogger, createMetrics, runUntilSignal, serveMetrics } from '@veilleur/runtime';
import { connect, migrate } from '@veilleur/store';
import { readConsumptionConfig } from './config.ts';
import { startConsumption } from './consumption.ts';
import { readOperatorsFile } from './operators-file.ts';
import { pullJobs } from './pull-jobs.ts';

/** Runs the consumption service by itself, as often as the load needs. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConsumptionConfig(environment);
  const sources = await readOperatorsFile(config.operatorsFile, environment);
  const log = createLogger(config.logLevel);
  const registry = createMetrics();
  // A job that runs holds a connection for its lock.
  const pool = connect(config.databaseUrl, {
    maximum: 4 + 2 * (config.partitions + config.settlers) + sources.length,
  });
  await runUntilSignal(async () => {
    await using started = new AsyncDisposableStack();
    started.defer(() => pool.end());
    // First, so that a port in use is told before anything runs.
    const metrics = await serveMetrics(registry, {
      host: config.metricsHost,
      port: config.metricsPort,
      variables: 'CONSUMPTION_METRICS',
    });
    started.defer(() => metrics.stop());
    await migrate(pool);
    const jobs = pullJobs(sources, { pool, registry });
    const consumption = await startConsumption(config, { pool, registry, log, jobs });
    started.defer(() => consumption.stop());
    log.info({ event: 'consumption.start', metricsPort: metrics.port });
    const running = started.move();
    return {
      stop: async () => {
        await running.disposeAsync();
        log.info({ event: 'consumption.stop' });
      },
    };
  });
}

if (import.meta.main) await main(process.env);
