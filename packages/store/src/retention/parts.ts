import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';

/** A chunk of TimescaleDB, or a partition of a month: a span of one table that can go as a whole. */
export interface Part {
  /** As SQL names it. */
  readonly name: string;
  readonly from: Date;
  /** Not in it. */
  readonly to: Date;
  /** With its indexes. */
  readonly bytes: number;
}

/** The parts of a table that hold something, the oldest first. */
export async function partsOf(client: Pool | PoolClient, table: string): Promise<Part[]> {
  const { rows: editions } = await client.query<{ edition: string }>('select edition from database_edition');
  const { rows } = await client.query<Part>(editions[0]?.edition === 'plain' ? PARTITIONS : CHUNKS, [table]);
  return rows;
}

const CHUNKS = `
select format('%I.%I', c.chunk_schema, c.chunk_name) as name, c.range_start as "from", c.range_end as "to",
  s.total_bytes as bytes
from timescaledb_information.chunks c
join chunks_detailed_size($1::text::regclass) s using (chunk_schema, chunk_name)
where c.hypertable_schema = 'public' and c.hypertable_name = $1::text
order by c.range_start`;

/** A partition's name tells its month (migrations/0001_editions.sql); one that was emptied has no page. */
const PARTITIONS = `
select p.relname::text as name, month as "from",
  (month at time zone 'UTC' + interval '1 month') at time zone 'UTC' as "to",
  pg_total_relation_size(p.oid) as bytes
from pg_inherits i join pg_class p on p.oid = i.inhrelid
cross join lateral (
  select to_date(right(p.relname, 7), 'YYYY_MM')::timestamp at time zone 'UTC' as month
) m
where i.inhparent = $1::text::regclass and pg_relation_size(p.oid) > 0
order by month`;
