-- Quantities are defined in packages/domain and copied here at every migration, so that SQL written
-- by hand (Grafana, psql) can name them.
create table quantity (
  id smallint generated always as identity primary key,
  name text not null unique,
  kind text not null check (kind in ('index', 'gauge', 'flag')),
  unit text not null,
  obis text,
  label_en text not null,
  label_fr text not null
);

-- A version of a device profile, as a bridge decoded with it. A changed file is a new row.
create table profile_version (
  id integer generated always as identity primary key,
  profile text not null,
  digest text not null,
  vendor text not null,
  name text not null,
  medium text not null,
  first_used_at timestamptz not null default now(),
  unique (profile, digest)
);

create table device (
  id integer generated always as identity primary key,
  dev_eui text not null unique check (dev_eui ~ '^[0-9a-f]{16}$'),
  name text,
  application_id text,
  application_name text,
  -- What the LNS calls its device profile.
  lns_profile_name text,
  tags jsonb not null default '{}',
  -- The profile that what the LNS says leads to, for example axioma/qalcosonic-w1; null: not known.
  matched_profile text,
  -- The profile that an operator assigned: it wins.
  assigned_profile text,
  profile text generated always as (coalesce(assigned_profile, matched_profile)) stored,
  -- Where it is mounted, WGS 84, and what it measures: told at provisioning.
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  metering_point text,
  first_seen_at timestamptz not null default now()
);
