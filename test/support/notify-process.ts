import { fileURLToPath } from 'node:url';
import { readNotificationsFile, startNotifying } from '@veilleur/alerting';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';

/** Notifying in a process of its own, until somebody kills it: `node notify-process.ts <database url> <file>`. */
export const NOTIFY_PROGRAM = fileURLToPath(import.meta.url);

async function main([databaseUrl = '', file = '']: readonly string[]): Promise<void> {
  const notifications = await readNotificationsFile(file, process.env);
  await startNotifying(
    { timeZone: 'Europe/Paris', notifications, planEveryMs: 100, pollMs: 50 },
    {
      pool: connect(databaseUrl, { maximum: 6 }),
      registry: createMetrics(),
      log: createLogger('silent'),
    },
  );
}

if (import.meta.main) await main(process.argv.slice(2));
