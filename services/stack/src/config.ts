import { resolve } from 'node:path';
import { flag, LOG_LEVELS, type LogLevel, portNumber, readEnvironment } from '@veilleur/runtime';
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
  readonly demo: { readonly seed: number } | null;
  readonly profilesFolder: string | undefined;
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
  TIME_ZONE: z.string().default('Europe/Paris'),
  DEMO: flag.default(true),
  DEMO_SEED: z.coerce.number().int().min(0).default(1),
  PROFILES_FOLDER: z.string().optional(),
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
    // A demonstration has no place between a city's own broker and database.
    demo: env.DEMO && env.MQTT_URL === undefined ? { seed: env.DEMO_SEED } : null,
    profilesFolder: env.PROFILES_FOLDER,
    logLevel: env.LOG_LEVEL,
  };
}
