import { resolve } from 'node:path';
import { cityZone, flag, LOG_LEVELS, type LogLevel, portNumber, readEnvironment } from '@veilleur/runtime';
import { z } from 'zod';

export interface StackConfig {
  /** Holds the embedded database, and nothing else. */
  readonly dataFolder: string;
  /** A database of the city's; null: one is started in the data folder. */
  readonly databaseUrl: string | null;
  /** A broker of the city's; null: one is started in this process. */
  readonly mqttUrl: string | null;
  readonly embeddedBroker: {
    readonly host: string;
    readonly port: number;
    readonly username: string | undefined;
    readonly password: string | undefined;
  };
  readonly http: { readonly host: string; readonly port: number };
  readonly timeZone: string;
  /** Of consumption, where a person says otherwise than usual. */
  readonly consumption: { readonly restMs?: number; readonly graceMs?: number };
  readonly demo: { readonly seed: number } | null;
  readonly profilesFolder: string | undefined;
  /** Says what is pulled from operators; null: nothing. */
  readonly operatorsFile: string | null;
  /** Says whom alerts reach; null: nobody is told. */
  readonly notificationsFile: string | null;
  readonly logLevel: LogLevel;
}

const ENVIRONMENT = z.object({
  DATA_FOLDER: z.string().default('data'),
  DATABASE_URL: z.string().optional(),
  MQTT_URL: z.string().optional(),
  MQTT_HOST: z.string().default('127.0.0.1'),
  MQTT_PORT: portNumber.default(1883),
  MQTT_USERNAME: z.string().optional(),
  MQTT_PASSWORD: z.string().optional(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: portNumber.default(8080),
  TIME_ZONE: cityZone,
  CONSUMPTION_REST_MS: z.coerce.number().int().min(0).optional(),
  CONSUMPTION_GRACE_HOURS: z.coerce.number().min(1).optional(),
  DEMO: flag.default(true),
  DEMO_SEED: z.coerce.number().int().min(0).default(1),
  PROFILES_FOLDER: z.string().optional(),
  OPERATORS_FILE: z.string().optional(),
  NOTIFICATIONS_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('warn'),
});

/** Reads the stack's configuration; every variable is described in docs/configuration.md. */
export function readStackConfig(environment: Readonly<Record<string, string | undefined>>): StackConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    dataFolder: resolve(env.DATA_FOLDER),
    databaseUrl: env.DATABASE_URL ?? null,
    mqttUrl: env.MQTT_URL ?? null,
    embeddedBroker: {
      host: env.MQTT_HOST,
      port: env.MQTT_PORT,
      username: env.MQTT_USERNAME,
      password: env.MQTT_PASSWORD,
    },
    http: { host: env.HTTP_HOST, port: env.HTTP_PORT },
    timeZone: env.TIME_ZONE,
    consumption: {
      ...(env.CONSUMPTION_REST_MS === undefined ? {} : { restMs: env.CONSUMPTION_REST_MS }),
      ...(env.CONSUMPTION_GRACE_HOURS === undefined
        ? {}
        : { graceMs: env.CONSUMPTION_GRACE_HOURS * 3_600_000 }),
    },
    // A demonstration has no place between a city's own broker and database.
    demo: env.DEMO && env.MQTT_URL === undefined ? { seed: env.DEMO_SEED } : null,
    profilesFolder: env.PROFILES_FOLDER,
    operatorsFile: env.OPERATORS_FILE ?? null,
    notificationsFile: env.NOTIFICATIONS_FILE ?? null,
    logLevel: env.LOG_LEVEL,
  };
}
