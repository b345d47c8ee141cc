import { randomUUID } from 'node:crypto';
import { connect, migrate, migrationFiles, type Pool } from '@veilleur/store';
import { afterEach, expect, it } from 'vitest';
import { TEMPLATE_DATABASE } from '../support/database-engines.ts';
import { describeOnEachEngine } from '../support/fresh-database.ts';
import { ROWS_OF_VERSIONS } from '../support/rows-of-versions.ts';
import { catalogueOf } from '../support/schema-catalogue.ts';

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** What migrations write over on purpose, by the migration that does. */
const WRITTEN_OVER: Readonly<Record<string, readonly string[]>> = {
  // Bounds are settled with the amounts: every register once more.
  '0010_balance.sql': ['consumption_dirty'],
};

const FILES = await migrationFiles();

it('migrations are tried with rows of each of them', () => {
  expect(Object.keys(ROWS_OF_VERSIONS)).toEqual(FILES);
});

describeOnEachEngine('a database of an earlier version', (engine) => {
  const made: string[] = [];

  /** A server's databases are made and dropped through its database `postgres`. */
  const admin = (sql: string) => on('postgres', (pool) => pool.query(sql));
  async function database(template: string) {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await admin(`create database ${name} template ${template}`);
    made.push(name);
    return name;
  }
  // Each drop waits for a checkpoint: at once, they wait for the same one.
  afterEach(async () => {
    await Promise.all(made.splice(0).map((name) => admin(`drop database ${name} with (force)`)));
  });
  async function on<T>(name: string, work: (pool: Pool) => Promise<T>): Promise<T> {
    const pool = connect(new URL(name, engine.url).href, { maximum: 1 });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }

  it('comes up to date with its data whole and the schema of a fresh one, from each version there was', async () => {
    const wanted = await on(await database(TEMPLATE_DATABASE), catalogueOf);
    expect(Object.keys(wanted).length).toBeGreaterThan(200);

    // One grows version by version, without rows; of each version there is a copy, which gets some.
    const growing = await database('template0');
    for (const [n, through] of FILES.slice(0, -1).entries()) {
      await on(growing, (pool) => migrate(pool, { through }));
      await on(await database(growing), async (pool) => {
        for (const file of FILES.slice(0, n + 1)) await pool.query(ROWS_OF_VERSIONS[file] as string);
        const before = await rowsOf(pool);
        const { applied } = await migrate(pool);

        expect(applied, through).toEqual(FILES.slice(n + 1));
        expect(await catalogueOf(pool), `the schema, from ${through}`).toEqual(wanted);
        const spared = new Set(applied.flatMap((file) => WRITTEN_OVER[file] ?? []));
        const after = await rowsOf(pool);
        for (const [table, rows] of Object.entries(before)) {
          if (spared.has(table)) continue;
          expect(onlyColumnsOf(rows, after[table] ?? []), `${table}, from ${through}`).toEqual(rows);
        }
        // What a later version adds to old rows has a meaning that old rows have.
        if (applied.includes('0007_device_restatements.sql') && n >= 1)
          expect(after.device?.map(({ restatements }) => restatements)).toEqual([0, 0]);
        if (applied.includes('0010_balance.sql') && n >= 7)
          expect(after.consumption_dirty).toEqual([
            expect.objectContaining({ point_id: 1, from_time: '2026-02-01T00:00:00+00:00' }),
            expect.objectContaining({ point_id: 2, from_time: '-infinity', to_time: 'infinity' }),
          ]);
      });
    }
  });

  it('is tried with a row in every table', async () => {
    const rows = await on(await database(TEMPLATE_DATABASE), async (pool) => {
      for (const file of FILES) await pool.query(ROWS_OF_VERSIONS[file] as string);
      return rowsOf(pool);
    });
    const empty = Object.entries(rows).flatMap(([table, some]) => (some.length === 0 ? [table] : []));
    expect(empty).toEqual([]);
  });
});

/** Every table with its rows, but for what migrating writes itself. */
async function rowsOf(pool: Pool): Promise<Rows> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname not in ('schema_migration')
     order by 1`,
  );
  const { rows } = await pool.query<{ name: string; rows: Rows[string] }>(
    tables
      .map(({ name }) => {
        const where = name === 'quantity' ? "where name = 'retired_quantity'" : '';
        return `select '${name}' as name, coalesce(jsonb_agg(to_jsonb(t) order by t::text), '[]') as rows from ${name} t ${where}`;
      })
      .join(' union all '),
  );
  return Object.fromEntries(rows.map((table) => [table.name, table.rows]));
}

/** Rows with the columns that they had: later versions add some. */
function onlyColumnsOf(before: Rows[string], after: Rows[string]): Rows[string] {
  const columns = Object.keys(before[0] ?? {});
  return after.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}
