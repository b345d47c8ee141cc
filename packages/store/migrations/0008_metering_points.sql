-- Metering points: where consumption is metered, whatever device or meter stands there today, and what
-- went through. Amounts are whole millionths of the quantity's unit (a cm3 of water, a mWh), so that sums
-- are exact. docs/decisions/0009-consumption.md says why it is built this way.

create table operator (
  id integer generated always as identity primary key,
  code text not null unique,
  name text not null
);

create table site (
  id integer generated always as identity primary key,
  code text not null unique,
  name text not null,
  kind text not null check (kind in ('household', 'building', 'street', 'district', 'city')),
  parent_id integer references site check (parent_id <> id),
  -- IANA; null: its parent's, else the city's.
  time_zone text,
  -- What comparisons need: persons, area_m2, heating ...
  attributes jsonb not null default '{}'
);
create index on site (parent_id);

-- The zone of a site: its own, else that of the nearest site around it that has one.
create function site_time_zone(site_id integer) returns text language sql stable as $$
  with recursive around as (
    select id, parent_id, time_zone, 0 as depth from site where id = site_id
    union all
    select s.id, s.parent_id, s.time_zone, depth + 1 from site s join around a on s.id = a.parent_id where depth < 50
  )
  select time_zone from around where time_zone is not null order by depth limit 1
$$;

create table metering_point (
  id integer generated always as identity primary key,
  -- PRM, PCE, the number of a water contract, or the city's own name for it.
  code text not null unique,
  name text,
  kind text not null check (kind in ('prm', 'pce', 'water_contract', 'building', 'cabinet', 'sub_meter', 'own')),
  -- What it meters first of all.
  quantity_id smallint not null references quantity,
  operator_id integer references operator,
  site_id integer references site,
  -- The point whose meter sees this one's consumption too.
  parent_id integer references metering_point check (parent_id <> id),
  -- Null: the site's.
  time_zone text,
  -- When a local day begins: 360 is the gas day of 06:00.
  day_start_minutes smallint not null default 0 check (day_start_minutes between 0 and 1439),
  -- The most that can run through, millionths of the unit an hour; null: learned from its readings.
  maximum_rate bigint check (maximum_rate > 0),
  added_at timestamptz not null default now()
);
create index on metering_point (site_id);
create index on metering_point (parent_id);

-- A device at a point for a span of time. A row never changes but for being superseded: what was believed
-- before stays, with the reason of the correction.
create table installation (
  id integer generated always as identity primary key,
  point_id integer not null references metering_point,
  device_id integer not null references device,
  -- What the device tells (pulse_count) and which register of the point it is (water_volume, 0).
  device_quantity_id smallint not null references quantity,
  device_channel smallint not null default 0,
  quantity_id smallint not null references quantity,
  channel smallint not null default 0,
  from_time timestamptz not null,
  to_time timestamptz check (to_time > from_time),
  meter_serial text,
  -- Units of the quantity for one unit that the device tells: 1/100 m3 a pulse.
  factor_numerator bigint not null default 1 check (factor_numerator > 0),
  factor_denominator bigint not null default 1 check (factor_denominator > 0),
  -- Where the register starts again: after so many digits before the point, or at a count such as 2^24.
  digits smallint check (digits between 1 and 12),
  modulus bigint check (modulus > 0),
  -- What the device told when it came and when it went, in millionths of what it tells.
  start_index bigint,
  end_index bigint,
  -- What the meter showed when the device came, in millionths of the point's unit.
  meter_index bigint,
  reason text not null,
  recorded_at timestamptz not null,
  superseded_at timestamptz,
  -- Null though superseded: it was withdrawn, for the reason beside it.
  superseded_by integer references installation,
  withdrawn_reason text,
  check (digits is null or modulus is null),
  check (meter_index is null or start_index is not null)
);
create index on installation (device_id) where superseded_at is null;
create index on installation (point_id);

-- A run of an import or a pull: the same file again is found by its digest; one that was cut goes on.
create table import_run (
  id integer generated always as identity primary key,
  source text not null,
  format text not null,
  digest text,
  checkpoint jsonb,
  readings bigint not null default 0,
  changed bigint not null default 0,
  problems bigint not null default 0,
  started_at timestamptz not null,
  ended_at timestamptz,
  unique (source, format, digest)
);

