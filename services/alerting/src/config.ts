import {
  cityZone,
  holidayCalendar,
  LOG_LEVELS,
  type LogLevel,
  portNumber,
  readEnvironment,
} from '@veilleur/runtime';
import { z } from 'zod';

export interface AlertingConfig {
  /** The city's zone, for devices whose site has none. */
  readonly timeZone: string;
  /** Shares of the tail; must stay the same over restarts. */
  readonly partitions: number;
  /** Put in force at the start, beside what people loaded; null: the rules are those of the database. */
  readonly rulesFile: string | null;
  /** Whether it counts where no rule was ever put in force only. */
  readonly rulesFileOnce: boolean;
  readonly holidays: 'france' | 'alsace-moselle';
  /** Changes evaluated in one transaction, about. */
  readonly batchSize: number;
  /** Memory for what is remembered of devices, all partitions together. */
  readonly cacheMB: number;
  readonly rulesEveryMs: number;
  readonly attributesEveryMs: number;
}

export interface AlertingProgramConfig extends AlertingConfig {
  /** Says whom alerts reach; null: nobody is told. */
  readonly notificationsFile: string | null;
  readonly databaseUrl: string;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
}

const ENVIRONMENT = z.object({
  DATABASE_URL: z.string(),
  TIME_ZONE: cityZone,
  ALERTING_PARTITIONS: z.coerce.number().int().min(1).max(64).default(2),
  ALERTING_BATCH_SIZE: z.coerce.number().int().min(1).max(20_000).default(2000),
  ALERTING_CACHE_MB: z.coerce.number().int().min(16).default(512),
  ALERTING_RULES_EVERY_S: z.coerce.number().min(0.1).default(10),
  ALERTING_ATTRIBUTES_EVERY_S: z.coerce.number().min(1).default(300),
  RULES_FILE: z.string().optional(),
  HOLIDAYS: holidayCalendar,
  NOTIFICATIONS_FILE: z.string().optional(),
  ALERTING_METRICS_HOST: z.string().default('127.0.0.1'),
  ALERTING_METRICS_PORT: portNumber.default(9466),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Reads the service's configuration; every variable is described in docs/configuration.md. */
export function readAlertingConfig(
  environment: Readonly<Record<string, string | undefined>>,
): AlertingProgramConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    timeZone: env.TIME_ZONE,
    partitions: env.ALERTING_PARTITIONS,
    rulesFile: env.RULES_FILE ?? null,
    rulesFileOnce: false,
    notificationsFile: env.NOTIFICATIONS_FILE ?? null,
    holidays: env.HOLIDAYS,
    batchSize: env.ALERTING_BATCH_SIZE,
    cacheMB: env.ALERTING_CACHE_MB,
    rulesEveryMs: env.ALERTING_RULES_EVERY_S * 1000,
    attributesEveryMs: env.ALERTING_ATTRIBUTES_EVERY_S * 1000,
    metricsHost: env.ALERTING_METRICS_HOST,
    metricsPort: env.ALERTING_METRICS_PORT,
    logLevel: env.LOG_LEVEL,
  };
}
