-- What the dashboards' role may do: read what a city measured, and nothing of keys and of who wrote what.
-- Run it as the owner of the database, once the tables are there, and again after an upgrade, for tables that are new:
--   psql -v ON_ERROR_STOP=1 -f infra/grafana/reader.sql <DATABASE_URL of the owner>
-- Once before, as one who may make roles:
--   create role veilleur_reader login password '...';
begin;
grant usage on schema public to veilleur_reader;
grant select on all tables in schema public to veilleur_reader;
revoke all on api_key, audit from veilleur_reader;

-- Of devices, tags that are no secrets (packages/domain/src/secret-tag.ts: a meter's `aesKey`). The role's own
-- schema comes before public in its search_path, so whoever writes `device` asks this view.
revoke all on device, named_alert from veilleur_reader;
create schema if not exists veilleur_reader;
grant usage on schema veilleur_reader to veilleur_reader;
drop view if exists veilleur_reader.device, veilleur_reader.named_alert;
create view veilleur_reader.device as
select id, dev_eui, name, application_id, application_name, lns_profile_name, matched_profile, assigned_profile, profile,
       latitude, longitude, metering_point, first_seen_at, restatements,
       tags - array(select tag from jsonb_object_keys(tags) tag where tag ~* '(key|secret|password|token)$') as tags
from public.device;
create view veilleur_reader.named_alert as
select id, rule, subject, dev_eui, device, severity, began_at, opened_at, cleared_at, worst, known_at, acknowledged_at,
       acknowledged_by, assigned_to, state,
       tags - array(select tag from jsonb_object_keys(tags) tag where tag ~* '(key|secret|password|token)$') as tags
from public.named_alert;
grant select on veilleur_reader.device, veilleur_reader.named_alert to veilleur_reader;

-- Messages as they came have tags in them, and so may messages to people.
revoke all on quarantine, notification from veilleur_reader;
grant select (id, topic, code, reason, dev_eui, received_at, stored_at) on quarantine to veilleur_reader;
grant select (id, key, channel, alert_ids, step, created_at, not_before, attempts, sent_at, dead_at, error)
  on notification to veilleur_reader;
commit;
