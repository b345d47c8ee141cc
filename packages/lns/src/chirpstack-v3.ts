import {
  DevEui,
  type DeviceEvent,
  type DeviceEventKind,
  type LnsDevice,
  RECEPTIONS_MAX,
} from '@veilleur/domain';
import { z } from 'zod';
import { bytesOfBase64, bytesOfHex, hexOfIdentifier } from './bytes.ts';
import { integrationNote } from './chirpstack-integration-note.ts';
import {
  dataRate,
  decibels,
  detailNumber,
  detailText,
  flag,
  frameCounter,
  framePort,
  frequencyHz,
  instant,
  name,
  texts,
  tolerant,
  tolerantList,
} from './fields.ts';
import { broken, devEuiMismatch, eventInvalid, type LnsReading } from './reading.ts';
import { storableDetail } from './storable-json.ts';
import { instantOfEpochMs, nameOf } from './tolerant.ts';
import type { ChirpStackEventName, ChirpStackTopic } from './topic.ts';

/**
 * ChirpStack v3 writes JSON in two ways: `json_v3` with hexadecimal identifiers, and `json`, the
 * protobuf mapping, with every identifier in base64. Both write FRMPayload in base64.
 */
const devEUI = z.string().transform((text, context) => {
  const hex = hexOfIdentifier(text, 8);
  if (hex !== null) return { devEui: DevEui(hex), spelling: text.length === 16 ? 'hex' : 'base64' } as const;
  context.addIssue('not a DevEUI');
  return z.NEVER;
});

const reception = z
  .object({ gatewayID: name, time: instant, rssi: tolerant(decibels), loRaSNR: tolerant(decibels) })
  .transform(({ gatewayID = '', time, rssi, loRaSNR }) => ({
    gatewayId: hexOfIdentifier(gatewayID, 8) ?? gatewayID,
    rssi: rssi ?? undefined,
    snr: loRaSNR ?? undefined,
    gatewayTime: time,
  }));

const envelope = z.object({
  devEUI,
  deviceName: name,
  applicationID: tolerant(z.union([z.string(), z.int().transform(String)])).transform(nameOf),
  applicationName: name,
  deviceProfileName: name,
  tags: texts,
  rxInfo: tolerantList(reception),
  publishedAt: instant,
  /** Milliseconds of the epoch, by whoever recorded the event; never ChirpStack's. */
  _timestamp: tolerant(z.number()),
});
type Envelope = z.output<typeof envelope>;

const uplink = z.object({
  ...envelope.shape,
  devAddr: name,
  fCnt: frameCounter,
  fPort: framePort,
  /** Go writes null for a frame without payload. */
  data: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  dr: dataRate,
  txInfo: tolerant(z.object({ frequency: frequencyHz, dr: dataRate })),
  confirmedUplink: flag,
});

const devAddr = detailText.transform((text) => hexOfIdentifier(text, 4) ?? text);

/** Every event but `up`, with its detail in v4's spelling. */
const DEVICE_EVENTS: Readonly<
  Partial<Record<ChirpStackEventName, { kind: DeviceEventKind; detail: z.ZodType<object> }>>
> = {
  join: { kind: 'join', detail: z.object({ devAddr }) },
  ack: {
    kind: 'ack',
    detail: z
      .object({ acknowledged: flag, fCnt: detailNumber })
      .transform(({ acknowledged, fCnt }) => ({ acknowledged, fCntDown: fCnt })),
  },
  txack: {
    kind: 'txack',
    detail: z
      .object({
        fCnt: detailNumber,
        gatewayID: detailText,
        txInfo: tolerant(z.object({ frequency: detailNumber })),
      })
      .transform(({ fCnt, gatewayID, txInfo }) => ({
        fCntDown: fCnt,
        gatewayId: hexOfIdentifier(gatewayID, 8) ?? gatewayID,
        txInfo,
      })),
  },
  error: {
    kind: 'log',
    detail: z
      .object({ type: detailText, error: detailText, fCnt: tolerant(frameCounter) })
      .transform(({ type, error, fCnt }) => ({
        level: 'ERROR',
        code: type,
        description: error,
        context: fCnt == null ? {} : { fCnt: String(fCnt) },
      })),
  },
  status: {
    kind: 'status',
    detail: z.object({
      margin: detailNumber,
      externalPowerSource: flag,
      batteryLevelUnavailable: flag,
      batteryLevel: detailNumber,
    }),
  },
  location: {
    kind: 'location',
    detail: z
      .object({
        location: z.object({ latitude: detailNumber, longitude: detailNumber, altitude: detailNumber }),
      })
      .transform(({ location }) => location),
  },
  integration: { kind: 'log', detail: integrationNote },
};

/** A ChirpStack v3 event, in either of its two JSON spellings, live or recorded. */
export function readChirpStackV3(topic: ChirpStackTopic, event: unknown): LnsReading {
  return topic.event === 'up' ? readUplink(topic, event) : readDeviceEvent(topic, event);
}

