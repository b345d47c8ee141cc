import { fileURLToPath } from 'node:url';
import { readAlertingConfig, startAlerting } from '@veilleur/alerting';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';

/** The service in a process of its own, until somebody kills it: `node alerting-process.ts <database url> <its time>`. */
export const ALERTING_PROGRAM = fileURLToPath(import.meta.url);

async function main([databaseUrl = '', now = '']: readonly string[]): Promise<void> {
  const config = readAlertingConfig({
    DATABASE_URL: databaseUrl,
    // Small transactions, so that a kill meets the service between and inside of them.
    ALERTING_BATCH_SIZE: '7',
    ALERTING_PARTITIONS: '2',
  });
  const service = await startAlerting(config, {
    pool: connect(databaseUrl, { maximum: 12 }),
    registry: createMetrics(),
    log: createLogger('error'),
    clock: () => new Date(now),
  });
  for (;;) {
    process.stdout.write(`${JSON.stringify({ leads: service.ready() })}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

if (import.meta.main) await main(process.argv.slice(2));
