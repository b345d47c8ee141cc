import type { Pool } from '@veilleur/store';

/** What a schema is made of, each part by its kind and name, in the database's own words. */
export type Catalogue = Readonly<Record<string, string>>;

/**
 * All of schema `public` that migrations make: tables, columns, constraints, indexes, views, routines, comments, and
 * on TimescaleDB the dimensions of hypertables. Partitions and chunks are made by rows, and are left out.
 */
export async function catalogueOf(pool: Pool): Promise<Catalogue> {
  const { rows: extension } = await pool.query("select from pg_extension where extname = 'timescaledb'");
  const queries = extension.length === 0 ? CATALOGUE : [...CATALOGUE, DIMENSIONS];
  const { rows } = await pool.query<{ name: string; definition: string }>(queries.join(' union all '));
  return Object.fromEntries(rows.map(({ name, definition }) => [name, definition]));
}

const OURS = `c.relnamespace = 'public'::regnamespace and not c.relispartition
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')`;

const CATALOGUE = [
  `select format('table %s', c.relname) as name,
     concat_ws(' ', c.relkind, pg_get_partkeydef(c.oid), c.reloptions::text, c.relpersistence,
       obj_description(c.oid, 'pg_class')) as definition
   from pg_class c where ${OURS} and c.relkind in ('r', 'p', 'v', 'S')`,
  `select format('column %s.%s', c.relname, a.attname),
     concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
       a.attidentity, a.attgenerated, a.attstorage, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
   from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
   where ${OURS} and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped`,
  `select format('constraint %s.%s', c.relname, k.conname), pg_get_constraintdef(k.oid)
   from pg_class c join pg_constraint k on k.conrelid = c.oid where ${OURS}`,
  `select format('index %s', i.relname), pg_get_indexdef(i.oid)
   from pg_class c join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid where ${OURS}`,
  `select format('view %s', c.relname), pg_get_viewdef(c.oid) from pg_class c where ${OURS} and c.relkind = 'v'`,
  `select format('routine %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), pg_get_functiondef(p.oid)
   from pg_proc p where p.pronamespace = 'public'::regnamespace
     and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')`,
  `select format('trigger %s.%s', c.relname, t.tgname), pg_get_triggerdef(t.oid)
   from pg_class c join pg_trigger t on t.tgrelid = c.oid where ${OURS} and not t.tgisinternal`,
];

const DIMENSIONS = `select format('dimension %s', hypertable_name), concat_ws(' ', column_name, time_interval)
  from timescaledb_information.dimensions where hypertable_schema = 'public'`;
