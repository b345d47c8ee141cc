import {
  type DeviceEventKind,
  type LnsDevice,
  type LnsFormat,
  RECEPTIONS_MAX,
  type Reception,
} from '@veilleur/domain';
import { z } from 'zod';
import { bytesOfBase64 } from './bytes.ts';
import { integrationNote } from './chirpstack-integration-note.ts';
import {
  detailNumber,
  detailText,
  devEuiHex,
  flag,
  frameCounter,
  framePort,
  instant,
  texts,
  tolerant,
} from './fields.ts';
import { broken, devEuiMismatch, eventInvalid, type LnsReading } from './reading.ts';
import { storableDetail } from './storable-json.ts';
import { decibelsOf, flagOf, instantOf, integerOf, isMap, mapOf, nameOf, textsOf } from './tolerant.ts';
import type { ChirpStackEventName, ChirpStackTopic } from './topic.ts';

const envelope = z.object({ time: instant, deviceInfo: z.looseObject({ devEui: devEuiHex }) });

/** What makes the frame; what describes it is read by hand, for every uplink passes here. */
const uplink = z.object({
  deviceInfo: z.object({ devEui: devEuiHex }),
  fCnt: frameCounter,
  fPort: framePort,
  data: z.string(),
});

/**
 * `rxInfo` comes from the gateway package, whose defaults are left out of the JSON, as protobuf always
 * does: an absent `rssi` or `snr` is a measured 0.
 */
function receptionsOf(rxInfo: unknown): Reception[] {
  const receptions: Reception[] = [];
  for (const heard of Array.isArray(rxInfo) ? rxInfo : []) {
    if (receptions.length === RECEPTIONS_MAX) break;
    if (!isMap(heard)) continue;
    const rssi = decibelsOf(heard.rssi === undefined ? 0 : heard.rssi);
    const snr = decibelsOf(heard.snr === undefined ? 0 : heard.snr);
    if (rssi === undefined || snr === undefined) continue;
    receptions.push({
      gatewayId: nameOf(heard.gatewayId) ?? '',
      rssi,
      snr,
      gatewayTime: instantOf(heard.gwTime),
    });
  }
  return receptions;
}

const lora = z.object({ bandwidth: detailNumber, spreadingFactor: detailNumber, codeRate: detailText });

/**
 * Every event but `up`: the domain's kind, and the fields that become its detail. What is not named
 * here is dropped.
 */
const DEVICE_EVENTS: Readonly<
  Partial<Record<ChirpStackEventName, { kind: DeviceEventKind; detail: z.ZodType<object> }>>
> = {
  join: { kind: 'join', detail: z.object({ devAddr: detailText }) },
  ack: {
    kind: 'ack',
    detail: z.object({ queueItemId: detailText, acknowledged: flag, fCntDown: detailNumber }),
  },
  txack: {
    kind: 'txack',
    detail: z.object({
      downlinkId: detailNumber,
      queueItemId: detailText,
      fCntDown: detailNumber,
      gatewayId: detailText,
      txInfo: tolerant(
        z.object({
          frequency: detailNumber,
          power: detailNumber,
          modulation: tolerant(z.object({ lora: tolerant(lora) })),
        }),
      ),
    }),
  },
  log: {
    kind: 'log',
    detail: z.object({ level: detailText, code: detailText, description: detailText, context: texts }),
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
        location: z.object({
          latitude: detailNumber,
          longitude: detailNumber,
          altitude: detailNumber,
          source: detailText,
          accuracy: detailNumber,
        }),
      })
      .transform(({ location }) => location),
  },
  // Published until 4.14 by add-ons such as LoRa Cloud. The domain has no kind for it: a note on the device.
  integration: { kind: 'log', detail: integrationNote },
};

/**
 * A ChirpStack v4 event as a frame or a device event.
 *
 * @param event in the JSON mapping's shape, whichever encoding it came in.
 */
export function readChirpStackV4(topic: ChirpStackTopic, lns: LnsFormat, event: unknown): LnsReading {
  return topic.event === 'up' ? readUplink(topic, lns, event) : readDeviceEvent(topic, lns, event);
}

function readUplink(topic: ChirpStackTopic, lns: LnsFormat, event: unknown): LnsReading {
  const { devEui } = topic;
  const parsed = uplink.safeParse(event);
  if (!parsed.success) return eventInvalid(parsed.error, devEui);
  const { deviceInfo, fCnt, fPort, data } = parsed.data;
  if (deviceInfo.devEui !== devEui) return devEuiMismatch(devEui, deviceInfo.devEui);
  const payload = bytesOfBase64(data);
  if (payload === null) return broken('payload_encoding_invalid', 'data: not base64', devEui);
  const up = mapOf(event);
  return {
    outcome: 'frame',
    frame: {
      kind: 'uplink',
      lns,
      device: deviceOf(topic, mapOf(up.deviceInfo)),
      sessionKey: nameOf(up.devAddr)?.toLowerCase() ?? '',
      fCnt,
      fPort,
      payload,
      encrypted: up.joinServerContext != null,
      confirmed: flagOf(up.confirmed),
      dataRate: integerOf(up.dr, 0, 15),
      frequencyHz: integerOf(mapOf(up.txInfo).frequency, 1, 0xffff_ffff),
      receivedAt: instantOf(up.time) ?? null,
      receptions: receptionsOf(up.rxInfo),
    },
  };
}

function readDeviceEvent(topic: ChirpStackTopic, lns: LnsFormat, event: unknown): LnsReading {
  const { devEui } = topic;
  const reader = DEVICE_EVENTS[topic.event];
  if (reader === undefined) {
    return broken('event_unsupported', `ChirpStack v4 has no event "${topic.event}"`, devEui);
  }
  const head = envelope.safeParse(event);
  if (!head.success) return eventInvalid(head.error, devEui);
  const { time, deviceInfo } = head.data;
  if (deviceInfo.devEui !== devEui) return devEuiMismatch(devEui, deviceInfo.devEui);
  const detail = reader.detail.safeParse(event);
  if (!detail.success) return eventInvalid(detail.error, devEui);
  return {
    outcome: 'event',
    event: {
      kind: reader.kind,
      lns,
      device: deviceOf(topic, deviceInfo),
      occurredAt: time ?? null,
      detail: storableDetail(detail.data),
    },
  };
}

function deviceOf(topic: ChirpStackTopic, info: Readonly<Record<string, unknown>>): LnsDevice {
  return {
    devEui: topic.devEui,
    name: nameOf(info.deviceName),
    applicationId: nameOf(info.applicationId) ?? topic.applicationId,
    applicationName: nameOf(info.applicationName),
    profileName: nameOf(info.deviceProfileName),
    tags: textsOf(info.tags),
  };
}
