import type { EmittingDevice } from '../emission.ts';
import type { Repeat, Transmission } from '../radio/transmission.ts';
import { derive, hash, type Key } from '../seeded.ts';
import { quickUuid, TENANT } from './server-text.ts';

/** What ChirpStack knows of a device. */
export interface ChirpStackDevice {
  readonly key: Key;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly applicationId: string;
  readonly applicationName: string;
  readonly deviceProfileId: string;
  readonly deviceProfileName: string;
  readonly deviceName: string;
  readonly devEui: string;
  readonly deviceClassEnabled: 'CLASS_A' | 'CLASS_C';
  readonly tags: Readonly<Record<string, string>>;
}

export function chirpStackDevice(device: EmittingDevice): ChirpStackDevice {
  return {
    key: derive(derive(0, 'event'), device.devEui),
    tenantId: quickUuid(TENANT.key, 0),
    tenantName: TENANT.name,
    applicationId: quickUuid(derive(0, `application ${device.application}`), 0),
    applicationName: device.application,
    deviceProfileId: quickUuid(derive(0, device.profileId), 0),
    deviceProfileName: device.lnsProfileName,
    deviceName: device.name,
    devEui: device.devEui,
    deviceClassEnabled: device.deviceClass === 'C' ? 'CLASS_C' : 'CLASS_A',
    tags: device.tags,
  };
}

/** Of one frame of one session; a copy that the server takes for another event gets an id of its own. */
export function deduplicationId(key: Key, frame: Transmission, copy: number): string {
  return quickUuid(hash(hash(key, frame.session.number), copy), frame.fCnt ?? 0);
}

/** Redelivery is the same message; every other copy is another event. */
export function copyOf(repeat: Repeat): number {
  return repeat.how === 'redelivery' ? 0 : repeat.copy;
}

/**
 * Why the server says in its log that it dropped a frame: another copy of a known counter, or a counter
 * below the one it had gone on to.
 */
export function droppedBecause(
  event: Transmission | Repeat,
): 'UPLINK_F_CNT_RETRANSMISSION' | 'UPLINK_F_CNT_RESET' {
  return event.kind === 'repeat' && event.of.lost === null
    ? 'UPLINK_F_CNT_RETRANSMISSION'
    : 'UPLINK_F_CNT_RESET';
}

export const DROPPED_DESCRIPTION = {
  UPLINK_F_CNT_RETRANSMISSION: 'Uplink was flagged as re-transmission / frame-counter did not increment',
  UPLINK_F_CNT_RESET: 'Frame-counter reset or rollover detected',
} as const;
