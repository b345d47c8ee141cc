#!/usr/bin/env node
import { loadProfiles } from '@veilleur/codec';
import { createLogger, createMetrics, runUntilSignal, serveMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';
import { startBridge } from './bridge.ts';
import { readBridgeConfig } from './config.ts';

/** Runs a bridge by itself, as often as the load needs, against any broker and database. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readBridgeConfig(environment);
  const log = createLogger(config.logLevel);
  const registry = createMetrics();
  const pool = connect(config.databaseUrl);
  await runUntilSignal(async () => {
    await using started = new AsyncDisposableStack();
    started.defer(() => pool.end());
    // First, so that a port in use is told before anything runs.
    const metrics = await serveMetrics(registry, {
      host: config.metricsHost,
      port: config.metricsPort,
      variables: 'BRIDGE_METRICS',
    });
    started.defer(() => metrics.stop());
    const profiles = await loadProfiles(config.profilesFolder);
    const bridge = await startBridge(config, { pool, profiles, registry, log });
    started.defer(() => bridge.stop());
    log.info({ event: 'bridge.start', broker: config.mqtt.url.host, metricsPort: metrics.port });
    const running = started.move();
    return {
      stop: async () => {
        await running.disposeAsync();
        log.info({ event: 'bridge.stop' });
      },
    };
  });
}

if (import.meta.main) await main(process.env);
