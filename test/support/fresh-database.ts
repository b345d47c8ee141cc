import { randomUUID } from 'node:crypto';
import { connect, type Pool } from '@veilleur/store';
import { describe, inject } from 'vitest';
import { type EngineUnderTest, TEMPLATE_DATABASE } from './database-engines.ts';

/** The same stories on every database engine of this machine. */
export function describeOnEachEngine(title: string, stories: (engine: EngineUnderTest) => void): void {
  for (const engine of inject('engines')) {
    describe(`${title}, on ${engine.name}`, () => stories(engine));
  }
}

export interface FreshDatabase {
  readonly url: string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

/** A migrated and empty database of its own, cloned in some 100 ms; or a copy of another, with which nobody is connected. */
export async function freshDatabase(
  engine: EngineUnderTest,
  template = TEMPLATE_DATABASE,
): Promise<FreshDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = connect(new URL('postgres', engine.url).href, { maximum: 1 });
  await admin.query(`create database ${name} template ${template}`);
  const url = new URL(name, engine.url).href;
  const pool = connect(url);
  return {
    url,
    pool,
    drop: async () => {
      if (!pool.ended) await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
