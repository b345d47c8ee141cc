-- How often a device's measurements were made anew. A writer that remembers what it has stored reads
-- this under the device's lock, and forgets where it has changed.
alter table device add column restatements integer not null default 0;
