#!/usr/bin/env node
import { createLogger, createMetrics, runUntilSignal, serveMetrics } from '@veilleur/runtime';
import { connect, migrate } from '@veilleur/store';
import { startAlerting } from './alerting.ts';
import { readAlertingConfig } from './config.ts';
import { readNotificationsFile } from './notify/index.ts';

/** Runs the alerting service by itself; a second one stands by, and takes over. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readAlertingConfig(environment);
  const notifications = await readNotificationsFile(config.notificationsFile, environment);
  const log = createLogger(config.logLevel);
  const registry = createMetrics();
  // Each partition that is led holds a connection for its lock, and so does whoever plans notifications.
  const pool = connect(config.databaseUrl, { maximum: 6 + 3 * config.partitions });
  await runUntilSignal(async () => {
    await using started = new AsyncDisposableStack();
    started.defer(() => pool.end());
    // First, so that a port in use is told before anything runs.
    const metrics = await serveMetrics(registry, {
      host: config.metricsHost,
      port: config.metricsPort,
      variables: 'ALERTING_METRICS',
    });
    started.defer(() => metrics.stop());
    await migrate(pool);
    const alerting = await startAlerting(config, { pool, registry, log, notifications });
    started.defer(() => alerting.stop());
    log.info({ event: 'alerting.start', metricsPort: metrics.port });
    const running = started.move();
    return {
      stop: async () => {
        await running.disposeAsync();
        log.info({ event: 'alerting.stop' });
      },
    };
  });
}

if (import.meta.main) await main(process.env);