function readUplink(topic: ChirpStackTopic, event: unknown): LnsReading {
  const { devEui } = topic;
  const parsed = uplink.safeParse(event);
  if (!parsed.success) return eventInvalid(parsed.error, devEui);
  const up = parsed.data;
  if (up.devEUI.devEui !== devEui) return devEuiMismatch(devEui, up.devEUI.devEui);
  const payload = payloadOf(up);
  if (payload === null)
    return broken('payload_encoding_invalid', 'data: neither base64 nor hexadecimal', devEui);
  return {
    outcome: 'frame',
    frame: {
      kind: 'uplink' as const,
      lns: 'chirpstack-v3-json' as const,
      device: deviceOf(topic, up),
      sessionKey: up.devAddr === undefined ? '' : (hexOfIdentifier(up.devAddr, 4) ?? up.devAddr),
      fCnt: up.fCnt,
      fPort: up.fPort,
      payload,
      encrypted: false,
      confirmed: up.confirmedUplink,
      dataRate: up.txInfo?.dr ?? up.dr ?? undefined,
      frequencyHz: up.txInfo?.frequency ?? undefined,
      receivedAt: timeOf(up),
      receptions: up.rxInfo.slice(0, RECEPTIONS_MAX),
    },
  };
}

function readDeviceEvent(topic: ChirpStackTopic, event: unknown): LnsReading {
  const { devEui } = topic;
  const reader = DEVICE_EVENTS[topic.event];
  if (reader === undefined) {
    return broken('event_unsupported', `ChirpStack v3 has no event "${topic.event}"`, devEui);
  }
  const head = envelope.safeParse(event);
  if (!head.success) return eventInvalid(head.error, devEui);
  if (head.data.devEUI.devEui !== devEui) return devEuiMismatch(devEui, head.data.devEUI.devEui);
  const detail = reader.detail.safeParse(event);
  if (!detail.success) return eventInvalid(detail.error, devEui);
  return {
    outcome: 'event',
    event: {
      kind: reader.kind,
      lns: 'chirpstack-v3-json',
      device: deviceOf(topic, head.data),
      occurredAt: timeOf(head.data),
      detail: storableDetail(detail.data),
    } satisfies DeviceEvent,
  };
}

/** 16 random base64 characters are all of [0-9a-f] once in 4 to the 16th: 4 billion. */
const HEX_WITHOUT_DOUBT_LENGTH = 16;
const LOWERCASE_HEX = /^(?:[0-9a-f]{2})+$/;

/**
 * FRMPayload of base64, or of hexadecimal as recorders (CampusIoT's among them) rewrite it.
 *
 * Lowercase hexadecimal whose length is a multiple of 4 is valid base64 too, so the text alone does not
 * always tell. It is taken for hexadecimal where it has only pairs of [0-9a-f], `devEUI` is not in base64
 * (such an event is untouched), and one thing more says so: the recorder's `_timestamp`, a length that
 * base64 can't have, or at least 16 characters. Otherwise it is base64, which every ChirpStack v3 writes.
 * Left in doubt are live events of 3, 6 or 9 bytes; for them base64 is always the right guess. Uppercase
 * is never hexadecimal: `AAAAAAAAAAAAAAAA` is twelve zero bytes.
 */
function payloadOf(up: z.output<typeof uplink>): Uint8Array | null {
  const text = up.data;
  const isHex =
    LOWERCASE_HEX.test(text) &&
    up.devEUI.spelling === 'hex' &&
    (up._timestamp != null || text.length % 4 !== 0 || text.length >= HEX_WITHOUT_DOUBT_LENGTH);
  return isHex ? bytesOfHex(text) : bytesOfBase64(text);
}

/**
 * A v3 event has no time of the server's own. In order of trust: `publishedAt` (3.11 and later), which
 * is the server's clock; the recorder's, which heard the event a moment later; the earliest gateway's,
 * which may have drifted, but the first to hear is nearest to the truth among those that have a clock.
 * Null for none: then only the reader's clock is left, and that is not ours to read.
 */
function timeOf({ publishedAt, _timestamp, rxInfo }: Envelope): Date | null {
  if (publishedAt !== undefined) return publishedAt;
  const recordedAt = _timestamp == null ? undefined : instantOfEpochMs(_timestamp);
  if (recordedAt !== undefined) return recordedAt;
  const heardMs = rxInfo.flatMap(({ gatewayTime }) => gatewayTime?.getTime() ?? []);
  return heardMs.length === 0 ? null : new Date(Math.min(...heardMs));
}

function deviceOf(topic: ChirpStackTopic, event: Envelope): LnsDevice {
  return {
    devEui: topic.devEui,
    name: event.deviceName,
    applicationId: event.applicationID ?? topic.applicationId,
    applicationName: event.applicationName,
    profileName: event.deviceProfileName,
    tags: event.tags,
  };
}
