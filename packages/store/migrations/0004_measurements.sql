-- One number of one device at one moment, narrow: 24 hourly values a day of a million meters are
-- 24 million of these rows. Units are fixed by the quantity. `quality` counts measured 0, estimated 1,
-- repaired 2, missing 3 (packages/domain/src/measurement.ts).
call create_time_table('measurement', 'time', '7 days', $columns$
  time timestamptz not null,
  value double precision not null,
  device_id integer not null,
  quantity_id smallint not null,
  channel smallint not null,
  quality smallint not null,
  -- When the LNS received the frame that told this value: where it comes from, and what a re-decode
  -- of a span of frames replaces.
  reported_at timestamptz not null,
  unique (device_id, quantity_id, channel, time)
$columns$);

-- For people and dashboards: names instead of ids.
create view named_measurement as
select d.dev_eui, d.name as device_name, q.name as quantity, q.unit, m.channel, m.time, m.value, m.reported_at,
       (array['measured', 'estimated', 'repaired', 'missing'])[m.quality + 1] as quality
from measurement m join device d on d.id = m.device_id join quantity q on q.id = m.quantity_id;
