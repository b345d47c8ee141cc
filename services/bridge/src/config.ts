import { hostname } from 'node:os';
import { LOG_LEVELS, type LogLevel, portNumber, readEnvironment } from '@veilleur/runtime';
import { z } from 'zod';
import type { MqttVersion } from './mqtt-connection.ts';

export interface BridgeConfig {
  readonly mqtt: {
    readonly url: URL;
    readonly clientId: string;
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly version: MqttVersion | 'auto';
    /** Undefined: this bridge reads everything by itself. */
    readonly shareGroup: string | undefined;
    readonly keepAliveS: number;
    readonly sessionExpiryS: number;
    readonly window: number;
  };
  readonly batchSize: number;
  readonly writers: number;
  readonly drainTimeoutMs: number;
  /** How long one transaction may take before its connection counts as hung. */
  readonly databaseTimeoutMs: number;
}

export interface BridgeProgramConfig extends BridgeConfig {
  readonly databaseUrl: string;
  readonly logLevel: LogLevel;
  readonly metricsHost: string;
  readonly metricsPort: number;
  /** Profiles of the operator's own, beside those of this repository. */
  readonly profilesFolder: string | undefined;
}

const VERSIONS = { auto: 'auto', '5': 5, '3.1.1': 4 } as const;

const ENVIRONMENT = z.object({
  DATABASE_URL: z.string(),
  MQTT_URL: z.url({ protocol: /^mqtts?$/, error: 'expected mqtt://host:port or mqtts://host:port' }),
  MQTT_CLIENT_ID: z.string().max(64).optional(),
  MQTT_USERNAME: z.string().optional(),
  MQTT_PASSWORD: z.string().optional(),
  MQTT_VERSION: z.enum(['auto', '5', '3.1.1']).default('auto'),
  MQTT_SHARE_GROUP: z
    .string()
    .regex(/^[^/+#]+$/, 'may not hold /, + or #')
    .optional(),
  MQTT_KEEP_ALIVE_S: z.coerce.number().int().min(5).max(3600).default(30),
  MQTT_SESSION_EXPIRY_S: z.coerce
    .number()
    .int()
    .min(60)
    .max(4_294_967_295)
    .default(7 * 86_400),
  BRIDGE_WINDOW: z.coerce.number().int().min(1).max(65_535).default(4000),
  BRIDGE_BATCH_SIZE: z.coerce.number().int().min(1).max(20_000).default(1000),
  BRIDGE_WRITERS: z.coerce.number().int().min(1).max(8).default(2),
  // `runUntilSignal` ends the process after 30 s, and the connections have to be closed before.
  BRIDGE_DRAIN_TIMEOUT_MS: z.coerce.number().int().min(0).max(25_000).default(10_000),
  BRIDGE_DATABASE_TIMEOUT_MS: z.coerce.number().int().min(1000).max(3_600_000).default(30_000),
  BRIDGE_METRICS_HOST: z.string().default('127.0.0.1'),
  BRIDGE_METRICS_PORT: portNumber.default(9464),
  PROFILES_FOLDER: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Reads the bridge's configuration; every variable is described in docs/configuration.md. */
export function readBridgeConfig(
  environment: Readonly<Record<string, string | undefined>>,
): BridgeProgramConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    logLevel: env.LOG_LEVEL,
    metricsHost: env.BRIDGE_METRICS_HOST,
    metricsPort: env.BRIDGE_METRICS_PORT,
    profilesFolder: env.PROFILES_FOLDER,
    mqtt: {
      url: new URL(env.MQTT_URL),
      // Stable over restarts: the broker keeps this client's session, and what it holds, under this name.
      clientId: env.MQTT_CLIENT_ID ?? `veilleur-bridge-${hostname()}`.slice(0, 64),
      username: env.MQTT_USERNAME,
      password: env.MQTT_PASSWORD,
      version: VERSIONS[env.MQTT_VERSION],
      shareGroup: env.MQTT_SHARE_GROUP,
      keepAliveS: env.MQTT_KEEP_ALIVE_S,
      sessionExpiryS: env.MQTT_SESSION_EXPIRY_S,
      window: env.BRIDGE_WINDOW,
    },
    batchSize: env.BRIDGE_BATCH_SIZE,
    writers: env.BRIDGE_WRITERS,
    drainTimeoutMs: env.BRIDGE_DRAIN_TIMEOUT_MS,
    databaseTimeoutMs: env.BRIDGE_DATABASE_TIMEOUT_MS,
  };
}
