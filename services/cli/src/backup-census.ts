import { type Census, censusTables, countTable } from '@veilleur/store';
import type { Output } from './output.ts';

type Client = Parameters<typeof countTable>[0];

/** Counts and hashes every table within a snapshot, with its progress shown. */
export async function census(client: Client, output: Output): Promise<Census> {
  const tables = await censusTables(client);
  const progress = output.progress('tables counted', tables.length);
  const counted: Record<string, Census[string]> = {};
  try {
    for (const table of tables) {
      counted[table] = await countTable(client, table);
      progress.increment();
    }
    return counted;
  } finally {
    progress.stop();
  }
}
