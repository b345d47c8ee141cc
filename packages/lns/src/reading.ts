import { type DevEui, type DeviceEvent, type Frame, storableText } from '@veilleur/domain';
import type { z } from 'zod';

/**
 * Why a message could not be read. The codes are stable: quarantine, metrics and alerts name them.
 *
 * - `topic_unknown`: no server that we know publishes there;
 * - `event_unsupported`: a known server and topic, but a kind of event that Veilleur cannot take in;
 * - `payload_empty`, `json_invalid`, `protobuf_invalid`: the bytes are not a message at all;
 * - `event_invalid`: a message, but a field that we need is missing, mistyped or out of range;
 * - `payload_encoding_invalid`: the FRMPayload is neither base64 nor (where allowed) hexadecimal;
 * - `dev_eui_mismatch`: topic and event name two devices;
 * - `simulated_uplink`: typed into The Things Stack's console, so it must never become consumption;
 * - `reader_failed`: a defect of this package. The message is kept for when it is mended.
 */
export type BrokenCode =
  | 'topic_unknown'
  | 'event_unsupported'
  | 'payload_empty'
  | 'json_invalid'
  | 'protobuf_invalid'
  | 'event_invalid'
  | 'payload_encoding_invalid'
  | 'dev_eui_mismatch'
  | 'simulated_uplink'
  | 'reader_failed';

export interface BrokenReading {
  readonly outcome: 'broken';
  readonly code: BrokenCode;
  /** The place and the trouble, for a person. At most 500 characters, fit to be stored. */
  readonly reason: string;
  /** Of the topic, else of the event; null where neither gives one. */
  readonly devEui: DevEui | null;
}

export type LnsReading =
  | { readonly outcome: 'frame'; readonly frame: Frame }
  | { readonly outcome: 'event'; readonly event: DeviceEvent }
  | BrokenReading;

const REASON_LENGTH_MAX = 500;

export function broken(code: BrokenCode, reason: string, devEui: DevEui | null): BrokenReading {
  return { outcome: 'broken', code, reason: storableText(reason, REASON_LENGTH_MAX), devEui };
}

/** The fields that a schema refused, each with its path: `deviceInfo.devEui: not a DevEUI`. */
export function eventInvalid(error: z.ZodError, devEui: DevEui | null, ...path: string[]): BrokenReading {
  const places = error.issues.map(
    (issue) => `${[...path, ...issue.path.map(String)].join('.')}: ${issue.message}`,
  );
  return broken('event_invalid', places.join('; '), devEui);
}

/** The topic's device is the one to name: brokers guard topics, nobody guards what an event says. */
export function devEuiMismatch(ofTopic: DevEui, ofEvent: DevEui): BrokenReading {
  return broken('dev_eui_mismatch', `the topic is of ${ofTopic}, the event of ${ofEvent}`, ofTopic);
}
