import type { DeviceEventKind, LnsDevice, LnsFormat } from '@veilleur/domain';
import { z } from 'zod';
import { bytesOfBase64 } from './bytes.ts';
import { integrationNote } from './chirpstack-integration-note.ts';
import {
  dataRate,
  decibels,
  detailNumber,
  detailText,
  devEuiHex,
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
import type { ChirpStackEventName, ChirpStackTopic } from './topic.ts';

const deviceInfo = z.object({
  devEui: devEuiHex,
  deviceName: name,
  applicationId: name,
  applicationName: name,
  deviceProfileName: name,
  tags: texts,
});

const envelope = z.object({ time: instant, deviceInfo });

/**
 * `rxInfo` comes from the gateway package, whose defaults are left out of the JSON, as protobuf always
 * does: an absent `rssi` or `snr` is a measured 0.
 */
const reception = z
  .object({
    gatewayId: name,
    gwTime: instant,
    rssi: decibels.default(0),
    snr: decibels.default(0),
  })
  .transform(({ gatewayId = '', gwTime, rssi, snr }) => ({ gatewayId, rssi, snr, gatewayTime: gwTime }));

const uplink = z.object({
  ...envelope.shape,
  devAddr: name,
  dr: dataRate,
  fCnt: frameCounter,
  fPort: framePort,
  confirmed: flag,
  data: z.string(),
  rxInfo: tolerantList(reception),
  txInfo: tolerant(z.object({ frequency: frequencyHz })),
  joinServerContext: z.unknown().optional(),
});

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
  const up = parsed.data;
  if (up.deviceInfo.devEui !== devEui) return devEuiMismatch(devEui, up.deviceInfo.devEui);
  const payload = bytesOfBase64(up.data);
  if (payload === null) return broken('payload_encoding_invalid', 'data: not base64', devEui);
  return {
    outcome: 'frame',
    frame: {
      kind: 'uplink' as const,
      lns,
      device: deviceOf(topic, up.deviceInfo),
      sessionKey: up.devAddr?.toLowerCase() ?? '',
      fCnt: up.fCnt,
      fPort: up.fPort,
      payload,
      encrypted: up.joinServerContext != null,
      confirmed: up.confirmed,
      dataRate: up.dr ?? undefined,
      frequencyHz: up.txInfo?.frequency ?? undefined,
      receivedAt: up.time ?? null,
      receptions: up.rxInfo,
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

function deviceOf(topic: ChirpStackTopic, info: z.output<typeof deviceInfo>): LnsDevice {
  return {
    devEui: topic.devEui,
    name: info.deviceName,
    applicationId: info.applicationId ?? topic.applicationId,
    applicationName: info.applicationName,
    profileName: info.deviceProfileName,
    tags: info.tags,
  };
}
