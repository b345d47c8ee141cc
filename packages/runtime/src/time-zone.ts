import { isTimeZone } from '@veilleur/domain';
import { z } from 'zod';

/** An IANA time zone that this machine knows, by its name. */
export const timeZoneName = z
  .string()
  .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Paris' });

/** TIME_ZONE: the city's zone. */
export const cityZone = timeZoneName.default('Europe/Paris');
