import { isTimeZone } from '@veilleur/domain';
import { z } from 'zod';
import { readEnvironment } from './config.ts';

/** An IANA time zone that this machine knows, by its name. */
export const timeZoneName = z
  .string()
  .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Paris' });

/** TIME_ZONE: the city's zone. */
export const cityZone = timeZoneName.default('Europe/Paris');

/** The city's zone as the environment says it. @throws ConfigError */
export const zoneOf = (environment: Readonly<Record<string, string | undefined>>): string =>
  readEnvironment(z.object({ TIME_ZONE: cityZone }), environment).TIME_ZONE;
