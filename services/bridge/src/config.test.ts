import { ConfigError } from '@veilleur/runtime';
import { expect, it } from 'vitest';
import { readBridgeConfig } from './config.ts';

const NEEDED = { DATABASE_URL: 'postgres://veilleur@db/veilleur', MQTT_URL: 'mqtt://broker:1883' };

it('has sane defaults for all but the two addresses', () => {
  expect(readBridgeConfig(NEEDED)).toMatchObject({
    mqtt: { version: 'auto', shareGroup: undefined, window: 4000 },
    batchSize: 1000,
    writers: 2,
    logLevel: 'info',
  });
});

it('keeps its client id over restarts, for the broker keeps the session under it', () => {
  expect(readBridgeConfig(NEEDED).mqtt.clientId).toBe(readBridgeConfig(NEEDED).mqtt.clientId);
});

it.each([
  [{ MQTT_URL: '' }, 'MQTT_URL'],
  [{ MQTT_URL: 'http://broker' }, 'MQTT_URL: expected mqtt://'],
  [{ MQTT_VERSION: '4' }, 'MQTT_VERSION'],
  [{ MQTT_SHARE_GROUP: 'a/b' }, 'MQTT_SHARE_GROUP'],
  [{ BRIDGE_DRAIN_TIMEOUT_MS: '25001' }, 'BRIDGE_DRAIN_TIMEOUT_MS'],
  [{ BRIDGE_WINDOW: '0', BRIDGE_BATCH_SIZE: 'many' }, 'BRIDGE_BATCH_SIZE'],
])('names the variable at fault: %o', (changed, message) => {
  expect(() => readBridgeConfig({ ...NEEDED, ...changed })).toThrow(ConfigError);
  expect(() => readBridgeConfig({ ...NEEDED, ...changed })).toThrow(message);
});
