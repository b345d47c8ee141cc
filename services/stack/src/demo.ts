import type { ProfileCatalogue } from '@veilleur/codec';
import { VeilleurError } from '@veilleur/domain';
import type { Running } from '@veilleur/runtime';
import { createFleet, runDemo } from '@veilleur/simulators';
import type { StackConfig } from './config.ts';

const FLEET = { water: 20, gas: 10, electricity: 10, luminaires: 20 };
const PERIOD_S = 60;
/** The fleet begins with its last hour, so that there is something to see at once. */
const CATCH_UP_MS = 3_600_000;

/** A small fleet that publishes as a ChirpStack would: the last hour at once, then in real time. */
export async function startDemo(
  seed: number,
  brokerUrl: string,
  profiles: ProfileCatalogue,
  { embeddedBroker: { username, password } }: StackConfig,
): Promise<Running & { readonly summary: string }> {
  const fleet = createFleet({ seed, ...FLEET, periodS: PERIOD_S }, (profileId, data) => {
    const encode = profiles.get(profileId)?.encode;
    if (encode === undefined) {
      throw new VeilleurError('profile_encoder_missing', `profile ${profileId} has no encoder`, {
        remedy: `Add device-profiles/${profileId}/encoder.js.`,
      });
    }
    return encode(data);
  });
  const demo = await runDemo({
    url: brokerUrl,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    fleet,
    catchUpMs: CATCH_UP_MS,
  });
  return {
    summary: `${FLEET.water} water, ${FLEET.gas} gas, ${FLEET.electricity} electricity meters and ${FLEET.luminaires} luminaires, seed ${seed}, a frame a minute each`,
    stop: () => demo.stop(),
  };
}
