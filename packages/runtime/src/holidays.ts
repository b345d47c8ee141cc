import { z } from 'zod';
import { readEnvironment } from './config.ts';

/** HOLIDAYS: whose public holidays count. */
export const holidayCalendar = z.enum(['france', 'alsace-moselle']).default('france');

/** Whose holidays count as the environment says it. @throws ConfigError */
export const holidaysOf = (environment: Readonly<Record<string, string | undefined>>) =>
  readEnvironment(z.object({ HOLIDAYS: holidayCalendar }), environment).HOLIDAYS;
