import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { Route } from '@veilleur/rules';
import { readSecret } from '@veilleur/runtime';
import {
  type Complaint,
  complaintLines,
  errorLines,
  lineAt,
  plainWhy,
  readYamlText,
} from '@veilleur/yaml-text';
import {
  type ChannelInFile,
  NOTIFICATIONS_FILE,
  type NotificationsInFile,
} from './notifications-file-schema.ts';

type Known<T> = T extends unknown ? Omit<T, 'secretFile' | 'secretEnv'> : never;

/** A channel with its secret; null: it has none. */
export type ChannelConfig = Readonly<Known<ChannelInFile>> & { readonly secret: string | null };
export type ChannelOf<Kind extends ChannelConfig['kind']> = Extract<ChannelConfig, { readonly kind: Kind }>;

/** Whom alerts reach, and how. */
export interface Notifications {
  readonly groupWaitMs: number;
  readonly settleMs: number;
  /** Null: gateways are not watched. */
  readonly gateways: {
    readonly downAfterMs: number;
    readonly severity: NotificationsInFile['gateways']['severity'];
  } | null;
  readonly channels: readonly ChannelConfig[];
  readonly routes: readonly Route[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const REMEDY =
  'infra/notifications.example.yaml shows every field; docs/notifications.md says what each means.';

/**
 * Reads whom alerts reach, with the secrets that the file names.
 *
 * @param file What NOTIFICATIONS_FILE says; null: nobody is told, alerts are grouped all the same.
 * @throws VeilleurError `notifications_file_unreadable`; `notifications_file_invalid` that names line,
 *   column and field of everything that is wrong.
 */
export async function readNotificationsFile(
  file: string | null,
  environment: Environment,
): Promise<Notifications> {
  if (file === null) return notificationsOf(NOTIFICATIONS_FILE.parse({}), []);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VeilleurError('notifications_file_unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      remedy: 'NOTIFICATIONS_FILE names it; unset, nobody is told of alerts.',
      cause,
    });
  });
  // Failsafe: 0612345678 is a telephone number here, no number.
  const yaml = readYamlText(text, 'failsafe');
  if (yaml.errors.length > 0) throw invalid(errorLines(file, yaml));
  const read = NOTIFICATIONS_FILE.safeParse(yaml.value, {
    error: ({ code, input }) => (code === 'invalid_type' && input === undefined ? 'is missing' : undefined),
  });
  if (!read.success) throw invalid(complaintLines(file, yaml, read.error, whyOf));
  const problems: string[] = [];
  const channels: ChannelConfig[] = [];
  for (const [at, { secretFile, secretEnv, ...channel }] of read.data.channels.entries()) {
    const place = { file: secretFile, variable: secretEnv };
    const secret = await readSecret(place, dirname(file), environment);
    if ('problem' in secret) {
      const path = ['channels', at, secret.at === 'file' ? 'secretFile' : 'secretEnv'];
      problems.push(lineAt(file, yaml, path, secret.problem));
    } else channels.push({ ...channel, secret: secret.text });
  }
  if (problems.length > 0) throw invalid(problems);
  return notificationsOf(read.data, channels);
}

function notificationsOf(read: NotificationsInFile, channels: readonly ChannelConfig[]): Notifications {
  const { downAfter, severity, watch } = read.gateways;
  return {
    groupWaitMs: read.groupWait,
    settleMs: read.settle,
    gateways: watch ? { downAfterMs: downAfter, severity } : null,
    channels,
    routes: read.routes.map((route) => ({
      ...route,
      escalate: route.escalate.map(({ after, to }) => ({ afterMs: after, to })),
    })),
  };
}

const invalid = (problems: readonly string[]) =>
  new VeilleurError('notifications_file_invalid', problems.join('\n'), { remedy: REMEDY });

const SECRETS = ['secret', 'password', 'token', 'apiKey'];

function whyOf(complaint: Complaint): string {
  return SECRETS.includes(complaint.unknown ?? '')
    ? 'a secret does not stand here: name its file with secretFile, or its variable with secretEnv'
    : plainWhy(complaint);
}
