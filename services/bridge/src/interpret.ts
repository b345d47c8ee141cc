import type { Profile, ProfileCatalogue } from '@veilleur/codec';
import type { DevEui, DeviceEvent, Frame, LnsDevice, Measurement } from '@veilleur/domain';
import { readLnsMessage } from '@veilleur/lns';
import type { EventTime, FrameEntry } from '@veilleur/store';
import { type DecodedFrame, decodedFrame } from './decoded-frame.ts';
import { type Interpretation, type Message, quarantine } from './message.ts';
import type { UntimedFrames } from './untimed-frames.ts';

export interface Interpreter {
  readonly profiles: ProfileCatalogue;
  /** Database ids of the profiles' versions, by profile id. */
  readonly profileVersionIds: ReadonlyMap<string, number>;
  /** Profiles that operators assigned, as far as this bridge has met them: they win over the LNS's word. */
  readonly assigned: ReadonlyMap<DevEui, string>;
  /** Gives frames that tell no time one each. */
  readonly untimed: Pick<UntimedFrames, 'timeOf'>;
}

/** No LoRaWAN event is older than LoRaWAN, and no server's clock is a day ahead. */
const EARLIEST_EVENT = Date.UTC(2015, 0, 1);
const CLOCK_TOLERANCE_MS = 24 * 3_600_000;

/**
 * The way of a message, in order: read the event, place it in time, find the device's profile, decode.
 * A stranger's decoder runs later, for a whole batch (`decode-in-sandbox.ts`). Pure but for
 * what \`untimed\` remembers; never throws. What cannot be read becomes a quarantine entry with its bytes.
 */
export function interpret(message: Message, interpreter: Interpreter): Interpretation {
  const reading = readLnsMessage(message.topic, message.payload);
  switch (reading.outcome) {
    case 'broken':
      return quarantine(message, reading.code, reading.reason, reading.devEui);
    case 'frame':
      return interpretFrame(message, reading.frame, interpreter);
    case 'event':
      return interpretDeviceEvent(message, reading.event, interpreter);
  }
}

function interpretFrame(message: Message, frame: Frame, interpreter: Interpreter): Interpretation {
  const { devEui } = frame.device;
  const received =
    frame.receivedAt === null
      ? ({ at: interpreter.untimed.timeOf(devEui, message.arrivedAt), source: 'reader' } as const)
      : placeInTime(frame.receivedAt, message.arrivedAt);
  if (received === null) return implausibleTime(message, frame.receivedAt, devEui);
  const matched = interpreter.profiles.match(frame.device);
  const assigned = interpreter.assigned.get(devEui);
  const profile = assigned === undefined ? matched : interpreter.profiles.get(assigned);
  return {
    ...decode(
      { frame, received, profile: assigned ?? matched?.id ?? null },
      profile,
      interpreter.profileVersionIds,
    ),
    matchedProfile: matchOf(frame.device, matched),
  };
}

function matchOf(device: LnsDevice, matched: Profile | undefined): Interpretation['matchedProfile'] {
  return matched && { devEui: device.devEui, id: matched.id };
}

type Undecoded = Pick<FrameEntry, 'frame' | 'received' | 'profile'>;

function decode(
  undecoded: Undecoded,
  profile: Profile | undefined,
  versionIds: ReadonlyMap<string, number>,
): Pick<Interpretation, 'entry' | 'awaiting'> {
  const { frame, received } = undecoded;
  const entryWith = (decoded: DecodedFrame): FrameEntry => ({ kind: 'frame', ...undecoded, ...decoded });
  const without = (state: 'encrypted' | 'no_payload' | 'no_profile') => ({
    entry: entryWith({ decoding: { state }, measurements: [] }),
  });
  if (frame.encrypted) return without('encrypted');
  if (frame.payload.length === 0) return without('no_payload');
  const profileVersionId = profile && versionIds.get(profile.id);
  if (profile === undefined || profileVersionId === undefined) return without('no_profile');

  const input = {
    bytes: frame.payload,
    fPort: frame.fPort,
    receivedAt: received.at,
    variables: frame.device.tags,
  };
  switch (profile.execution) {
    case 'in_process':
      return { entry: entryWith(decodedFrame(profile.decode(input), profileVersionId)) };
    case 'sandboxed': {
      const decoding = { state: 'waiting', profileVersionId, reason: 'the decoder has not run yet' } as const;
      return {
        entry: entryWith({ decoding, measurements: [] }),
        awaiting: { profile, profileVersionId, input },
      };
    }
  }
}

function interpretDeviceEvent(
  message: Message,
  event: DeviceEvent,
  interpreter: Interpreter,
): Interpretation {
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
    matchedProfile: matchOf(event.device, interpreter.profiles.match(event.device)),
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
