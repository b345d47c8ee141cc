import { type City, createCity } from './city/city.ts';
import type { CityDevice } from './city/city-device.ts';
import { type CityPlanInput, parseCityPlan } from './city/plan.ts';
import { createDemoRadio, type HeardFrame } from './demo-radio.ts';
import type { Encode } from './device.ts';
import { createWording } from './lns/messages.ts';
import { gatewaysAround } from './radio/plan.ts';

/** What a device sent, as its network server publishes it. */
export interface Uplink {
  /** When the network server received it. */
  readonly at: Date;
  readonly topic: string;
  /** ChirpStack v4's `up` event, JSON encoding. */
  readonly payload: string;
  readonly frame: HeardFrame;
  readonly device: CityDevice;
}

/** How many there are of each. */
export interface FleetSize {
  readonly water: number;
  readonly gas: number;
  readonly electricity: number;
  readonly luminaires: number;
  readonly cabinets: number;
  /** All of them, public buildings and water districts included. */
  readonly devices: number;
}

export interface Fleet {
  readonly city: City;
  readonly size: FleetSize;
  /** Every uplink received from `from` (included) to `to` (not), in time order, made as they are asked for. */
  uplinks(from: Date, to: Date): Iterable<Uplink>;
}

/** On a town hall, a water tower and a school. */
const GATEWAYS = 3;

/**
 * A city behind a network server that hears every frame: for a demo, and for whoever wants frames without
 * losses. Pure: everything follows from the plan, the device and the time. A fleet that is made again,
 * tomorrow or elsewhere, goes on with the same meters and repeats the same bytes.
 *
 * @throws VeilleurError `city_plan_invalid`, `fault_plan_invalid`
 */
export function createFleet(input: CityPlanInput, encode: Encode): Fleet {
  const { position } = parseCityPlan(input);
  const city = createCity(input, encode);
  const gateways = gatewaysAround(position, GATEWAYS, 0.85 * position.radius_km);
  const families = new Map(city.models.families.map((family) => [family.id, family]));
  const heard = createDemoRadio(gateways, {
    installed_s: city.models.installed_s,
    periodOf_s: ({ device }) => families.get((device as CityDevice).familyId)?.period_s ?? 0,
  });
  const word = createWording('chirpstack-v4-json', gateways);
  const count = (family: CityDevice['familyId']) => families.get(family)?.count ?? 0;

  return {
    city,
    size: {
      water: count('water'),
      gas: count('gas'),
      electricity: count('electricity'),
      luminaires: count('lighting'),
      cabinets: count('cabinet'),
      devices: city.deviceCount,
    },
    *uplinks(from, to) {
      for (const emission of city.emissions(from, to)) {
        const frame = heard(emission);
        const message = word(frame);
        if (typeof message?.payload !== 'string') continue;
        const { topic, payload } = message;
        yield { at: frame.receivedAt, topic, payload, frame, device: emission.device };
      }
    },
  };
}
