import { loadFirstPartyProfiles } from '@veilleur/codec';
import { VeilleurError } from '@veilleur/domain';
import type { Logger, Running } from '@veilleur/runtime';
import { createFleet, DEMO_EVERY_S, demoPlan, type FleetSize, runDemo } from '@veilleur/simulators';
import type { Pool } from '@veilleur/store';
import type { StackConfig } from './config.ts';
import { recordCity } from './record-city.ts';

/** The fleet begins with its last hour, so that there is something to see at once. */
const CATCH_UP_MS = 3_600_000;

export interface DemoFleet extends FleetSize {
  readonly seed: number;
  /** How often each device reports. */
  readonly everyS: number;
}

export interface Demo extends Running {
  readonly fleet: DemoFleet;
}

/**
 * A small city that publishes as a ChirpStack would: the last hour at once, then in real time. Its sites and
 * metering points are there before.
 */
export async function startDemo(
  seed: number,
  brokerUrl: string,
  { embeddedBroker: { username, password }, timeZone }: StackConfig,
  { pool, log }: { readonly pool: Pool; readonly log: Logger },
): Promise<Demo> {
  const profiles = await loadFirstPartyProfiles();
  const fleet = createFleet(demoPlan(seed), (profileId, data) => {
    const encode = profiles.get(profileId)?.encode;
    if (encode === undefined) {
      throw new VeilleurError('profile_encoder_missing', `profile ${profileId} has no encoder`, {
        remedy: `Add device-profiles/${profileId}/encoder.js.`,
      });
    }
    return encode(data);
  });
  const now = new Date();
  await recordCity(pool, fleet.city, { timeZone, until: now, now });
  const demo = await runDemo({
    url: brokerUrl,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    fleet,
    catchUpMs: CATCH_UP_MS,
    onTrouble: (trouble) => log.warn({ event: 'stack.demo.trouble', error: trouble.message }),
  });
  return {
    fleet: { ...fleet.size, seed, everyS: DEMO_EVERY_S },
    stop: () => demo.stop(),
  };
}
