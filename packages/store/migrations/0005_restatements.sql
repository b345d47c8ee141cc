-- What was known and is known otherwise now: a span of a device's measurements that was made anew.
-- Whoever derived something from that span (consumption, alerts) follows from here.
create table restatement (
  id bigint generated always as identity primary key,
  device_id integer not null references device,
  cause text not null check (cause in ('redecode')),
  profile_version_id integer references profile_version,
  -- The times of the measurements that changed.
  from_time timestamptz not null,
  to_time timestamptz not null,
  changed bigint not null,
  added bigint not null,
  removed bigint not null,
  made_at timestamptz not null default now()
);
