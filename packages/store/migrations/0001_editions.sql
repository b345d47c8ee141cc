-- One schema serves three databases. This file holds all that differs between them when a table is
-- made; no query ever asks which one it runs on.
--
--   plain                  PostgreSQL alone: range partitions of a month
--   timescaledb-apache     hypertables (Debian's package)
--   timescaledb-community  hypertables; columnstore compression and policies may be added (operations)

create table database_edition (
  singleton boolean primary key default true check (singleton),
  edition text not null check (edition in ('plain', 'timescaledb-apache', 'timescaledb-community'))
);

insert into database_edition (edition)
select case
  when not exists (select from pg_extension where extname = 'timescaledb') then 'plain'
  when current_setting('timescaledb.license', true) = 'timescale' then 'timescaledb-community'
  else 'timescaledb-apache'
end;

-- Makes a table that grows with time. `columns` is the inside of a CREATE TABLE's parentheses; every
-- unique constraint in it names `time_column`, for neither partitions nor hypertables allow another.
create procedure create_time_table(name text, time_column text, chunk_span interval, columns text)
language plpgsql as $$
begin
  if (select edition from database_edition) = 'plain' then
    execute format('create table %I (%s) partition by range (%I)', name, columns, time_column);
  else
    execute format('create table %I (%s)', name, columns);
    perform create_hypertable(name::regclass, time_column::name, chunk_time_interval => chunk_span,
                              create_default_indexes => false);
  end if;
end
$$;

-- Makes the partitions that rows of these moments fall into, where partitions are made by hand.
-- A partition is attached rather than created in place: that takes no lock which writers would wait for.
create procedure ensure_partitions(name text, moments timestamptz[])
language plpgsql as $$
declare
  month timestamptz;
  partition text;
begin
  if (select edition from database_edition) <> 'plain' then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('veilleur.partition'));
  for month in select distinct date_trunc('month', moment, 'UTC') from unnest(moments) moment order by 1 loop
    partition := name || '_' || to_char(month at time zone 'UTC', 'YYYY_MM');
    if to_regclass(format('%I', partition)) is null then
      execute format('create table %I (like %I including defaults including constraints)', partition, name);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', name, partition,
                     month, (month at time zone 'UTC' + interval '1 month') at time zone 'UTC');
    end if;
  end loop;
end
$$;
