import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach } from 'vitest';
import {
  type Engine,
  findEngines,
  type LocalPostgres,
  removeLocalPostgres,
  startLocalPostgres,
} from './index.ts';

// mkdtemp makes mode 700: as root, every folder here is closed to the account that runs the server.
export const home = mkdtempSync(join(tmpdir(), 'veilleur-postgres-'));
export const engines = await findEngines();
/** The engine that npm brings; each machine that runs these tests has it. */
export const embedded = engines.find((engine) => engine.kind === 'embedded');
export const asRoot = process.getuid?.() === 0;
const running: LocalPostgres[] = [];
/** Data folders to remove at the end. */
export const folders = new Set<string>();

/** Starts a server that is stopped after the test and removed after the file. */
export async function start(
  name: string,
  options: { engine?: Engine; port?: number; log?: (line: string) => void } = {},
) {
  const dataFolder = join(home, name);
  folders.add(dataFolder);
  const server = await startLocalPostgres({
    dataFolder,
    syncInitialisation: false,
    settings: { fsync: 'off', shared_buffers: '16MB' },
    ...options,
  });
  running.push(server);
  return server;
}

/** All values of all rows, one after the other. */
export async function query(server: LocalPostgres, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  await client.end();
  return rows.flat();
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

afterAll(async () => {
  for (const folder of folders) await removeLocalPostgres(folder).catch(() => undefined);
  rmSync(home, { recursive: true, force: true });
});
