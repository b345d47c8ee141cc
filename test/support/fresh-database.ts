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

/** A migrated and empty database of its own, cloned from the template in some 100 ms. */
export async function freshDatabase(engine: EngineUnderTest): Promise<FreshDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = connect(new URL('postgres', engine.url).href, { maximum: 1 });
  await admin.query(`create database ${name} template ${TEMPLATE_DATABASE}`);
  const url = new URL(name, engine.url).href;
  const pool = connect(url);
  return {
    url,
    pool,
    drop: async () => {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
