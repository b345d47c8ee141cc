import { type DeviceEvent, type DeviceEventKind, type LnsDevice, RECEPTIONS_MAX } from '@veilleur/domain';
import { z } from 'zod';
import { bytesOfBase64 } from './bytes.ts';
import {
  decibels,
  detailNumber,
  detailText,
  devEuiHex,
  flag,
  frameCounter,
  framePort,
  instant,
  name,
  texts,
  tolerant,
  tolerantList,
} from './fields.ts';
import { broken, eventInvalid, type LnsReading } from './reading.ts';
import { storableDetail } from './storable-json.ts';
import { settings } from './the-things-stack-data-rate.ts';
import type { TtsEventName, TtsTopic } from './topic.ts';

/** `version_ids` and `attributes` stand inside the message, one level below the identifiers. */
const labels = z.object({
  version_ids: tolerant(z.object({ brand_id: name, model_id: name })),
  attributes: texts,
});

const envelope = z.object({
  end_device_ids: z.object({
    dev_eui: devEuiHex,
    dev_addr: name,
    device_id: name,
    application_ids: tolerant(z.object({ application_id: name })),
  }),
  received_at: instant,
  simulated: flag,
});
type Envelope = z.output<typeof envelope>;

/**
 * Zero values are left out, so an absent `snr` beside an `rssi` is 0 dB; an `rssi` of 0 dBm does not
 * occur, so an absent one was not measured (a Packet Broker peer may withhold it).
 */
const reception = z
  .object({
    gateway_ids: tolerant(z.object({ gateway_id: name, eui: name })),
    time: instant,
    rssi: tolerant(decibels),
    snr: tolerant(decibels),
  })
  .transform(({ gateway_ids, time, rssi, snr }) => ({
    gatewayId: gateway_ids?.eui?.toLowerCase() ?? gateway_ids?.gateway_id ?? '',
    rssi: rssi ?? undefined,
    snr: snr ?? (rssi == null ? undefined : 0),
    gatewayTime: time,
  }));

const uplink = z.object({
  ...envelope.shape,
  uplink_message: z.object({
    ...labels.shape,
    session_key_id: name,
    f_port: framePort,
    f_cnt: frameCounter.default(0),
    frm_payload: z.string().default(''),
    /** Present only with `skip_payload_crypto`: then the application decrypts, and the payload is ciphertext. */
    app_s_key: z.unknown().optional(),
    confirmed: flag,
    received_at: instant,
    rx_metadata: tolerantList(reception),
    settings: tolerant(settings),
  }),
});

const downlink = z.object({
  session_key_id: name,
  f_port: tolerant(framePort),
  f_cnt: detailNumber,
  correlation_ids: tolerantList(z.string()),
});

/** The Things Stack has no queue item ids: an application finds its downlink by the correlation ids that it gave. */
function downlinkDetail(message: z.output<typeof downlink>) {
  return {
    fPort: message.f_port,
    fCntDown: message.f_cnt,
    sessionKeyId: message.session_key_id,
    correlationIds: message.correlation_ids,
  };
}

/** Every event but `up`, with its detail in ChirpStack v4's spelling where that has the like. */
const DEVICE_EVENTS: Readonly<
  Record<Exclude<TtsEventName, 'up'>, { kind: DeviceEventKind; field: string; detail: z.ZodType<object> }>
> = {
  join: {
    kind: 'join',
    field: 'join_accept',
    detail: z.object({ session_key_id: name }).transform((join) => ({ sessionKeyId: join.session_key_id })),
  },
  'down/ack': {
    kind: 'ack',
    field: 'downlink_ack',
    detail: downlink.transform((message) => ({ acknowledged: true, ...downlinkDetail(message) })),
  },
  'down/nack': {
    kind: 'ack',
    field: 'downlink_nack',
    detail: downlink.transform((message) => ({ acknowledged: false, ...downlinkDetail(message) })),
  },
  'down/sent': { kind: 'txack', field: 'downlink_sent', detail: downlink.transform(downlinkDetail) },
  'down/failed': {
    kind: 'log',
    field: 'downlink_failed',
    detail: z
      .object({
        downlink: tolerant(downlink),
        error: tolerant(z.object({ namespace: detailText, name: detailText, message_format: detailText })),
      })
      .transform((failure) => ({
        level: 'ERROR',
        code: 'DOWNLINK_FAILED',
        description: failure.error?.message_format ?? '',
        context: { namespace: failure.error?.namespace, name: failure.error?.name },
        downlink: failure.downlink && downlinkDetail(failure.downlink),
      })),
  },
  'location/solved': {
    kind: 'location',
    field: 'location_solved',
    detail: z
      .object({
        service: name,
        location: z.object({
          latitude: detailNumber,
          longitude: detailNumber,
          altitude: detailNumber,
          accuracy: detailNumber,
          source: detailText,
        }),
      })
      .transform(({ service, location }) => ({ ...location, service })),
  },
};

