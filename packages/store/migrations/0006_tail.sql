-- The tail: what was committed, told to every consumer (consumption, alerting ...) in the order in which
-- it was committed. docs/decisions/0008-the-tail.md says why it is built this way.

-- One row for each transaction that stored something: the arrays hold one element for each frame and
-- device event, or the one device of a restatement.
create table change (
  -- The transaction that wrote it. A consumer compares it with snapshots; `position` alone would skip
  -- what is committed late.
  xid xid8 not null,
  -- Drawn after `xid`, while the devices are locked: two changes of one device stand in the order in
  -- which they were committed.
  position bigint generated always as identity primary key,
  cause text not null check (cause in ('arrival', 'restatement')),
  restatement_id bigint references restatement,
  device_ids integer[] not null,
  reported_at timestamptz[] not null,
  -- -1 for a device event.
  f_cnts bigint[] not null,
  -- The first and the last moment of the measurements that it told; none where `to` lies before `from`.
  from_times timestamptz[] not null,
  to_times timestamptz[] not null,
  size integer not null generated always as (cardinality(device_ids)) stored,
  recorded_at timestamptz not null default clock_timestamp()
);
-- Compressing what is read once and deleted soon took a third of the time of a write.
alter table change
  alter device_ids set storage external, alter reported_at set storage external, alter f_cnts set storage external,
  alter from_times set storage external, alter to_times set storage external;
create index on change (xid, position);
create index on change (recorded_at);

-- How far each partition of each consumer has come: every change that `seen` sees has taken effect. The
-- row is locked while a consumer works, and moves in the transaction that holds the effects.
create table tail_checkpoint (
  consumer text not null,
  partition integer not null,
  partitions integer not null check (partitions > 0),
  start_at text not null check (start_at in ('beginning', 'now')),
  seen pg_snapshot not null,
  -- The highest position that `seen` sees: whatever begins after it stands higher.
  seen_to bigint not null,
  -- The changes that `until` sees and `seen` does not are at work, and done up to `done_to`; null: none are.
  until pg_snapshot,
  until_to bigint,
  done_to bigint not null default 0,
  -- History is read device by device: the last one that is done. Null: all of it, or none was wanted.
  history_after integer,
  -- Why it must start anew: `retention`, or `restored` from a dump into another cluster.
  restart_reason text check (restart_reason in ('retention', 'restored')),
  moved_at timestamptz not null default now(),
  primary key (consumer, partition),
  check (partition >= 0 and partition < partitions)
) with (fillfactor = 50);

-- Changes that a consumer threw on again and again, alone. They wait here for a person.
create table tail_dead_letter (
  id bigint generated always as identity primary key,
  consumer text not null,
  partition integer not null,
  device_id integer not null,
  change jsonb not null,
  error text not null,
  since timestamptz not null default now()
);
create index on tail_dead_letter (consumer, id);
