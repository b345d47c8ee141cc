import { BlockList, isIP } from 'node:net';
import {
  ConfigError,
  cityZone,
  flag,
  LOG_LEVELS,
  type LogLevel,
  portNumber,
  readEnvironment,
} from '@veilleur/runtime';
import { z } from 'zod';
import { isLoopbackHost } from './access/nearness.ts';

/** Who is let in, and how often. */
export interface AccessConfig {
  /** Every request but those of watchdogs needs a key, those of this machine too. */
  readonly requireKey: boolean;
  /** Requests a second of each key, and of each address without one; four seconds' worth at once. */
  readonly ratePerS: number;
  /** Whoever asks comes by HTTPS, so that browsers may be told to do so always. */
  readonly behindTls: boolean;
  /** Proxies that are believed when they say for whom they ask. */
  readonly trustedProxies: readonly string[];
  /** How long a caller may take to send a request. */
  readonly slowCallerMs: number;
  /** `/ready` says no where a consumer of what is stored is farther behind; null: never for that. */
  readonly readyLagS: number | null;
}

export interface ApiConfig extends Partial<AccessConfig> {
  readonly host: string;
  readonly port: number;
  /** The city's time zone: what an hour, a day or a month is when the caller names none. */
  readonly timeZone: string;
}

export interface ApiProgramConfig extends ApiConfig {
  readonly databaseUrl: string;
  readonly logLevel: LogLevel;
}

const addresses = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((all) => all.every(isAddressOrNetwork), {
    error: 'expected addresses or networks with commas between them, such as 10.0.0.7,fd00::/8',
  });

function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  try {
    new BlockList().addSubnet(address, z.coerce.number().parse(bits), family === 4 ? 'ipv4' : 'ipv6');
    return /^\d+$/.test(bits);
  } catch {
    return false;
  }
}

const ENVIRONMENT = z.object({
  DATABASE_URL: z.string(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: portNumber.default(8080),
  TIME_ZONE: cityZone,
  API_REQUIRE_KEY: flag.optional(),
  API_RATE_PER_S: z.coerce.number().min(1).max(100_000).optional(),
  API_BEHIND_TLS: flag.optional(),
  API_TRUSTED_PROXIES: addresses.optional(),
  API_READY_LAG_S: z.coerce.number().min(1).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** Reads the API's configuration; every variable is described in docs/configuration.md. */
export function readApiConfig(environment: Readonly<Record<string, string | undefined>>): ApiProgramConfig {
  const env = readEnvironment(ENVIRONMENT, environment);
  if (env.API_REQUIRE_KEY === false && !isLoopbackHost(env.HTTP_HOST)) {
    throw new ConfigError(
      `API_REQUIRE_KEY: beyond this machine (HTTP_HOST ${env.HTTP_HOST}) keys are always required`,
    );
  }
  const access = {
    requireKey: env.API_REQUIRE_KEY,
    ratePerS: env.API_RATE_PER_S,
    behindTls: env.API_BEHIND_TLS,
    trustedProxies: env.API_TRUSTED_PROXIES,
    readyLagS: env.API_READY_LAG_S,
  };
  return {
    databaseUrl: env.DATABASE_URL,
    logLevel: env.LOG_LEVEL,
    host: env.HTTP_HOST,
    port: env.HTTP_PORT,
    timeZone: env.TIME_ZONE,
    ...Object.fromEntries(Object.entries(access).filter(([, value]) => value !== undefined)),
  };
}

/** What holds where the configuration does not say. Beyond this machine a key is required whatever it says. */
export function accessOf(config: ApiConfig): AccessConfig {
  return {
    requireKey: (config.requireKey ?? false) || !isLoopbackHost(config.host),
    ratePerS: config.ratePerS ?? 50,
    behindTls: config.behindTls ?? false,
    trustedProxies: config.trustedProxies ?? [],
    slowCallerMs: config.slowCallerMs ?? 15_000,
    readyLagS: config.readyLagS ?? null,
  };
}
