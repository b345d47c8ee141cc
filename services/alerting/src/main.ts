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
    await migrate(pool);
    const alerting = await startAlerting(config, { pool, registry, log, notifications });
    const metrics = await serveMetrics(registry, { host: config.metricsHost, port: config.metricsPort });
    log.info({ event: 'alerting.start', metricsPort: metrics.port });
    return {
      stop: async () => {
        await alerting.stop();
        await metrics.stop();
        await pool.end();
        log.info({ event: 'alerting.stop' });
      },
    };
  });
}

if (import.meta.main) await main(process.env);
