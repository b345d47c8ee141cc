#!/bin/sh
# The gateway bridge takes its password from the environment alone.
set -eu
INTEGRATION__MQTT__AUTH__GENERIC__PASSWORD=$(cat /run/secrets/mqtt_gateways_password)
export INTEGRATION__MQTT__AUTH__GENERIC__PASSWORD
exec chirpstack-gateway-bridge
