import { lastRuns, type Pool } from '@veilleur/store';
import { z } from 'zod';
import type { Server } from './server.ts';

const job = z.object({
  job: z.string().meta({ description: 'Such as `estimates`; `pull:` and the name of a source' }),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  outcome: z
    .enum(['done', 'failed', 'running', 'cut_off'])
    .meta({ description: '`cut_off`: its process died; the next run goes on' }),
  lastDoneAt: z
    .date()
    .nullable()
    .meta({ description: 'When a run last ended well; null: none of the last 90 days did' }),
  detail: z.record(z.string(), z.unknown()).meta({
    description:
      'What it did. Of a pull: points, readings, changed, problems, upTo (the days before it are stored); of a failure: error, and code and remedy where they are known',
  }),
});

/** Scheduled work: when each job last ran, and what came of it. */
export function jobRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  server.get(
    '/api/jobs',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The last run of each scheduled job: pulls, estimates, retention',
        response: { 200: z.object({ jobs: z.array(job) }) },
      },
    },
    async () => ({ jobs: (await lastRuns(pool)).map((run) => ({ ...run })) }),
  );
}
