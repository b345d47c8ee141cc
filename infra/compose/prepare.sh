#!/bin/sh
# Makes .env and a random secret for each file in secrets/ that is not there yet; what is there stays.
# `docker compose up` needs nothing else. To be run again after an upgrade, for secrets that are new.
set -eu
cd "$(dirname "$0")"
umask 077
[ -e .env ] || cp .env.example .env
# Containers read these files as users of their own: the files are open, their folder is not.
mkdir -p secrets config
chmod 0700 secrets
chmod 0755 config

secret() {
  [ -e "secrets/$1" ] || printf '%s\n' "$2" > "secrets/$1"
  chmod 0444 "secrets/$1"
}
# 32 random bytes; letters and digits alone, for they become part of addresses.
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

for name in chirpstack_api_secret chirpstack_database_password database_admin_password database_password \
  grafana_admin_password mqtt_chirpstack_password mqtt_gateways_password mqtt_veilleur_password \
  mqtt_veilleur-alerts_password reader_password; do
  secret "$name" "$(random)"
done
secret database_url "postgres://veilleur:$(cat secrets/database_password)@timescaledb:5432/veilleur"
# These two are made by the programs when they run; docs/installation.md says how.
secret metrics_key ''
secret chirpstack_api_key ''
