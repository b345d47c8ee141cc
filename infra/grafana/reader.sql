-- What the dashboards' role may do: read what a city measured, and nothing of keys and of who wrote what.
-- Run it as the owner of the tables, once they are there, and again after an upgrade, for tables that are new:
--   psql -v ON_ERROR_STOP=1 -f infra/grafana/reader.sql <DATABASE_URL of the owner>
-- Once before, as one who may make roles:
--   create role veilleur_reader login password '...';
begin;
grant usage on schema public to veilleur_reader;
grant select on all tables in schema public to veilleur_reader;
revoke all on api_key, audit from veilleur_reader;
commit;
