import { loadFirstPartyProfiles } from '@veilleur/codec';
import { VeilleurError } from '@veilleur/domain';
import { type City, createCity } from '../city/city.ts';
import { CITY } from '../city-time.ts';
import type { Encode } from '../device.ts';
import { deviceOf, type LnsFormat, type LnsMessage, type Wording } from '../lns/lns-message.ts';
import { createWording } from '../lns/messages.ts';
import { type Gateway, gatewaysAround, type RadioPlan, type ServerHabits } from '../radio/plan.ts';
import type { RadioEvent } from '../radio/transmission.ts';
import { transmit } from '../radio/transmit.ts';
import type { RunPlan } from './run-plan.ts';
import type { ScenarioFormat } from './scenario.ts';

/** Where a run's frames come from: a pure function of its plan, asked for as often as one likes. */
export interface Source {
  readonly city: City;
  readonly gateways: readonly Gateway[];
  readonly radio: RadioPlan;
  events(): Iterable<RadioEvent>;
  /** The message of the network server for an event; null where it publishes nothing. */
  readonly word: Wording;
}

/** @throws VeilleurError `city_plan_invalid`, `fault_plan_invalid`, `radio_plan_invalid` */
export async function createSource(plan: RunPlan): Promise<Source> {
  const city = createCity(plan.city, await profileEncoders());
  const radio = radioPlanOf(plan, city);
  return {
    city,
    gateways: radio.gateways,
    radio,
    events: () => transmit(city.emissions(new Date(plan.fromMs), new Date(plan.untilMs)), radio, plan.seed),
    word: wordingOf(plan.format, radio.gateways),
  };
}

const FORMATS: Readonly<Record<ScenarioFormat, readonly LnsFormat[]>> = {
  'chirpstack-json': ['chirpstack-v4-json'],
  'chirpstack-protobuf': ['chirpstack-v4-protobuf'],
  tts: ['the-things-stack-v3'],
  mixed: ['chirpstack-v4-json', 'chirpstack-v4-protobuf', 'the-things-stack-v3'],
};

/** A device stays with its server: its format is chosen by its place in the city. */
function wordingOf(format: ScenarioFormat, gateways: readonly Gateway[]): Wording {
  const wordings = FORMATS[format].map((each) => createWording(each, gateways));
  const [only] = wordings;
  if (only !== undefined && wordings.length === 1) return only;
  return (event) => wordings[deviceOf(event).index % wordings.length]?.(event) ?? null;
}

function radioPlanOf(plan: RunPlan, city: City): RadioPlan {
  const { gateways: count, gatewayRadius_km, backhaulOutages, server, ...rest } = plan.radio;
  const centre = plan.city.position ?? { ...CITY, radius_km: 4 };
  const gateways = gatewaysAround(centre, count, gatewayRadius_km ?? 0.85 * centre.radius_km);
  const idOf = (number: number) => {
    const id = gateways[number]?.id;
    if (id !== undefined) return id;
    throw new VeilleurError('radio_plan_invalid', `there is no gateway ${number}: there are ${count}`, {
      remedy: 'Gateways are numbered from 0.',
    });
  };
  const outages = city.faults
    .filter(({ kind }) => kind === 'gateway_outage')
    .map(({ number, from_s, until_s }) => ({
      gatewayId: idOf(number),
      from: new Date(from_s * 1000),
      to: new Date(Math.min(until_s * 1000, plan.untilMs + 86_400_000)),
    }));
  const { load } = plan;
  const storm = load.kind === 'storm' ? { from: new Date(load.from), to: new Date(load.to) } : null;
  const { statusEvery_s, ...habits } = server;
  return withoutUndefined<RadioPlan>({
    ...rest,
    gateways,
    gatewayOutages: [
      ...outages,
      ...(storm === null ? [] : gateways.map(({ id }) => ({ gatewayId: id, ...storm }))),
    ],
    backhaulOutages: backhaulOutages.flatMap(({ gateways: numbers, from, to }) =>
      numbers.map((number) => ({ gatewayId: idOf(number), from: new Date(from), to: new Date(to) })),
    ),
    restarts:
      load.kind === 'storm'
        ? [{ at: new Date(load.to), withinMs: load.rejoinWithin_min * 60_000 }]
        : undefined,
    server: withoutUndefined<ServerHabits>({
      ...habits,
      statusEveryMs: statusEvery_s === undefined ? undefined : statusEvery_s * 1000,
    }),
    battery_percent: (device, at) => city.device(device.index).batteryPercent(at),
  });
}

/** Where a setting is left out, the radio's own value holds. */
function withoutUndefined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

async function profileEncoders(): Promise<Encode> {
  const profiles = await loadFirstPartyProfiles();
  return (profileId, data) => {
    const encode = profiles.get(profileId)?.encode;
    if (encode === undefined) {
      throw new VeilleurError('profile_encoder_missing', `profile ${profileId} has no encoder`, {
        remedy: `Add device-profiles/${profileId}/encoder.js.`,
      });
    }
    return encode(data);
  };
}

/** A message that is to be published, and the event that it tells of. */
export function* messagesOf(source: Source, note: (event: RadioEvent, message: LnsMessage | null) => void) {
  for (const event of source.events()) {
    const message = source.word(event);
    note(event, message);
    if (message !== null) yield message;
  }
}
