-- A row of `change` is a batch: five arrays of some thousand numbers. ANALYZE at its usual size reads thirty
-- thousand rows with all that is in them, every few minutes under load (12.7 s of a core for 3,290 changes;
-- 1.2 s so). What the planner needs to know, how long an array is, three hundred rows tell as well.
alter table change
  alter xid set statistics 1, alter position set statistics 1, alter cause set statistics 1,
  alter restatement_id set statistics 1, alter device_ids set statistics 1, alter reported_at set statistics 1,
  alter f_cnts set statistics 1, alter from_times set statistics 1, alter to_times set statistics 1,
  alter size set statistics 1, alter recorded_at set statistics 1;
