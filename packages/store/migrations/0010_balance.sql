-- A meter against the sum of those behind it needs to know by how much each amount may be wrong. What a
-- day or a month may have lost or won at its edges, in millionths of the quantity's unit: readings lie
-- beside the edges, and a register shows whole litres, watt-hours or pulses. Null: no bound is known.
-- It is settled with the amount; docs/decisions/0009-consumption.md says why it is stored.
alter table consumption_day add column uncertainty bigint check (uncertainty >= 0);
alter table consumption_month add column uncertainty bigint check (uncertainty >= 0);

-- What is settled has none yet: everything is settled once more. No amount changes by it.
insert into consumption_dirty as d (point_id, from_time, to_time, since)
select distinct point_id, timestamptz '-infinity', timestamptz 'infinity', now() from consumption_register
order by point_id
on conflict (point_id) do update set from_time = '-infinity', to_time = 'infinity', version = d.version + 1;
