import { drawDataModel } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';

/** `veilleur data-model` */
export function addDataModelCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('data-model')
    .description('draw the schema of the database: a page of Markdown, with diagrams for Mermaid')
    .option('--json', 'one JSON object, with the page in it')
    .addHelpText('after', '\nExample:\n  veilleur data-model > docs/data-model.md')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const page = await withDatabase(environment, drawDataModel);
      createOutput(json).answer({ page }, page.trimEnd());
      conclude(0);
    });
}
