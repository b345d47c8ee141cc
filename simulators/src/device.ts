import { DevEui } from '@veilleur/domain';
import { type ChirpStackUplink, chirpStackUplink, type DeviceInfo, uplinkTopic } from './chirpstack.ts';
import type { Medium, Model, Truth } from './model.ts';
import type { Place } from './quarter.ts';
import { createRadio } from './radio.ts';
import { derive, hash, hex32, type Key, uuid } from './seeded.ts';

/** The seam to `@veilleur/codec`: makes the frame of a profile that decodes to `data`. */
export type Encode = (
  profileId: string,
  data: unknown,
) => { readonly bytes: Uint8Array; readonly fPort: number };

/** What a device of the fleet sent, as its network server publishes it. */
export interface Uplink {
  /** When the network server received it. */
  readonly at: Date;
  readonly medium: Medium;
  readonly devEui: DevEui;
  readonly fCnt: number;
  readonly fPort: number;
  /** FRMPayload. */
  readonly payload: Uint8Array;
  readonly topic: string;
  readonly event: ChirpStackUplink;
}

export interface SimulatedDevice {
  readonly devEui: DevEui;
  readonly name: string;
  readonly medium: Medium;
  readonly profileId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** When its report 0 is received; report n follows n periods later. */
  readonly firstReportAt: Date;
  /** What is really so at a moment: the ground truth for whoever reads the frames. */
  truth(at: Date): readonly Truth[];
  /** Report n, counted from the installation; n is its fCnt. */
  uplink(n: number): Uplink;
}

/** What the network server calls the profiles, and the class that it runs their devices in. */
const PROFILES: Readonly<
  Record<Medium, { id: string; lnsName: string; application: string; deviceClass: 'CLASS_A' | 'CLASS_C' }>
> = {
  water: {
    id: 'axioma/qalcosonic-w1',
    lnsName: 'Axioma Qalcosonic W1',
    application: 'eau',
    deviceClass: 'CLASS_A',
  },
  gas: { id: 'adeunis/pulse', lnsName: 'Adeunis PULSE', application: 'gaz', deviceClass: 'CLASS_A' },
  electricity: {
    id: 'adeunis/tic-linky',
    lnsName: 'Adeunis TIC Linky',
    application: 'electricite',
    deviceClass: 'CLASS_C',
  },
  lighting: {
    id: 'veilleur/reference-luminaire',
    lnsName: 'Veilleur Reference luminaire',
    application: 'eclairage',
    deviceClass: 'CLASS_C',
  },
};

const MEDIUM_DIGIT: Readonly<Record<Medium, string>> = {
  water: '1',
  gas: '2',
  electricity: '3',
  lighting: '4',
};

/** Five hexadecimal digits of the DevEUI number the devices of a medium. */
export const MAX_DEVICES_A_MEDIUM = 2 ** 20;

/**
 * `02564c ssss m nnnnn`: a locally administered EUI-64 (second bit of the first byte set, so no maker
 * owns it), "VL", 16 bits of the seed, the medium, the number. Another seed is another fleet: were the
 * names the same, the indexes of one database would jump between two lives.
 */
export function simulatedDevEui(seed: number, medium: Medium, number: number): DevEui {
  const fleet = hex32(hash(derive(0, 'fleet'), seed)).slice(0, 4);
  return DevEui(`02564c${fleet}${MEDIUM_DIGIT[medium]}${number.toString(16).padStart(5, '0')}`);
}

export interface DeviceSettings {
  readonly key: Key;
  readonly seed: number;
  readonly number: number;
  readonly medium: Medium;
  readonly model: Model;
  readonly place: Place;
  readonly installedAtMs: number;
  readonly periodMs: number;
  readonly encode: Encode;
}

export function createDevice(settings: DeviceSettings): SimulatedDevice {
  const { key, seed, number, medium, model, place, installedAtMs, periodMs, encode } = settings;
  const profile = PROFILES[medium];
  const devEui = simulatedDevEui(seed, medium, number);
  const deviceInfo: DeviceInfo = {
    tenantId: uuid(derive(0, 'tenant'), 0),
    tenantName: 'Quartier simulé',
    applicationId: uuid(derive(0, `application ${medium}`), 0),
    applicationName: profile.application,
    deviceProfileId: uuid(derive(0, profile.id), 0),
    deviceProfileName: profile.lnsName,
    deviceName: place.deviceName,
    devEui,
    deviceClassEnabled: profile.deviceClass,
    tags: {
      'veilleur-profile': profile.id,
      medium,
      street: place.street,
      sector: place.sector.id,
      ...(medium === 'lighting' ? { 'lighting-program': place.sector.program.id } : {}),
    },
  };
  // Another pace or installation numbers its reports anew: a session of its own, as after a join.
  const session = hash(hash(derive(key, 'session'), periodMs), installedAtMs / 1000);
  // 02xxxxxx belongs to NetID 000001, kept for experimental networks (LoRaWAN Backend Interfaces, NetID).
  const devAddr = `02${hex32(session).slice(2)}`;
  const offsetMs = hash(derive(key, 'offset'), 0) % periodMs;
  const firstReportAt = new Date(installedAtMs + offsetMs);
  const topic = uplinkTopic(deviceInfo);
  const transmissionOf = createRadio(derive(key, 'radio'));
  const eventKey = derive(session, 'event');

  return {
    devEui,
    name: place.deviceName,
    medium,
    profileId: profile.id,
    tags: deviceInfo.tags,
    firstReportAt,
    truth: (at) => model.truth(at.getTime()),
    uplink(n) {
      const atMs = firstReportAt.getTime() + n * periodMs;
      const at = new Date(atMs);
      const { bytes: payload, fPort } = encode(profile.id, model.report(atMs, n));
      const transmission = transmissionOf(n);
      const event = chirpStackUplink({
        key: eventKey,
        deviceInfo,
        devAddr,
        at,
        fCnt: n,
        fPort,
        payload,
        transmission,
      });
      return { at, medium, devEui, fCnt: n, fPort, payload, topic, event };
    },
  };
}
