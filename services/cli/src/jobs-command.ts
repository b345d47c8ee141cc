import { languageOf } from '@veilleur/runtime';
import { lastRuns } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { describeJobs } from './jobs-text.ts';
import { createOutput } from './output.ts';

/** `veilleur jobs` */
export function addJobsCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('jobs')
    .description('scheduled work (pulls, estimates, retention): when each last ran, and what it did')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit status 1 where the last run of some job failed, or was cut off.

Example:
  veilleur jobs`,
    )
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const jobs = await withDatabase(environment, lastRuns);
      createOutput(json).answer({ jobs }, describeJobs(jobs, languageOf(environment)));
      conclude(jobs.every(({ outcome }) => outcome === 'done' || outcome === 'running') ? 0 : 1);
    });
}
