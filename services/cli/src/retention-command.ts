import { dueForRetention, type RetentionConfig, readRetentionConfig, retain } from '@veilleur/consumption';
import { type Language, languageOf } from '@veilleur/runtime';
import { type Forgettable, type JobOutcome, runJob } from '@veilleur/store';
import type { Command } from 'commander';
import type { Conclude } from './command.ts';
import { withDatabase } from './database.ts';
import { didText } from './jobs-text.ts';
import { createOutput } from './output.ts';
import { aligned } from './point-text.ts';

const TEXTS = {
  en: {
    head: ['kind', 'older than', 'goes', 'bytes'],
    kinds: {
      frames: 'frames',
      events: 'device events',
      measurements: 'measurements',
      quarantine: 'quarantine',
      audit: 'audit',
    },
    parts: (count: number) => `${count} chunks or partitions`,
    rows: (count: number) => `${count} rows`,
    nothing: 'nothing',
    awaited: (points: number) => `nothing: ${points} points are yet to be settled from it`,
    keepsAll: 'Everything is kept: none of the variables KEEP_... is set (docs/configuration.md).',
    done: (did: string) => `done: ${did}`,
    busy: 'another process is at it',
    failed: (error: string) => `not done: ${error}`,
  },
  fr: {
    head: ['données', 'antérieures à', 'à effacer', 'octets'],
    kinds: {
      frames: 'trames',
      events: 'événements des capteurs',
      measurements: 'mesures',
      quarantine: 'quarantaine',
      audit: 'audit',
    },
    parts: (count: number) => `${count} tranches ou partitions`,
    rows: (count: number) => `${count} lignes`,
    nothing: 'rien',
    awaited: (points: number) => `rien : ${points} points restent à calculer à partir d’elles`,
    keepsAll: 'Tout est conservé : aucune variable KEEP_... n’est définie (docs/configuration.md).',
    done: (did: string) => `fait : ${did}`,
    busy: 'un autre processus s’en occupe',
    failed: (error: string) => `non fait : ${error}`,
  },
} as const;

/** `veilleur retention` */
export function addRetentionCommand(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
  conclude: Conclude,
): void {
  program
    .command('retention')
    .description(
      'take away, now, what is older than it is kept (KEEP_FRAMES_DAYS ...); else it is done every night',
    )
    .option('--dry-run', 'only show what would go, and how many bytes')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit status 1 where it could not be done, or another process is at it.

Examples:
  KEEP_FRAMES_DAYS=400 veilleur retention --dry-run
  veilleur retention`,
    )
    .action(
      async ({ dryRun = false, json = false }: { readonly dryRun?: boolean; readonly json?: boolean }) => {
        const config = readRetentionConfig(environment);
        const now = new Date();
        const language = languageOf(environment);
        const outcome = await withDatabase(environment, async (pool): Promise<Outcome> => {
          const due = await dueForRetention(pool, config, now);
          if (dryRun) return { due, outcome: null };
          return { due, outcome: await runJob(pool, 'retention', () => retain(pool, config, now)) };
        });
        createOutput(json).answer(outcome, describe(config, outcome, language));
        conclude(outcome.outcome === null || outcome.outcome.kind === 'done' ? 0 : 1);
      },
    );
}

interface Outcome {
  readonly due: readonly Forgettable[];
  /** Null: only looked at. */
  readonly outcome: JobOutcome | null;
}

function describe({ keepDays }: RetentionConfig, { due, outcome }: Outcome, language: Language): string {
  const t = TEXTS[language];
  const goes = ({ parts, rows, awaited, upTo }: Forgettable) => {
    if (awaited > 0) return t.awaited(awaited);
    if (upTo === null) return t.nothing;
    return parts === null ? t.rows(rows ?? 0) : t.parts(parts);
  };
  const table = aligned([
    t.head,
    ...due.map((one) => [
      t.kinds[one.kind],
      one.before.toISOString().slice(0, 10),
      goes(one),
      one.upTo === null ? '0' : one.bytes.toLocaleString(language),
    ]),
  ]);
  const keepsAll = Object.values(keepDays).every((days) => days === null);
  const done =
    outcome === null
      ? []
      : outcome.kind === 'done'
        ? [t.done(didText(outcome.detail, language))]
        : [outcome.kind === 'busy' ? t.busy : t.failed(outcome.error)];
  return [keepsAll ? t.keepsAll : table, ...done].join('\n');
}
