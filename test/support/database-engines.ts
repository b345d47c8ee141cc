import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeEngine,
  type Engine,
  findEngines,
  type LocalPostgres,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { connect, databaseFacts, migrate } from '@veilleur/store';
import type { TestProject } from 'vitest/node';

/** A server that runs for the whole test run, with a migrated database to clone. */
export interface EngineUnderTest {
  readonly name: string;
  readonly url: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    engines: readonly EngineUnderTest[];
  }
}

export const TEMPLATE_DATABASE = 'template_migrated';

/** Embedded PostgreSQL, and the best TimescaleDB of this machine. */
export async function enginesToTest(): Promise<Engine[]> {
  const found = await findEngines();
  return [
    ...found.filter((engine) => engine.timescaledbVersion === null).slice(0, 1),
    ...found.filter((engine) => engine.timescaledbVersion !== null).slice(0, 1),
  ];
}

/** vitest's global set-up: starts each engine once, says which ones run, stops them at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engines = await enginesToTest();
  const servers: { server: LocalPostgres; folder: string }[] = [];
  const underTest: EngineUnderTest[] = [];
  for (const engine of engines) {
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-test-'));
    const server = await startLocalPostgres({
      dataFolder: folder,
      engine,
      database: TEMPLATE_DATABASE,
      // A background worker that looks into the template at the wrong moment would forbid its cloning.
      settings: engine.timescaledbVersion === null ? {} : { 'timescaledb.max_background_workers': '0' },
    });
    servers.push({ server, folder });
    const pool = connect(server.url);
    await migrate(pool);
    const facts = await databaseFacts(pool);
    await pool.end();
    const name = describeEngine(engine);
    underTest.push({ name, url: server.url });
    process.stderr.write(`Database engine under test: ${name}, edition ${facts.edition}\n`);
  }
  if (!engines.some((engine) => engine.timescaledbVersion !== null)) {
    const message =
      'NO TIMESCALEDB: this run proves nothing about it. As root on Debian or Ubuntu: bash infra/timescaledb/install.sh';
    if (process.env.CI) throw new Error(message);
    process.stderr.write(`${message}\n`);
  }
  project.provide('engines', underTest);
  return async () => {
    for (const { server, folder } of servers) {
      await server.stop();
      await removeLocalPostgres(folder);
    }
  };
}
