import type { Pool } from '../connect.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
  readonly isNullable: boolean;
}

/** One table names rows of another: the column, and whether the database holds it to that. */
export interface Reference {
  readonly column: string;
  readonly table: string;
  readonly isEnforced: boolean;
}

export interface Table {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** What its chunks or partitions are made by; null: it has none. */
  readonly timeColumn: string | null;
  readonly columns: readonly Column[];
  readonly references: readonly Reference[];
}

/** Which table a column means where no constraint says so: tables that grow with time have none. */
const MEANT: Readonly<Record<string, string>> = {
  device_id: 'device',
  point_id: 'metering_point',
  quantity_id: 'quantity',
  profile_version_id: 'profile_version',
  import_id: 'import_run',
};

/** The tables and views of schema `public`, as the database has them; partitions are told by their table. */
export async function readTables(pool: Pool): Promise<Table[]> {
  const { rows } = await pool.query<Omit<Table, 'references'> & { foreign: Record<string, string> }>(TABLES);
  const hypertables = await timeColumns(pool);
  return rows.map(({ foreign, ...table }) => ({
    ...table,
    timeColumn: table.timeColumn ?? hypertables.get(table.name) ?? null,
    references: table.columns.flatMap(({ name }): Reference[] => {
      const enforced = foreign[name];
      if (enforced !== undefined) return [{ column: name, table: enforced, isEnforced: true }];
      const meant = table.kind === 'table' ? MEANT[name] : undefined;
      return meant === undefined ? [] : [{ column: name, table: meant, isEnforced: false }];
    }),
  }));
}

async function timeColumns(pool: Pool): Promise<ReadonlyMap<string, string>> {
  const { rowCount } = await pool.query("select from pg_extension where extname = 'timescaledb'");
  if (rowCount === 0) return new Map();
  const { rows } = await pool.query<{ name: string; column: string }>(
    `select hypertable_name::text as name, column_name::text as "column" from timescaledb_information.dimensions
     where hypertable_schema = 'public'`,
  );
  return new Map(rows.map(({ name, column }) => [name, column]));
}

const TABLES = `
select c.relname::text as name, case when c.relkind = 'v' then 'view' else 'table' end as kind,
  (select a.attname::text from pg_partitioned_table t join pg_attribute a on a.attrelid = c.oid and a.attnum = t.partattrs[0]
   where t.partrelid = c.oid) as "timeColumn",
  (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
     'isNullable', not a.attnotnull,
     'isKey', exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey[0:i.indnkeyatts - 1])))
     order by a.attnum)
   from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(jsonb_object_agg(a.attname, k.confrelid::regclass::text), '{}')
   from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
   where k.conrelid = c.oid and k.contype = 'f') as foreign
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by c.relname`;
