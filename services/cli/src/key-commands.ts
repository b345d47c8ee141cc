import { type Language, languageOf } from '@veilleur/runtime';
import {
  type ApiKey,
  addApiKey,
  KEY_SCOPES,
  type KeyScope,
  listApiKeys,
  revokeApiKey,
} from '@veilleur/store';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { byOption } from './alerts-commands.ts';
import type { Conclude, Environment } from './command.ts';
import { withDatabase } from './database.ts';
import { createOutput } from './output.ts';

const SOURCE = 'command line';
const HOUR_MS = 3_600_000;

const TEXTS = {
  en: {
    added: (name: string, scope: string) => `the key "${name}" may ${scope}. It is shown this once:`,
    use: 'Send it as  Authorization: Bearer <key>  and keep it where only its user reads it.',
    columns: ['name', 'scope', 'prefix', 'made', 'by', 'until', 'last used', 'revoked'],
    forGood: 'for good',
    never: 'never',
    expired: 'expired',
    none: 'there is no key',
    revoked: (name: string) => `the key "${name}" is revoked; within seconds nobody takes it any more`,
  },
  fr: {
    added: (name: string, scope: string) =>
      `la clé « ${name} » a le droit ${scope}. Elle n’est montrée qu’ici :`,
    use: 'Envoyez-la ainsi :  Authorization: Bearer <clé>  et gardez-la là où seul son usager la lit.',
    columns: ['nom', 'droit', 'préfixe', 'créée', 'par', 'jusqu’à', 'dernier usage', 'révoquée'],
    forGood: 'sans limite',
    never: 'jamais',
    expired: 'expirée',
    none: 'il n’y a aucune clé',
    revoked: (name: string) =>
      `la clé « ${name} » est révoquée ; d’ici quelques secondes personne ne l’accepte plus`,
  },
} as const;

/** `veilleur key ...` */
export function addKeyCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const keys = program.command('key').description('keys of the API: who may ask it for what');
  const language = languageOf(environment);
  const t = TEXTS[language];

  keys
    .command('add')
    .description('make a key, and show it this once')
    .argument('<name>', 'who or what will use it: what it does is kept under this name')
    .addOption(
      new Option('--scope <scope>', 'each with those before it').choices(KEY_SCOPES).makeOptionMandatory(),
    )
    .addOption(new Option('--expires <span>', 'such as 90d or 12h (default: for good)').argParser(spanMs))
    .addOption(byOption(environment))
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Scopes: read (values, alerts), operate (acknowledge, assign, comment, silence), engineer (rules, imports),
admin (keys, the audit).

Examples:
  veilleur key add dashboard --scope read
  veilleur key add work-orders --scope operate --expires 90d`,
    )
    .action(async (name: string, { scope, expires, by, json = false }: AddOptions) => {
      const now = new Date();
      const expiresAt = expires === undefined ? null : new Date(now.getTime() + expires);
      const { key, text } = await withDatabase(environment, (pool) =>
        addApiKey(pool, { name, scope, expiresAt }, { by, now, source: SOURCE }),
      );
      createOutput(json).answer(
        { ...key, key: text },
        [t.added(key.name, key.scope), '', `  ${text}`, '', t.use].join('\n'),
      );
      conclude(0);
    });

  keys
    .command('list', { isDefault: true })
    .description('keys, and when they were last used; exit status 1 where there is none')
    .option('--all', 'those that were revoked too')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur key list --all')
    .action(async ({ all = false, json = false }: { readonly all?: boolean; readonly json?: boolean }) => {
      const found = await withDatabase(environment, (pool) => listApiKeys(pool, { revoked: all }));
      createOutput(json).answer({ keys: found }, describeKeys(found, language, new Date()));
      conclude(found.length === 0 ? 1 : 0);
    });

  keys
    .command('revoke')
    .description('end a key: it is refused within seconds; what it did stays in the record')
    .argument('<key>', 'its name or prefix')
    .addOption(byOption(environment))
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  veilleur key revoke work-orders')
    .action(async (which: string, { by, json = false }: { readonly by: string; readonly json?: boolean }) => {
      const key = await withDatabase(environment, (pool) =>
        revokeApiKey(pool, which, { by, now: new Date(), source: SOURCE }),
      );
      createOutput(json).answer(key, t.revoked(key.name));
      conclude(0);
    });
}

interface AddOptions {
  readonly scope: KeyScope;
  readonly expires?: number;
  readonly by: string;
  readonly json?: boolean;
}

/** `90d`, `12h` in milliseconds; a hundred years at most. */
function spanMs(text: string): number {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  const ms = Number(count) * (unit === 'd' ? 24 : 1) * HOUR_MS;
  if (!(ms > 0 && ms <= 36_525 * 24 * HOUR_MS))
    throw new InvalidArgumentError('expected 90d, 12h or the like.');
  return ms;
}

function describeKeys(keys: readonly ApiKey[], language: Language, now: Date): string {
  const t = TEXTS[language];
  if (keys.length === 0) return t.none;
  const shown = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');
  const rows = keys.map((key) => [
    key.name,
    key.scope,
    key.prefix,
    shown(key.createdAt),
    key.createdBy,
    key.expiresAt === null
      ? t.forGood
      : `${shown(key.expiresAt)}${key.expiresAt <= now ? ` (${t.expired})` : ''}`,
    key.lastUsedAt === null ? t.never : shown(key.lastUsedAt),
    key.revokedAt === null ? '' : `${shown(key.revokedAt)} ${key.revokedBy}`,
  ]);
  const table = [t.columns, ...rows];
  const widths = t.columns.map((_, i) => Math.max(...table.map((row) => (row[i] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
