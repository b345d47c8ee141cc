-- Rules and what they found: alerts, what happened to each, whom it reached. An alert is an episode of a
-- rule on a subject; its times are those of the measurements. docs/decisions/0010-rules.md says why it is
-- built this way.

-- Every revision of every rule that ever ran. The one in force is the one that nothing superseded.
create table rule (
  id integer generated always as identity primary key,
  name text not null,
  -- As packages/rules parses it; null: the rule was taken out.
  definition jsonb,
  source text not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  superseded_at timestamptz
);
create unique index on rule (name) where superseded_at is null;

create table alert (
  id bigint generated always as identity primary key,
  rule text not null,
  -- A DevEUI, or the value of the tag that a rule of the kind `many` groups by.
  subject text not null,
  -- Null for a group.
  device_id integer references device,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  -- Event time: when the condition began, when it had held for long enough, when it ended.
  began_at timestamptz not null,
  opened_at timestamptz not null,
  cleared_at timestamptz,
  pauses jsonb not null default '[]',
  worst double precision,
  worst_at timestamptz,
  -- What is known now says that it never was.
  withdrawn_at timestamptz,
  -- When we knew of it first: late data raises alerts of long ago.
  known_at timestamptz not null,
  changed_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  assigned_to text,
  -- How far escalation has gone.
  escalated integer not null default 0
);
-- One that was withdrawn stays for the record, and stands in nobody's way: to insert or do nothing,
-- `on conflict (rule, subject, opened_at) where withdrawn_at is null`.
create unique index on alert (rule, subject, opened_at) where withdrawn_at is null;
create index on alert (device_id, rule, opened_at);
create index on alert (opened_at) where cleared_at is null and withdrawn_at is null;
create index on alert (changed_at);

-- What happened to an alert, by the engine or by a person; never changed. `planned_at`: whom it concerns
-- was decided.
create table alert_step (
  id bigint generated always as identity primary key,
  alert_id bigint not null references alert,
  kind text not null check (kind in ('raised', 'worsened', 'cleared', 'reopened', 'corrected', 'withdrawn',
    'acknowledged', 'unacknowledged', 'assigned', 'commented', 'escalated')),
  -- Event time.
  at timestamptz not null,
  recorded_at timestamptz not null,
  -- `engine`, or who did it.
  by text not null,
  detail jsonb not null default '{}',
  planned_at timestamptz,
  -- Why nobody was told of it, or is not yet where `planned_at` is null.
  hidden text
);
create index on alert_step (alert_id, id);
create index on alert_step (id) where planned_at is null;

-- Nobody is told of what matches, from then until then. Planned work is the same with its own kind.
create table silence (
  id integer generated always as identity primary key,
  kind text not null default 'silence' check (kind in ('silence', 'maintenance')),
  -- { rules?, devices?, sites?, tags?, severities? }: all that are named must fit.
  matching jsonb not null,
  from_time timestamptz not null,
  to_time timestamptz not null check (to_time > from_time),
  comment text not null,
  created_by text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
create index on silence (to_time) where ended_at is null;

-- The outbox: written in the transaction that decided it, sent afterwards, at least once. The receiver
-- tells repetitions by the key.
create table notification (
  id bigint generated always as identity primary key,
  key text not null unique,
  channel text not null,
  alert_ids bigint[] not null,
  step text not null,
  body jsonb not null,
  created_at timestamptz not null,
  -- Quiet hours, retries.
  not_before timestamptz not null,
  attempts integer not null default 0,
  sent_at timestamptz,
  -- Given up; a person may send it again.
  dead_at timestamptz,
  error text
);
create index on notification (not_before) where sent_at is null and dead_at is null;
create index on notification (channel, created_at);
create index on notification using gin (alert_ids);

-- When each gateway last heard a device, by the clock of the network server, and how long it is usually
-- silent between two frames.
create table gateway_heard (
  gateway_id text primary key,
  last_heard_at timestamptz not null,
  usual_gap_ms double precision
);

-- Each transaction that evaluates a partition counts its generation up. Whoever finds another one than it
-- left forgets what it remembers: somebody else was here, or a transaction of its own was rolled back.
create table alert_partition (
  partition integer primary key,
  generation bigint not null default 0,
  -- Up to here time has been let pass for every device of the partition.
  advanced_to timestamptz not null
) with (fillfactor = 50);

-- Alerts for people and dashboards.
create view named_alert as
select a.id, a.rule, a.subject, d.dev_eui, d.name as device, d.tags, a.severity, a.began_at, a.opened_at, a.cleared_at,
       a.worst, a.known_at, a.acknowledged_at, a.acknowledged_by, a.assigned_to,
       case when a.withdrawn_at is not null then 'withdrawn' when a.cleared_at is not null then 'cleared'
            when a.acknowledged_at is not null then 'acknowledged' else 'open' end as state
from alert a left join device d on d.id = a.device_id;
