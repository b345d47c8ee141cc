import { cityZone, LOG_LEVELS, type LogLevel, portNumber, readEnvironment } from '@veilleur/runtime';
import { z } from 'zod';
import { type RetentionConfig, readRetentionConfig } from './retention.ts';

export interface ConsumptionConfig {
  /** The city's zone, for points and sites that have none. */
  readonly timeZone: string;
  /** Shares of the tail; must stay the same over restarts. */
  readonly partitions: number;
  /** Batches settled at once, each over a connection of its own. */
  readonly settlers: number;
  readonly batchSize: number;
  readonly restMs: number;
  /** So long after the last reading an estimate is due. */
  readonly graceMs: number;
  readonly retention: RetentionConfig;
}

export interface ConsumptionProgramConfig extends ConsumptionConfig {
  /** Says what is pulled from operators; null: nothing. */
  readonly operatorsFile: string | null;
  readonly databaseUrl: string;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

const ENVIRONMENT = z.object({
  DATABASE_URL: z.string(),
  TIME_ZONE: cityZone,
  CONSUMPTION_PARTITIONS: z.coerce.number().int().min(1).max(64).default(2),
  CONSUMPTION_SETTLERS: z.coerce.number().int().min(1).max(32).default(2),
  CONSUMPTION_BATCH_SIZE: z.coerce.number().int().min(1).max(1000).default(50),
  CONSUMPTION_REST_MS: z.coerce.number().int().min(0).default(1000),
  CONSUMPTION_GRACE_HOURS: z.coerce.number().min(1).default(36),
  CONSUMPTION_METRICS_HOST: z.string().default('127.0.0.1'),
  CONSUMPTION_METRICS_PORT: portNumber.default(9465),
  OPERATORS_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Reads the service's configuration; every variable is described in docs/configuration.md. */
export function readConsumptionConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ConsumptionProgramConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    timeZone: env.TIME_ZONE,
    partitions: env.CONSUMPTION_PARTITIONS,
    settlers: env.CONSUMPTION_SETTLERS,
    batchSize: env.CONSUMPTION_BATCH_SIZE,
    restMs: env.CONSUMPTION_REST_MS,
    graceMs: env.CONSUMPTION_GRACE_HOURS * 3_600_000,
    retention: readRetentionConfig(environment),
    operatorsFile: env.OPERATORS_FILE ?? null,
    metricsHost: env.CONSUMPTION_METRICS_HOST,
    metricsPort: env.CONSUMPTION_METRICS_PORT,
    logLevel: env.LOG_LEVEL,
  };
}
