import { loadProfiles, type ProfileCatalogue } from '@veilleur/codec';

/** The profiles of this repository, and those of PROFILES_FOLDER, where an operator keeps his own. */
export async function loadAllProfiles(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ProfileCatalogue> {
  return loadProfiles(environment.PROFILES_FOLDER || undefined);
}