const identified = z.object({ end_device_ids: z.object({ dev_eui: devEuiHex }) });

/** A The Things Stack v3 event. Its topic carries a device id, not a DevEUI: only the event names the device. */
export function readTheThingsStackV3(topic: TtsTopic, event: unknown): LnsReading {
  return topic.event === 'up' ? readUplink(event) : readDeviceEvent(topic.event, event);
}

function readUplink(event: unknown): LnsReading {
  const parsed = uplink.safeParse(event);
  if (!parsed.success) return eventInvalid(parsed.error, devEuiOf(event));
  const { end_device_ids: ids, uplink_message: up, received_at, simulated } = parsed.data;
  if (simulated) return broken('simulated_uplink', 'simulated: true', ids.dev_eui);
  const payload = bytesOfBase64(up.frm_payload);
  if (payload === null) {
    return broken('payload_encoding_invalid', 'uplink_message.frm_payload: not base64', ids.dev_eui);
  }
  return {
    outcome: 'frame',
    frame: {
      kind: 'uplink' as const,
      lns: 'tts-v3-json' as const,
      device: deviceOf(ids, up),
      // A device activated by personalization may have no key id: its DevAddr is the next best name.
      sessionKey: up.session_key_id ?? ids.dev_addr?.toLowerCase() ?? '',
      fCnt: up.f_cnt,
      fPort: up.f_port,
      payload,
      encrypted: up.app_s_key != null,
      confirmed: up.confirmed,
      dataRate: up.settings?.dataRate,
      frequencyHz: up.settings?.frequencyHz,
      // The Network Server's time; the envelope's is the Application Server's, some 200 ms of deduplication later.
      receivedAt: up.received_at ?? received_at ?? null,
      receptions: up.rx_metadata.slice(0, RECEPTIONS_MAX),
    },
  };
}

function readDeviceEvent(eventName: Exclude<TtsEventName, 'up'>, event: unknown): LnsReading {
  const { kind, field, detail: detailSchema } = DEVICE_EVENTS[eventName];
  const head = envelope.safeParse(event);
  if (!head.success) return eventInvalid(head.error, devEuiOf(event));
  const { end_device_ids: ids, received_at } = head.data;
  const message = (event as Record<string, unknown>)[field];
  const detail = detailSchema.safeParse(message);
  if (!detail.success) return eventInvalid(detail.error, ids.dev_eui, field);
  const joined = kind === 'join' ? { devAddr: ids.dev_addr?.toLowerCase() ?? '' } : {};
  return {
    outcome: 'event',
    event: {
      kind,
      lns: 'tts-v3-json',
      device: deviceOf(ids, labels.parse(message)),
      occurredAt: received_at ?? null,
      detail: storableDetail({ ...joined, ...detail.data }),
    } satisfies DeviceEvent,
  };
}

function deviceOf(
  ids: Envelope['end_device_ids'],
  { version_ids: version, attributes }: z.output<typeof labels>,
): LnsDevice {
  return {
    devEui: ids.dev_eui,
    name: ids.device_id,
    applicationId: ids.application_ids?.application_id,
    profileName:
      version?.brand_id && version.model_id ? `${version.brand_id}/${version.model_id}` : undefined,
    tags: attributes,
  };
}

function devEuiOf(event: unknown) {
  return identified.safeParse(event).data?.end_device_ids.dev_eui ?? null;
}
