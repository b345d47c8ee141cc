import { siteReport, tertiaryReport } from '@veilleur/meta-meter';
import type { Pool } from '@veilleur/store';
import { z } from 'zod';
import { day } from './moments.ts';
import type { Server } from './server.ts';
import { siteReportSchema, tertiaryReportSchema } from './site-report-schema.ts';

const code = z.string().min(1).max(100);

/** What sites used, and what that was worth. */
export function siteRoutes(
  server: Server,
  { pool, timeZone: cityZone }: { readonly pool: Pool; readonly timeZone: string },
): void {
  server.get(
    '/api/sites/:code/report',
    {
      config: { access: 'read' },
      schema: {
        summary:
          'What a site used: units, kWh (PCS and PCI), EUR and CO2e, beside the year before and similar sites',
        description:
          'Over all points and operators of a site and its parts. Local days; without `from` and `to` the twelve months before this one. What is not known is null, with the reason, and never zero.',
        params: z.object({ code }),
        querystring: z.object({
          from: day.optional().meta({ description: 'First local day' }),
          to: day.optional().meta({ description: 'The day after the last' }),
        }),
        response: { 200: siteReportSchema },
      },
    },
    ({ params, query: { from = null, to = null } }) =>
      siteReport(pool, params.code, { from, to, cityZone, now: new Date() }),
  );

  server.get(
    '/api/sites/:code/tertiary',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The yearly view of the décret tertiaire',
        description:
          'Final energy in kWh PCI of each whole year against the reference year, raw and by degree days, with the goals of 2030, 2040 and 2050. No declaration: OPERAT adjusts by its own stations.',
        params: z.object({ code }),
        response: { 200: tertiaryReportSchema },
      },
    },
    ({ params }) => tertiaryReport(pool, params.code, { cityZone, now: new Date() }),
  );
}
