import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Profile, ProfileCatalogue } from '@veilleur/codec';
import { VeilleurError } from '@veilleur/domain';
import {
  ChirpStackClient,
  type CsvProblem,
  type DeviceOrder,
  type LnsDeviceProfile,
  ordersFromCsv,
  PROFILE_TAG,
  type ProvisionReport,
  parseDeviceOrder,
  parseQr,
  provision,
} from '@veilleur/provisioning';
import { settingOf } from '@veilleur/runtime';
import { type Pool, registerDevice } from '@veilleur/store';
import type { Environment } from './command.ts';
import type { Output } from './output.ts';

export interface ProvisioningOptions {
  readonly dryRun: boolean;
  readonly update: boolean;
  /** Puts our decoder into ChirpStack's device profile as well. */
  readonly withCodec: boolean;
}

/** What a person says of one device, beside or instead of its QR text. */
export interface DeviceDescription {
  readonly qr?: string | undefined;
  readonly devEui?: string | undefined;
  readonly joinEui?: string | undefined;
  readonly appKey?: string | undefined;
  readonly name?: string | undefined;
  readonly profile: string;
  readonly application: string;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly meteringPoint?: string | undefined;
}

/**
 * Adds one device. Its AppKey comes from the environment (APP_KEY) or from standard input rather than
 * from a flag, which every user of the machine could read.
 *
 * @throws VeilleurError `order_invalid`
 */
export async function orderFor(description: DeviceDescription, appKey: string): Promise<DeviceOrder> {
  const label = description.qr === undefined ? undefined : parseQr(description.qr);
  const devEui = description.devEui ?? label?.devEui;
  const { latitude, longitude } = description;
  if ((latitude === undefined) !== (longitude === undefined)) {
    const missing = latitude === undefined ? 'latitude' : 'longitude';
    throw new VeilleurError('order_invalid', `the ${missing} is missing`, {
      remedy: `Add --${missing}, or leave both out where the position is unknown.`,
    });
  }
  return parseDeviceOrder({
    devEui,
    joinEui: description.joinEui ?? label?.joinEui,
    appKey,
    name: description.name ?? devEui,
    profile: description.profile,
    application: description.application,
    ...(latitude === undefined || longitude === undefined ? {} : { position: { latitude, longitude } }),
    ...(description.meteringPoint === undefined ? {} : { meteringPoint: description.meteringPoint }),
  });
}

/** Reads a whole import file; nothing is done with it unless every line is right. */
export async function ordersOf(
  file: string,
  profiles: ProfileCatalogue,
  defaults: { readonly profile?: string; readonly application?: string },
): Promise<{ readonly orders: readonly DeviceOrder[]; readonly problems: readonly CsvProblem[] }> {
  if (!existsSync(file)) {
    throw new VeilleurError('csv_not_found', `${file} does not exist`, { remedy: 'Name a CSV file.' });
  }
  return ordersFromCsv(createReadStream(file), { profileIds: profiles.all().map(({ id }) => id), defaults });
}

/**
 * Brings devices into ChirpStack and registers them here. Running it again does only what is missing.
 *
 * @returns Whether every device is as it was ordered.
 */
export async function provisionDevices(
  orders: readonly DeviceOrder[],
  {
    environment,
    pool,
    profiles,
    output,
  }: {
    readonly environment: Environment;
    readonly pool: Pool;
    readonly profiles: ProfileCatalogue;
    readonly output: Output;
  },
  options: ProvisioningOptions,
): Promise<boolean> {
  const scripts = options.withCodec ? await decodersOf(orders, profiles) : new Map<string, string>();
  const client = new ChirpStackClient(chirpStackOf(environment));
  const progress = output.progress('devices', orders.length);
  let report: ProvisionReport;
  try {
    report = await provision(orders, {
      client,
      profiles: (id) => lnsProfileOf(profiles.get(id), scripts.get(id)),
      ...(environment.CHIRPSTACK_TENANT_ID ? { tenantId: environment.CHIRPSTACK_TENANT_ID } : {}),
      dryRun: options.dryRun,
      update: options.update,
      onDevice: (order) => register(pool, order),
      onProgress: () => progress.increment(),
    });
  } finally {
    progress.stop();
    client.close();
  }
  output.answer(report, describe(report));
  return (
    report.stopped === undefined &&
    report.failed.length + report.differs.length + report.remaining.length === 0
  );
}

