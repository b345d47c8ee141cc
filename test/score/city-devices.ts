import type { DeviceAttributes } from '@veilleur/rules';
import type { Source } from '@veilleur/simulators';

type CityDevice = ReturnType<Source['city']['device']>;

/** What a device of a profile measures, as the profile says. */
export type MediumOf = (profileId: string) => string | null;

/** What a rule may choose a simulated device by. */
export function attributesOf(
  { devEui, name, profileId, tags }: CityDevice,
  mediumOf: MediumOf,
): DeviceAttributes {
  return { devEui, name, profile: profileId, medium: mediumOf(profileId), sites: [], tags };
}
