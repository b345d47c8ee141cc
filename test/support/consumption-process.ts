import { fileURLToPath } from 'node:url';
import { readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';

/** The service in a process of its own, until somebody kills it: `node consumption-process.ts <database url>`. */
export const CONSUMPTION_PROGRAM = fileURLToPath(import.meta.url);

async function main([databaseUrl = '']: readonly string[]): Promise<void> {
  const config = readConsumptionConfig({
    DATABASE_URL: databaseUrl,
    CONSUMPTION_REST_MS: '0',
    // Small transactions, so that a kill meets the service between and inside of them.
    CONSUMPTION_BATCH_SIZE: '3',
  });
  await startConsumption(config, {
    pool: connect(databaseUrl, { maximum: 12 }),
    registry: createMetrics(),
    log: createLogger('silent'),
    // Nothing is overdue: what is settled is what was told.
    clock: () => new Date('2026-03-01T00:00:00Z'),
  });
}

if (import.meta.main) await main(process.argv.slice(2));
