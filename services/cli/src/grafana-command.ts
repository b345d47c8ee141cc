import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import type { Credentials, PushReport, Wanted } from '@veilleur/grafana';
import { languageOf, zoneOf } from '@veilleur/runtime';
import { type Command, Option } from 'commander';
import type { Conclude, Environment } from './command.ts';
import { createOutput } from './output.ts';

type Language = 'en' | 'fr';

interface PushCommandOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly language?: Language;
  readonly databaseUrl?: string;
  readonly databasePasswordFile?: string;
  readonly renewSecrets?: boolean;
  readonly prometheusUrl?: string;
  readonly webhookUrl?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const OUTCOMES = {
  en: { created: 'created', updated: 'updated', unchanged: 'unchanged' },
  fr: { created: 'créé', updated: 'mis à jour', unchanged: 'inchangé' },
} as const;

const KINDS = {
  en: {
    data_source: 'data source',
    contact_point: 'contact point',
    folder: 'folder',
    dashboard: 'dashboard',
  },
  fr: { data_source: 'source', contact_point: 'contact', folder: 'dossier', dashboard: 'tableau de bord' },
} as const;

const TEXTS = {
  en: {
    would: 'A dry run: nothing was written.',
    did: (version: string, changed: number) =>
      `Grafana ${version}: ${changed === 0 ? 'all was so already' : `${changed} written`}.`,
    wrote: (folder: string, files: number) => `${files} files written to ${folder}`,
  },
  fr: {
    would: 'Essai à blanc : rien n’a été écrit.',
    did: (version: string, changed: number) =>
      `Grafana ${version} : ${changed === 0 ? 'tout y était déjà' : changed === 1 ? '1 élément écrit' : `${changed} éléments écrits`}.`,
    wrote: (folder: string, files: number) => `${files} fichiers écrits dans ${folder}`,
  },
} as const;

/** `veilleur grafana push` and `veilleur grafana write` */
export function addGrafanaCommands(program: Command, environment: Environment, conclude: Conclude): void {
  const spoken = languageOf(environment);
  const grafana = program.command('grafana').description('dashboards: into a Grafana, or as files for it');

  grafana
    .command('push')
    .description('bring the dashboards into a Grafana; again writes only what differs')
    .requiredOption('--url <url>', "Grafana's address")
    .addOption(
      new Option('--token-file <file>', 'a service account token, alone in a file').conflicts('user'),
    )
    .option('--user <name>', 'basic authentication instead, with --password-file')
    .option('--password-file <file>', "that user's password, alone in a file")
    .addOption(
      new Option('--language <language>', 'of the dashboards (default: yours)').choices(['en', 'fr']),
    )
    .option('--database-url <url>', 'make the data source too: postgres://reader@host:5432/veilleur')
    .option('--database-password-file <file>', 'the password of that reader')
    .option('--renew-secrets', 'write that password again, though there is one')
    .option('--prometheus-url <url>', 'make the data source of the metrics too')
    .option('--webhook-url <url>', "make a contact point for Grafana's own alert rules too")
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
The token needs the role Editor; Admin where a data source or a contact point is made.

Examples:
  veilleur grafana push --url https://grafana.ville.fr --token-file token --language fr --dry-run
  veilleur grafana push --url http://127.0.0.1:3000 --token-file token \\
    --database-url postgres://reader@127.0.0.1:5432/veilleur --database-password-file reader-password`,
    )
    .action(async (options: PushCommandOptions) => {
      const { GrafanaClient, push } = await import('@veilleur/grafana');
      const { url, dryRun = false, renewSecrets = false } = options;
      const timeZone = zoneOf(environment);
      const client = new GrafanaClient({ url, credentials: await credentialsOf(options) });
      const wanted = await wantedOf(options, options.language ?? spoken, timeZone);
      const report = await push(client, wanted, { dryRun, renewSecrets });
      createOutput(options.json ?? false).answer(report, textOf(report, spoken));
      conclude(0);
    });

  grafana
    .command('write')
    .description('write the dashboards and data sources as provisioning files')
    .argument('<folder>', 'what Grafana reads as its folder of provisioning')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Days and nights are those of TIME_ZONE (default Europe/Paris). Secrets are not written: docs/grafana.md
says which variables and which file Grafana takes them from.

Example:
  veilleur grafana write infra/grafana`,
    )
    .action(async (folder: string, { json = false }: { json?: boolean }) => {
      const { provisioningFiles } = await import('@veilleur/grafana');
      const files = provisioningFiles(zoneOf(environment));
      for (const [path, text] of files) {
        const file = join(resolve(folder), path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
      createOutput(json).answer(
        { folder: resolve(folder), files: [...files.keys()] },
        TEXTS[spoken].wrote(folder, files.size),
      );
      conclude(0);
    });
}

async function wantedOf(options: PushCommandOptions, language: Language, timeZone: string): Promise<Wanted> {
  const { dashboardsIn, folderOf, postgresDataSource, prometheusDataSource } = await import(
    '@veilleur/grafana'
  );
  const { databaseUrl, databasePasswordFile, prometheusUrl, webhookUrl } = options;
  const password = databasePasswordFile === undefined ? null : await secretIn(databasePasswordFile);
  return {
    dataSources: [
      ...(databaseUrl === undefined ? [] : [postgresDataSource(databaseUrl, password)]),
      ...(prometheusUrl === undefined ? [] : [prometheusDataSource(prometheusUrl)]),
    ],
    webhooks:
      webhookUrl === undefined ? [] : [{ uid: 'veilleur-webhook', name: 'Veilleur', url: webhookUrl }],
    folder: folderOf(language),
    dashboards: dashboardsIn(language, timeZone),
  };
}

async function credentialsOf({ tokenFile, user, passwordFile }: PushCommandOptions): Promise<Credentials> {
  if (tokenFile !== undefined) return { kind: 'token', token: await secretIn(tokenFile) };
  if (user !== undefined && passwordFile !== undefined) {
    return { kind: 'basic', user, password: await secretIn(passwordFile) };
  }
  throw new VeilleurError('usage_incomplete', 'Grafana asks who it is', {
    remedy: 'Add --token-file, or --user and --password-file.',
  });
}

/** What a file holds alone, without the end of its line. */
async function secretIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new VeilleurError('secret_unreadable', `${file} cannot be read`, {
      remedy: 'The file holds the secret and nothing else, and you may read it.',
      cause: error,
    });
  });
  const secret = text.trim();
  if (secret === '') {
    throw new VeilleurError('secret_empty', `${file} is empty`, {
      remedy: 'It holds the secret and nothing else.',
    });
  }
  return secret;
}

function textOf({ version, isDryRun, pushed }: PushReport, language: Language): string {
  const lines = pushed.map(
    ({ kind, name, outcome }) =>
      `${OUTCOMES[language][outcome].padEnd(12)}${KINDS[language][kind].padEnd(17)}${name}`,
  );
  const changed = pushed.filter(({ outcome }) => outcome !== 'unchanged').length;
  const texts = TEXTS[language];
  return [...lines, isDryRun ? texts.would : texts.did(version ?? '', changed)].join('\n');
}
