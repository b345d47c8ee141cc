#!/bin/sh
# Makes, in memory, what Mosquitto reads: its configuration in one file, the access list, and the passwords of
# /run/secrets/mqtt_<user>_password, hashed. Then becomes Mosquitto. The folders can be named for a try elsewhere.
set -eu
umask 077
config=${MOSQUITTO_CONFIG:-/mosquitto/config}
run=${MOSQUITTO_RUN:-/mosquitto/run}
secrets=${MOSQUITTO_SECRETS:-/run/secrets}

cat "$config"/*.conf > "$run/mosquitto.conf"
cat "$config/acl" "$config/gateways.acl" > "$run/acl"
: > "$run/passwd"
for file in "$secrets"/mqtt_*_password; do
  user=${file##*/mqtt_}
  printf '%s:%s\n' "${user%_password}" "$(cat "$file")" >> "$run/passwd"
done
mosquitto_passwd -U "$run/passwd"
exec mosquitto -c "$run/mosquitto.conf"