/** Problems of an import file, a line each. */
export function describeProblems(problems: readonly CsvProblem[]): string {
  return [
    ...problems.map(({ line, column, message, remedy }) => `line ${line}, ${column}: ${message}. ${remedy}`),
    '',
    `${new Set(problems.map(({ line }) => line)).size} lines are not right. Nothing was done.`,
  ].join('\n');
}

async function register(pool: Pool, order: DeviceOrder): Promise<void> {
  const { devEui, name, application, profile, tags, position, meteringPoint } = order;
  await registerDevice(pool, {
    devEui,
    name,
    applicationName: application,
    profile,
    tags: { ...tags, [PROFILE_TAG]: profile },
    position,
    meteringPoint,
  });
}

/** @throws VeilleurError `lns_unconfigured` */
export function chirpStackOf(environment: Environment): { readonly url: string; readonly apiKey: string } {
  const url = settingOf('CHIRPSTACK_URL', environment);
  const apiKey = settingOf('CHIRPSTACK_API_KEY', environment);
  if (url === '' || apiKey === '') {
    throw new VeilleurError('lns_unconfigured', 'CHIRPSTACK_URL and CHIRPSTACK_API_KEY are not both set', {
      remedy:
        'Give the address of its gRPC API (http://host:8080), and an API key made in its web interface.',
    });
  }
  return { url, apiKey };
}

function lnsProfileOf(
  profile: Profile | undefined,
  codecScript: string | undefined,
): LnsDeviceProfile | undefined {
  // A catalogue may not know a device's LoRaWAN parameters; then an operator writes them into the profile.
  if (profile?.lorawan === undefined) return undefined;
  const { macVersion, regionalParameters, class: deviceClass, activation } = profile.lorawan;
  return {
    name: `Veilleur ${profile.id}`,
    macVersion,
    regParams: regionalParameters,
    class: deviceClass,
    supportsJoin: activation === 'OTAA',
    ...(codecScript === undefined ? {} : { codecScript }),
  };
}

async function decodersOf(
  orders: readonly DeviceOrder[],
  profiles: ProfileCatalogue,
): Promise<Map<string, string>> {
  const scripts = new Map<string, string>();
  for (const id of new Set(orders.map(({ profile }) => profile))) {
    const profile = profiles.get(id);
    if (profile) scripts.set(id, await readFile(`${profile.folder}/decoder.js`, 'utf8'));
  }
  return scripts;
}

function describe(report: ProvisionReport): string {
  const would = report.dryRun ? 'would be ' : '';
  const { created, unchanged, updated, differs, failed, remaining, stopped } = report;
  return [
    ...[...report.applications, ...report.profiles].flatMap((setup) =>
      setup.kind === 'failed' ? [`${setup.name}: ${setup.reason} ${setup.remedy}`] : [],
    ),
    ...differs.map(
      ({ name, devEui, differences }) =>
        `${devEui} ${name} is there with another ${differences.map(({ field }) => field).join(', ')}: --update would change it`,
    ),
    ...failed.map(
      ({ name, devEui, line, reason, remedy }) =>
        `${line === undefined ? '' : `line ${line}, `}${devEui} ${name}: ${reason} ${remedy}`,
    ),
    `${created.length} devices ${would}created, ${updated.length} ${would}updated, ${unchanged.length} unchanged, ${differs.length} differ, ${failed.length} failed`,
    ...(stopped === undefined
      ? []
      : [`Stopped with ${remaining.length} to go: ${stopped.reason} ${stopped.remedy}`]),
    ...(report.dryRun ? ['Nothing was written (--dry-run).'] : []),
  ].join('\n');
}
