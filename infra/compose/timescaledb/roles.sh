#!/bin/sh
# At the database's first start: a role that owns Veilleur's database and nothing else, and one that only reads.
# Passwords are letters and digits (prepare.sh). Without Docker PSQL says how to be the server's superuser.
set -eu
secrets=${DATABASE_SECRETS:-/run/secrets}
${PSQL:-psql} -v ON_ERROR_STOP=1 --no-psqlrc -q --username postgres --dbname postgres <<SQL
create role veilleur login password '$(cat "$secrets/database_password")';
create role veilleur_reader login password '$(cat "$secrets/reader_password")';
create database veilleur owner veilleur;
revoke connect, temporary on database veilleur from public;
grant connect on database veilleur to veilleur_reader;
-- A dashboard that asks for too much does not hold up those who store.
alter role veilleur_reader set statement_timeout = '30s';
alter role veilleur_reader set default_transaction_read_only = on;
SQL
