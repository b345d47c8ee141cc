#!/bin/sh
# ChirpStack puts variables of the environment into its configuration ($NAME) and reads no files of secrets.
set -eu
CHIRPSTACK_API_SECRET=$(cat /run/secrets/chirpstack_api_secret)
CHIRPSTACK_DATABASE_PASSWORD=$(cat /run/secrets/chirpstack_database_password)
CHIRPSTACK_MQTT_PASSWORD=$(cat /run/secrets/mqtt_chirpstack_password)
export CHIRPSTACK_API_SECRET CHIRPSTACK_DATABASE_PASSWORD CHIRPSTACK_MQTT_PASSWORD
exec chirpstack -c /etc/chirpstack
