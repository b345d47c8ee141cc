import { LOG_LEVELS, type LogLevel, portNumber, readEnvironment } from '@veilleur/runtime';
import { z } from 'zod';

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** The city's time zone: what an hour, a day or a month is when the caller names none. */
  readonly timeZone: string;
}

export interface ApiProgramConfig extends ApiConfig {
  readonly databaseUrl: string;
  readonly logLevel: LogLevel;
}

/** An IANA time zone that this machine knows. */
export const timeZoneName = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { error: 'expected an IANA time zone such as Europe/Paris' },
);

const ENVIRONMENT = z.object({
  DATABASE_URL: z.string(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: portNumber.default(8080),
  TIME_ZONE: timeZoneName.default('Europe/Paris'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Reads the API's configuration; every variable is described in docs/configuration.md. */
export function readApiConfig(environment: Readonly<Record<string, string | undefined>>): ApiProgramConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    logLevel: env.LOG_LEVEL,
    host: env.HTTP_HOST,
    port: env.HTTP_PORT,
    timeZone: env.TIME_ZONE,
  };
}
