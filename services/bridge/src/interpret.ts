import type { Profile, ProfileCatalogue } from '@veilleur/codec';
import type { DevEui, DeviceEvent, Frame, Measurement } from '@veilleur/domain';
import { readLnsMessage } from '@veilleur/lns';
import type { BatchEntry, Decoding, EventTime } from '@veilleur/store';

/** A message as it came, before anything is known of it. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly redelivered: boolean;
  /** The reader's clock when it came. */
  readonly arrivedAt: Date;
}

/** What a message turned out to be, ready to be stored. */
export interface Interpretation {
  readonly entry: BatchEntry;
  /** The profile that what the LNS says of the device leads to. */
  readonly matchedProfile: { readonly devEui: DevEui; readonly id: string } | undefined;
}

export interface Interpreter {
  readonly profiles: ProfileCatalogue;
  /** Database ids of the profiles' versions, by profile id. */
  readonly profileVersionIds: ReadonlyMap<string, number>;
  /** Profiles that operators assigned, as far as this bridge has met them: they win over the LNS's word. */
  readonly assigned: ReadonlyMap<DevEui, string>;
}

/** No LoRaWAN event is older than LoRaWAN, and no server's clock is a day ahead. */
const EARLIEST_EVENT = Date.UTC(2015, 0, 1);
const CLOCK_TOLERANCE_MS = 24 * 3_600_000;

/**
 * The way of a message, in order: read the event, place it in time, find the device's profile, decode.
 * Pure but for the decoders; never throws. What cannot be read becomes a quarantine entry with its bytes.
 */
export function interpret(message: Message, interpreter: Interpreter): Interpretation {
  const reading = readLnsMessage(message.topic, message.payload);
  switch (reading.outcome) {
    case 'broken':
      return quarantine(message, reading.code, reading.reason, reading.devEui);
    case 'frame':
      return interpretFrame(message, reading.frame, interpreter);
    case 'event':
      return interpretDeviceEvent(message, reading.event);
  }
}

function interpretFrame(message: Message, frame: Frame, interpreter: Interpreter): Interpretation {
  const received = placeInTime(frame.receivedAt, message.arrivedAt);
  if (received === null) return implausibleTime(message, frame.receivedAt, frame.device.devEui);
  const matched = interpreter.profiles.match(frame.device);
  const assigned = interpreter.assigned.get(frame.device.devEui);
  const profile = assigned === undefined ? matched : interpreter.profiles.get(assigned);
  const { decoding, measurements } = decode(frame, received.at, profile, interpreter.profileVersionIds);
  return {
    entry: {
      kind: 'frame',
      frame,
      received,
      profile: assigned ?? matched?.id ?? null,
      decoding,
      measurements,
    },
    matchedProfile: matched && { devEui: frame.device.devEui, id: matched.id },
  };
}

function decode(
  frame: Frame,
  receivedAt: Date,
  profile: Profile | undefined,
  versionIds: ReadonlyMap<string, number>,
): { decoding: Decoding; measurements: readonly Measurement[] } {
  if (frame.encrypted) return { decoding: { state: 'encrypted' }, measurements: [] };
  if (frame.payload.length === 0) return { decoding: { state: 'no_payload' }, measurements: [] };
  const profileVersionId = profile && versionIds.get(profile.id);
  if (profile === undefined || profileVersionId === undefined) {
    return { decoding: { state: 'no_profile' }, measurements: [] };
  }
  const result = profile.decode({
    bytes: frame.payload,
    fPort: frame.fPort,
    receivedAt,
    variables: frame.device.tags,
  });
  switch (result.outcome) {
    case 'decoded':
      return {
        decoding: { state: 'decoded', profileVersionId, warnings: result.warnings },
        measurements: result.measurements,
      };
    case 'failed':
      return {
        decoding: { state: 'failed', profileVersionId, reason: `${result.code}: ${result.reason}` },
        measurements: [],
      };
  }
}

function interpretDeviceEvent(message: Message, event: DeviceEvent): Interpretation {
  const occurred = placeInTime(event.occurredAt, message.arrivedAt);
  if (occurred === null) return implausibleTime(message, event.occurredAt, event.device.devEui);
  return {
    entry: {
      kind: 'device_event',
      event,
      occurred,
      redelivered: message.redelivered,
      measurements: event.kind === 'status' ? measurementsOfStatus(event, occurred.at) : [],
    },
    matchedProfile: undefined,
  };
}

/** DevStatusAns (LoRaWAN L2 1.0.4, clause 5.5): margin in dB, battery in percent where it has one and knows it. */
function measurementsOfStatus(event: DeviceEvent, time: Date): Measurement[] {
  const { margin, batteryLevel, externalPowerSource, batteryLevelUnavailable } = event.detail;
  const measured = { channel: 0, time, quality: 'measured' } as const;
  const result: Measurement[] = [];
  if (typeof margin === 'number') result.push({ quantity: 'link_margin', value: margin, ...measured });
  if (typeof batteryLevel === 'number' && externalPowerSource !== true && batteryLevelUnavailable !== true) {
    result.push({ quantity: 'battery_level', value: batteryLevel, ...measured });
  }
  return result;
}

/** Null for a moment that cannot be: storing it would put it into a year where nobody looks. */
function placeInTime(told: Date | null, arrivedAt: Date): EventTime | null {
  if (told === null) return { at: arrivedAt, source: 'reader' };
  const ms = told.getTime();
  if (!(ms >= EARLIEST_EVENT && ms <= arrivedAt.getTime() + CLOCK_TOLERANCE_MS)) return null;
  return { at: told, source: 'lns' };
}

function implausibleTime(message: Message, told: Date | null, devEui: DevEui): Interpretation {
  const time = told === null || Number.isNaN(told.getTime()) ? 'no time' : told.toISOString();
  return quarantine(message, 'event_time_implausible', `the event says that it happened at ${time}`, devEui);
}

/** The quarantine entry of a message. */
export function quarantine(
  message: Message,
  code: string,
  reason: string,
  devEui: DevEui | null,
): Interpretation {
  const { topic, payload, arrivedAt } = message;
  return {
    entry: { kind: 'quarantine', topic, payload, code, reason, devEui, receivedAt: arrivedAt },
    matchedProfile: undefined,
  };
}
