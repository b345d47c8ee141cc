import { beforeAll, describe, expect, it } from 'vitest';
import { readAlertingConfig } from '../../services/alerting/src/config.ts';
import { readApiConfig } from '../../services/api/src/config.ts';
import { readBridgeConfig } from '../../services/bridge/src/config.ts';
import { readConsumptionConfig } from '../../services/consumption/src/config.ts';
import { askedOf, type ComposeFile, infra, parseEnv, readCompose } from '../support/compose.ts';
import { documentedSettings } from '../support/documented-settings.ts';

const PARTS = {
  bridge: readBridgeConfig,
  consumption: readConsumptionConfig,
  alerting: readAlertingConfig,
  api: readApiConfig,
} as const;
type Part = keyof typeof PARTS;
const part = Object.keys(PARTS) as Part[];

/** What compose.yaml itself decides: ports of its own, and what would break there. */
const FIXED: Readonly<Record<Part | 'cli', readonly string[]>> = {
  // Mosquitto 2.0 forgets the subscriptions of groups when it restarts.
  bridge: ['BRIDGE_METRICS_PORT', 'MQTT_SHARE_GROUP'],
  consumption: ['CONSUMPTION_METRICS_PORT'],
  alerting: ['ALERTING_METRICS_PORT'],
  // In a container everybody comes from beyond loopback, and needs a key.
  api: ['API_REQUIRE_KEY'],
  // No database is embedded there, and the key of one device is said when it is added.
  cli: ['APP_KEY', 'DATA_FOLDER', 'MQTT_SHARE_GROUP'],
};

describe('compose.yaml, on what .env.example says', () => {
  let example: Record<string, string>;
  let compose: ComposeFile;
  beforeAll(async () => {
    example = parseEnv(await infra('compose/.env.example'));
    compose = await readCompose('compose.yaml', example);
  });

  /** What a container is given, its secrets as if they stood there themselves. */
  const environmentOf = (name: string, { services } = compose) =>
    Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([key, value]) =>
        value.startsWith('/run/secrets/') ? [key.replace(/_FILE$/, ''), 'secret'] : [key, value],
      ),
    );

  it.each(part)('gives %s every variable that it reads, but those that it decides itself', (name) => {
    const given = environmentOf(name);
    const { environment, asked } = askedOf(given);
    PARTS[name](environment);
    const read = [...asked].filter((key) => !(key.endsWith('_FILE') && asked.has(key.slice(0, -5))));
    expect(read.filter((key) => !(key in given)).sort()).toEqual(FIXED[name]);
  });

  it('gives the command line all that it reads, and no more', async () => {
    const given = environmentOf('cli');
    const documented = await documentedSettings(part);
    const read = [...documented].filter(([, readers]) => readers.includes('cli')).map(([key]) => key);
    expect(read.filter((key) => !(key in given)).sort()).toEqual(FIXED.cli);
    expect(Object.keys(given).filter((key) => !read.includes(key))).toEqual([]);
  });

  it('keeps everything for good, and frames for a year where .env says so', async () => {
    const kept = async (more: Record<string, string>) => {
      const changed = await readCompose('compose.yaml', { ...example, ...more });
      return readConsumptionConfig(environmentOf('consumption', changed)).retention.keepDays;
    };
    expect(await kept({})).toMatchObject({ frames: null, audit: null });
    expect(await kept({ KEEP_FRAMES_DAYS: '365' })).toMatchObject({ frames: 365, audit: null });
  });
});