-- What an operator exported. A revision supersedes, and the revised value stays.
call create_time_table('operator_reading', 'to_time', '90 days', $columns$
  point_id integer not null,
  -- `gas_energy_pcs` is an operator's own, so this is no id of ours.
  quantity text not null,
  channel smallint not null,
  register text not null,
  kind text not null check (kind in ('index', 'interval')),
  -- Equal to to_time for an index.
  from_time timestamptz not null,
  to_time timestamptz not null,
  -- Millionths of the quantity's unit.
  value bigint not null,
  quality text not null check (quality in ('measured', 'provisional', 'final', 'estimated')),
  -- The operator's rounded arithmetic rather than a meter's.
  published boolean not null,
  -- A register that takes over at this moment.
  starts boolean not null,
  meter_serial text,
  key text not null,
  import_id integer not null,
  source_line integer not null,
  known_at timestamptz not null,
  superseded_at timestamptz
$columns$);
create unique index on operator_reading (point_id, key, to_time) where superseded_at is null;
create index on operator_reading (point_id, quantity, channel, kind, to_time);

-- What an operator says of the contract or the day: subscribed power, coefficient of conversion ...
create table operator_fact (
  id bigint generated always as identity primary key,
  point_id integer not null references metering_point,
  key text not null,
  fact text not null,
  from_time timestamptz,
  to_time timestamptz,
  detail jsonb not null,
  import_id integer not null references import_run,
  known_at timestamptz not null,
  superseded_at timestamptz
);
create unique index on operator_fact (point_id, key) where superseded_at is null;

-- A register of a point, as far as its consumption is settled.
create table consumption_register (
  point_id integer not null references metering_point,
  quantity_id smallint not null references quantity,
  channel smallint not null,
  first_reading timestamptz,
  last_reading timestamptz,
  -- Learned from its first weeks, whatever came first: so the order of arrival means nothing.
  maximum_rate bigint,
  step_ms bigint,
  -- Estimates are made up to here.
  settled_until timestamptz,
  settled_at timestamptz not null,
  primary key (point_id, quantity_id, channel)
);
create index on consumption_register (last_reading);

-- What must be settled anew. One row a point: a settler works on the whole range at once. `version` tells
-- a mark that grew meanwhile, so that nobody waits for a settler's transaction.
create table consumption_dirty (
  point_id integer primary key,
  from_time timestamptz not null,
  to_time timestamptz not null,
  since timestamptz not null,
  version bigint not null default 1,
  -- Why it could not be settled; it is tried again later.
  error text
) with (fillfactor = 50);
create index on consumption_dirty (since);

-- Consumption as it is known now: local hours, days and months. Only hours are chunked, for only they are
-- dropped by retention; days and months of a city stay in memory, and one index answers for years.
-- quality: measured 0, estimated 1, repaired 2, missing 3. Not yet known: no row.
call create_time_table('consumption_hour', 'from_time', '30 days', $columns$
  point_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  from_time timestamptz not null,
  value bigint,
  quality smallint not null,
  method text not null,
  known_from timestamptz not null,
  unique (point_id, quantity_id, channel, from_time)
$columns$);

create table consumption_day (
  point_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  from_time timestamptz not null,
  value bigint,
  quality smallint not null,
  method text not null,
  known_from timestamptz not null,
  primary key (point_id, quantity_id, channel, from_time) include (value, quality, method, known_from)
);

create table consumption_month (
  point_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  from_time timestamptz not null,
  value bigint,
  quality smallint not null,
  method text not null,
  known_from timestamptz not null,
  primary key (point_id, quantity_id, channel, from_time) include (value, quality, method, known_from)
);

-- What was known before, from when until when.
call create_time_table('consumption_revision', 'from_time', '90 days', $columns$
  point_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  bucket text not null check (bucket in ('hour', 'day', 'month')),
  from_time timestamptz not null,
  value bigint,
  quality smallint not null,
  method text not null,
  known_from timestamptz not null,
  known_to timestamptz not null
$columns$);
create index on consumption_revision (point_id, quantity_id, channel, bucket, from_time);

-- What a reading contradicts and a person may want to look at; raw readings stay as they are.
create table consumption_finding (
  point_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  kind text not null,
  at timestamptz not null,
  detail jsonb not null,
  found_at timestamptz not null
);
create index on consumption_finding (point_id, at);

-- Scheduled work, for people and metrics to look at.
create table job_run (
  id bigint generated always as identity primary key,
  job text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed')),
  detail jsonb not null default '{}'
);
create index on job_run (job, started_at);

-- For people and dashboards: names instead of ids, and amounts in the quantity's unit.
create view named_consumption as
select p.code as point, q.name as quantity, q.unit, c.channel, c.bucket, c.from_time, c.value / 1e6 as value,
       (array['measured', 'estimated', 'repaired', 'missing'])[c.quality + 1] as quality, c.method, c.known_from
from (select 'hour' as bucket, * from consumption_hour
      union all select 'day', * from consumption_day
      union all select 'month', * from consumption_month) c
join metering_point p on p.id = c.point_id join quantity q on q.id = c.quantity_id;
