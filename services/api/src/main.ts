#!/usr/bin/env node
import { createLogger, createMetrics, runUntilSignal } from '@veilleur/runtime';
import { connect, migrate } from '@veilleur/store';
import { startApi } from './api.ts';
import { readApiConfig } from './config.ts';

/** Runs the API by itself. */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readApiConfig(environment);
  const log = createLogger(config.logLevel);
  const pool = connect(config.databaseUrl);
  await runUntilSignal(async () => {
    await migrate(pool);
    const api = await startApi(config, { pool, registry: createMetrics(), log });
    log.info({ event: 'api.start', url: api.url });
    return {
      stop: async () => {
        await api.stop();
        await pool.end();
        log.info({ event: 'api.stop' });
      },
    };
  });
}

if (import.meta.main) await main(process.env);
