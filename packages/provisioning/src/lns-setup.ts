import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js';
import { VeilleurError } from '@veilleur/domain';

import type { ChirpStackClient, Named } from './chirpstack-client.ts';
import { isLnsError } from './chirpstack-error.ts';
import type { DeviceOrder } from './device-order.ts';
import { failureOf, stopsTheRun } from './failure.ts';
import {
  adjustProfile,
  type LnsDeviceProfile,
  profileDifferences,
  type Region,
  toChirpStackProfile,
} from './lns-device-profile.ts';
import type { SetupOutcome } from './report.ts';

export interface SetupOptions {
  readonly client: ChirpStackClient;
  /** By Veilleur's profile id. */
  readonly profiles: (id: string) => LnsDeviceProfile | undefined;
  /** Without it, the only tenant that there is; a tenant's API key can not look for it. */
  readonly tenantId?: string;
  readonly region?: Region;
  readonly update?: boolean;
  readonly dryRun?: boolean;
}

/** A thing in ChirpStack that devices hang on. Without an id in a dry run that would create it. */
export interface Place {
  readonly name: string;
  readonly id: string | undefined;
}

export interface Setup {
  /** Every application of the tenant, by its id: a device's may be another one than wanted. */
  readonly applicationNames: ReadonlyMap<string, string>;
  readonly profileNames: ReadonlyMap<string, string>;
  /** By name. A failed one fails its orders. */
  readonly applications: ReadonlyMap<string, Place | VeilleurError>;
  /** By Veilleur's profile id. */
  readonly profiles: ReadonlyMap<string, Place | VeilleurError>;
  readonly outcomes: { readonly applications: SetupOutcome[]; readonly profiles: SetupOutcome[] };
}

/**
 * Finds or creates what the orders hang on: tenant, then applications, then device profiles.
 *
 * @throws VeilleurError that no order could survive: no tenant, no access, no answer.
 */
export async function setUp(orders: readonly DeviceOrder[], options: SetupOptions): Promise<Setup> {
  const tenantId = options.tenantId ?? (await onlyTenant(options.client));
  const applications = await options.client.applications(tenantId);
  const deviceProfiles = await options.client.deviceProfiles(tenantId);
  const setup = {
    applicationNames: new Map(applications.map(({ id, name }) => [id, name])),
    profileNames: new Map(deviceProfiles.map(({ id, name }) => [id, name])),
    applications: new Map<string, Place | VeilleurError>(),
    profiles: new Map<string, Place | VeilleurError>(),
    outcomes: { applications: [] as SetupOutcome[], profiles: [] as SetupOutcome[] },
  };
  for (const name of new Set(orders.map((order) => order.application))) {
    const made = await surviving(name, () => application(name, applications, tenantId, options));
    setup.applications.set(name, made.place);
    setup.outcomes.applications.push(made.outcome);
  }
  for (const id of new Set(orders.map((order) => order.profile))) {
    const made = await surviving(id, () => deviceProfile(id, deviceProfiles, tenantId, options));
    setup.profiles.set(id, made.place);
    setup.outcomes.profiles.push(made.outcome);
  }
  for (const place of setup.applications.values()) remember(setup.applicationNames, place);
  for (const place of setup.profiles.values()) remember(setup.profileNames, place);
  return setup;
}

interface Made {
  readonly place: Place | VeilleurError;
  readonly outcome: SetupOutcome;
}

async function onlyTenant(client: ChirpStackClient): Promise<string> {
  const remedy = 'Give the tenant: its id stands in ChirpStack under Tenants, and in the address bar.';
  let tenants: Named[];
  try {
    tenants = await client.tenants();
  } catch (error) {
    if (!isLnsError(error, 'lns_forbidden')) throw error;
    throw new VeilleurError(
      'lns_tenant_needed',
      "This API key may not look for its tenant: it is a tenant's own key, or it was deleted",
      { remedy, cause: error },
    );
  }
  const [only, ...others] = tenants;
  if (only === undefined) {
    throw new VeilleurError('lns_tenant_missing', 'ChirpStack has no tenant', {
      remedy: 'Create one in ChirpStack (Tenants > Add tenant).',
    });
  }
  if (others.length > 0) {
    const names = tenants.slice(0, 8).map(({ id, name }) => `${name} (${id})`);
    throw new VeilleurError(
      'lns_tenant_ambiguous',
      `ChirpStack has ${tenants.length} tenants: ${names.join(', ')}`,
      { remedy },
    );
  }
  return only.id;
}

async function application(
  name: string,
  existing: readonly Named[],
  tenantId: string,
  { client, dryRun = false }: SetupOptions,
): Promise<Made> {
  const found = theOne('application', name, existing);
  if (found !== undefined) return { place: found, outcome: { kind: 'unchanged', name } };
  const outcome = { kind: 'created', name } as const;
  if (dryRun) return { place: { name, id: undefined }, outcome };
  const message = new applicationPb.Application();
  message.setTenantId(tenantId);
  message.setName(name);
  message.setDescription('Made by Veilleur.');
  return { place: { name, id: await client.createApplication(message) }, outcome };
}

async function deviceProfile(
  id: string,
  existing: readonly Named[],
  tenantId: string,
  { client, profiles, region = 'EU868', update = false, dryRun = false }: SetupOptions,
): Promise<Made> {
  const profile = profiles(id);
  if (profile === undefined) {
    throw new VeilleurError('profile_unknown', `Veilleur has no profile "${id}"`, {
      remedy: 'Use the id of a folder under device-profiles, such as axioma/qalcosonic-w1.',
    });
  }
  const { name } = profile;
  const wanted = toChirpStackProfile(profile, { tenantId, region });
  const place = theOne('device profile', name, existing);
  if (place === undefined) {
    const outcome = { kind: 'created', name } as const;
    if (dryRun) return { place: { name, id: undefined }, outcome };
    return { place: { name, id: await client.createDeviceProfile(wanted) }, outcome };
  }
  const found = await client.deviceProfile(place.id);
  const differences = profileDifferences(wanted, found);
  if (differences.length === 0) return { place, outcome: { kind: 'unchanged', name } };
  if (!update) return { place, outcome: { kind: 'differs', name, differences } };
  if (!dryRun) {
    adjustProfile(found, wanted);
    await client.updateDeviceProfile(found);
  }
  return { place, outcome: { kind: 'updated', name, differences } };
}

/** ChirpStack lets two things bear one name; guessing would put devices into the wrong one. */
function theOne(what: string, name: string, existing: readonly Named[]): Named | undefined {
  const [first, ...others] = existing.filter((candidate) => candidate.name === name);
  if (others.length > 0) {
    throw new VeilleurError('lns_name_ambiguous', `ChirpStack has several of the ${what} "${name}"`, {
      remedy: 'Rename or remove all but one of them in ChirpStack.',
    });
  }
  return first;
}

/** What one application or profile lacks fails its own orders only, unless it would fail all. */
async function surviving(name: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof VeilleurError) || stopsTheRun(error) || error.code === 'lns_unreachable') {
      throw error;
    }
    return { place: error, outcome: { kind: 'failed', name, ...failureOf(error) } };
  }
}

function remember(names: Map<string, string>, place: Place | VeilleurError): void {
  if (!(place instanceof VeilleurError) && place.id !== undefined) names.set(place.id, place.name);
}
