import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, createTail } from '@veilleur/store';
import { leaveEffects } from './tail.ts';

/** A process of its own that consumes until somebody kills it: `node tail-consumer.ts <database url> <consumer>`. */
export const TAIL_CONSUMER_PROGRAM = fileURLToPath(import.meta.url);

async function main([databaseUrl = '', consumer = '']: readonly string[]): Promise<void> {
  const leave = leaveEffects(consumer);
  await createTail({
    pool: connect(databaseUrl),
    consumer,
    startAt: 'now',
    batchSize: 3,
    // Slow before and after its effects, so that a kill meets it at either.
    handle: async (client, changes) => {
      await delay(5);
      await leave(client, changes);
      await delay(5);
    },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
}

if (import.meta.main) await main(process.argv.slice(2));
