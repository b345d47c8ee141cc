import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type LnsDevice, messageOf, VeilleurError } from '@veilleur/domain';

import { loadProfile, type Profile } from './profile.ts';

/** The folder of the profiles that come with this repository. */
export const FIRST_PARTY_PROFILES: string = fileURLToPath(
  new URL('../../../device-profiles', import.meta.url),
);

export interface ProfileCatalogue {
  /** In the order of their ids. */
  all(): readonly Profile[];
  get(id: string): Profile | undefined;
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
  match(device: LnsDevice): Profile | undefined;
}

/**
 * Loads every `<vendor>/<device>/profile.yaml` under the roots. Where two roots hold the same id, the
 * later one's counts: an operator's own profile takes the place of ours.
 *
 * @throws VeilleurError of the one profile that does not load, or `profiles_invalid` naming them all.
 */
export async function loadProfiles(...roots: readonly string[]): Promise<ProfileCatalogue> {
  const folders = (await Promise.all(roots.map(profileFolders))).flat();
  const settled = await Promise.allSettled(folders.map(loadProfile));
  const profiles: Profile[] = [];
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
  return catalogueOf([...new Map(profiles.map((profile) => [profile.id, profile])).values()]);
}

/** @throws VeilleurError `profile_name_ambiguous`: two profiles claim one LNS profile name. */
export function catalogueOf(profiles: readonly Profile[]): ProfileCatalogue {
  const sorted = profiles.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(sorted.map((profile) => [profile.id.toLowerCase(), profile]));
  const byLnsName = new Map<string, Profile>();
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
