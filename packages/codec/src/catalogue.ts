import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type LnsDevice, messageOf, VeilleurError } from '@veilleur/domain';

import {
  loadReviewedProfile,
  loadSandboxedProfile,
  type Profile,
  type ReviewedProfile,
  type SandboxedProfile,
} from './profile.ts';

/** The folder of the profiles that come with this repository. */
export const FIRST_PARTY_PROFILES: string = fileURLToPath(
  new URL('../../../device-profiles', import.meta.url),
);

export interface ProfileCatalogue<P extends Profile = Profile> {
  /** In the order of their ids. */
  all(): readonly P[];
  get(id: string): P | undefined;
  /**
   * The profile of a device, by what its network server says of it, first match wins:
   *
   * 1. tag `veilleur-profile`: a profile's id, and nothing else counts. An id that is not in the
   *    catalogue matches nothing, for a wrong wish must not be answered with a guess;
   * 2. tag `profile`, where it is an id (cities use that word for other things as well);
   * 3. the LNS's name of its own device profile: an id, one of `lnsProfileNames`, or "vendor name".
   *
   * Case does not count.
   */
  match(device: LnsDevice): P | undefined;
}

/** The profiles of this repository. Their decoders were reviewed and run in this process. */
export async function loadFirstPartyProfiles(): Promise<ProfileCatalogue<ReviewedProfile>> {
  return catalogueOf(await loadEach(FIRST_PARTY_PROFILES, loadReviewedProfile));
}

/**
 * The profiles of this repository and an operator's own, `<vendor>/<device>/profile.yaml` below a folder.
 * Whatever lies there runs in the sandbox. An own profile takes the place of ours of the same id.
 *
 * @throws VeilleurError of the one profile that does not load, or `profiles_invalid` naming them all.
 */
export async function loadProfiles(ownFolder?: string): Promise<ProfileCatalogue> {
  const ours = await loadEach(FIRST_PARTY_PROFILES, loadReviewedProfile);
  const own = ownFolder === undefined ? [] : await loadEach(ownFolder, loadSandboxedProfile);
  return catalogueOf([...new Map([...ours, ...own].map((profile) => [profile.id, profile])).values()]);
}

/** The profiles below any folder, none of whose code runs here: for checks. */
export async function loadSandboxedProfiles(root: string): Promise<ProfileCatalogue<SandboxedProfile>> {
  return catalogueOf(await loadEach(root, loadSandboxedProfile));
}

async function loadEach<P extends Profile>(root: string, load: (folder: string) => Promise<P>): Promise<P[]> {
  const folders = await profileFolders(root);
  const settled = await Promise.allSettled(folders.map(load));
  const profiles: P[] = [];
  const errors: unknown[] = [];
  for (const result of settled) {
    if (result.status === 'fulfilled') profiles.push(result.value);
    else errors.push(result.reason);
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new VeilleurError('profiles_invalid', errors.map(messageOf).join('\n'), {
      remedy: 'Correct the named files, or move a profile that is not ready out of the folder.',
    });
  }
  return profiles;
}

/** @throws VeilleurError `profile_name_ambiguous`: two profiles claim one LNS profile name. */
export function catalogueOf<P extends Profile>(profiles: readonly P[]): ProfileCatalogue<P> {
  const sorted = profiles.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(sorted.map((profile) => [profile.id.toLowerCase(), profile]));
  const byLnsName = new Map<string, P>();
  for (const profile of sorted) {
    const names = [profile.id, `${profile.vendor} ${profile.name}`, ...profile.lnsProfileNames];
    for (const name of new Set(names.map((text) => text.toLowerCase()))) {
      const other = byLnsName.get(name);
      if (other !== undefined) {
        throw new VeilleurError(
          'profile_name_ambiguous',
          `${other.id} and ${profile.id} both claim the LNS profile name "${name}"`,
          { remedy: 'Remove it from lnsProfileNames of one of them.' },
        );
      }
      byLnsName.set(name, profile);
    }
  }
  return {
    all: () => sorted,
    get: (id) => byId.get(id.toLowerCase()),
    match({ tags, profileName }) {
      const wish = tags['veilleur-profile'];
      if (wish !== undefined) return byId.get(wish.trim().toLowerCase());
      const tagged = byId.get((tags.profile ?? '').trim().toLowerCase());
      return tagged ?? byLnsName.get((profileName ?? '').trim().toLowerCase());
    },
  };
}

async function profileFolders(root: string): Promise<string[]> {
  let found: string[];
  try {
    found = await readdir(root, { recursive: true });
  } catch (cause) {
    throw new VeilleurError('profiles_not_found', `${root} can't be read: ${messageOf(cause)}`, {
      remedy: 'Name a folder that holds <vendor>/<device> folders.',
      cause,
    });
  }
  return found
    .filter((path) => /^[^/\\]+[/\\][^/\\]+[/\\]profile\.yaml$/.test(path))
    .map((path) => join(root, path, '..'))
    .toSorted();
}
