import { languageOf } from '@veilleur/runtime';
import type { Command } from 'commander';
import { backup } from './backup.ts';
import { restore } from './backup-restore.ts';
import { describeBackup, describeRestore } from './backup-text.ts';
import type { Conclude } from './command.ts';
import { databaseUrlOf } from './database.ts';
import { createOutput } from './output.ts';

interface RestoreCommandOptions {
  readonly replace?: boolean;
  readonly verify: boolean;
  readonly trial?: boolean;
  readonly json?: boolean;
}

/** `veilleur backup`, `veilleur restore` */
export function addBackupCommands(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('backup')
    .description('write the whole database into a new folder, while everything runs')
    .argument('<folder>', 'where the folder of this backup is made')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
The folder holds pg_dump's archive and a manifest: versions, schema, checksum, and for each table how
many rows it has and what they add up to.

Example:
  DATABASE_URL=postgres://... veilleur backup /var/backups/veilleur`,
    )
    .action(async (into: string, { json = false }: { readonly json?: boolean }) => {
      const output = createOutput(json);
      const made = await backup(databaseUrlOf(environment), environment, { into, now: new Date() }, output);
      output.answer(made, describeBackup(made, languageOf(environment)));
      conclude(0);
    });

  program
    .command('restore')
    .description('make the database what a backup says')
    .argument('<folder>', 'the folder that veilleur backup made')
    .option('--replace', 'drop what the database holds now, once the backup is restored beside it')
    .option('--trial', 'restore beside, compare, drop it again: the present database does not change')
    .option('--no-verify', 'without comparing each table with the manifest')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
It is restored into <database>_restoring, compared, and takes the database's name only then: so there must
be room for both, and the user of DATABASE_URL must be a superuser (without TimescaleDB: may create databases).
Stop Veilleur and whoever else reads the database first; --trial needs no stop.

Examples:
  DATABASE_URL=postgres://... veilleur restore /var/backups/veilleur/veilleur-20260301T020000Z --trial
  DATABASE_URL=postgres://... veilleur restore /var/backups/veilleur/veilleur-20260301T020000Z --replace`,
    )
    .action(async (folder: string, options: RestoreCommandOptions) => {
      const output = createOutput(options.json ?? false);
      const { replace = false, verify, trial = false } = options;
      const url = databaseUrlOf(environment);
      const restored = await restore(url, environment, { folder, replace, verify, trial }, output);
      output.answer(restored, describeRestore(restored, languageOf(environment)));
      conclude(0);
    });
}
