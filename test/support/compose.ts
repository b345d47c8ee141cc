import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { REPOSITORY } from './repository.ts';

// The command line's YAML reader: the repository's root depends on none.
const yaml = createRequire(`${REPOSITORY}services/cli/package.json`)('yaml') as {
  parse(text: string, options: { merge: boolean }): unknown;
};

export const parseYaml = (text: string) => yaml.parse(text, { merge: true });

const command = z.union([z.string(), z.array(z.string())]);
const texts = z.array(z.string());
/** `30s`, `2m`, `1h30m` */
const span = z.string().regex(/^(\d+(us|ms|s|m|h))+$/);
const dependency = z.strictObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
});

/**
 * What of the Compose Specification our files use, and not a key more: one that is written wrongly is found. The
 * whole schema of compose-spec@170098b took both files as well, once, by hand.
 */
const service = z.strictObject({
  image: z.string().optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  profiles: texts.optional(),
  entrypoint: command.optional(),
  command: command.optional(),
  user: z.string().optional(),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).optional(),
  secrets: z
    .array(z.union([z.string(), z.strictObject({ source: z.string(), target: z.string() })]))
    .optional(),
  volumes: texts.optional(),
  tmpfs: texts.optional(),
  networks: texts.optional(),
  ports: texts.optional(),
  depends_on: z.record(z.string(), dependency).optional(),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.enum(['CMD', 'CMD-SHELL']), z.string()], z.string()),
      interval: span.optional(),
      start_period: span.optional(),
    })
    .optional(),
  restart: z.enum(['no', 'always', 'unless-stopped']).optional(),
  stop_grace_period: span.optional(),
  read_only: z.boolean().optional(),
  init: z.boolean().optional(),
  cap_drop: texts.optional(),
  security_opt: texts.optional(),
  shm_size: z.string().optional(),
  logging: z
    .strictObject({ driver: z.string(), options: z.record(z.string(), z.string()).optional() })
    .optional(),
});

const composeFile = z
  .object({
    name: z.string().optional(),
    services: z.record(z.string(), service),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })).prefault({}),
    networks: z
      .record(
        z.string(),
        z.strictObject({
          internal: z.boolean().optional(),
          ipam: z.strictObject({ config: z.array(z.strictObject({ subnet: z.string() })) }).optional(),
        }),
      )
      .prefault({}),
    volumes: z.record(z.string(), z.null()).prefault({}),
  })
  .catchall(z.unknown())
  .refine((file) => Object.keys(file).every((key) => KNOWN.includes(key) || key.startsWith('x-')), {
    error: 'a key at the top that compose does not know',
  });
const KNOWN = ['name', 'services', 'secrets', 'networks', 'volumes'];

export type ComposeFile = z.output<typeof composeFile>;
export type ComposeService = z.output<typeof service>;

/** @throws where it is no compose file, as far as ours use the specification. */
export const checkCompose = (parsed: unknown): ComposeFile => composeFile.parse(parsed);

/** Variables that a compose file asks for: `${NAME}` and `${NAME:-default}`. */
export const variablesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name ?? ''));

/** As Compose does it, in texts, after YAML: `${NAME}`, `${NAME:-default}` where it is unset or empty, `$$`. */
function interpolate(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(
      /\$\$|\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g,
      (_, name?: string, otherwise?: string) =>
        name === undefined ? '$' : environment[name] || (otherwise ?? ''),
    );
  }
  if (Array.isArray(value)) return value.map((one) => interpolate(one, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, interpolate(inner, environment)]),
  );
}

/** A file of infra/compose under the variables of a `.env`. */
export async function readCompose(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<ComposeFile> {
  return checkCompose(interpolate(parseYaml(await infra(`compose/${name}`)), environment));
}

export const infra = (file: string) => readFile(`${REPOSITORY}infra/${file}`, 'utf8');

/** `NAME=value` lines, as Compose and systemd read them. */
export function parseEnv(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** An environment that writes down what is asked of it. */
export function askedOf(environment: Readonly<Record<string, string>>): {
  readonly environment: Readonly<Record<string, string>>;
  readonly asked: Set<string>;
} {
  const asked = new Set<string>();
  const watched = new Proxy(environment, {
    get: (target, name: string) => {
      asked.add(name);
      return target[name];
    },
  });
  return { environment: watched, asked };
}
