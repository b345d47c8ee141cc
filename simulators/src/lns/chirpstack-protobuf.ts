import type { Gateway } from '../radio/plan.ts';
import type { Hearing, RadioEvent, Repeat, Transmission } from '../radio/transmission.ts';
import { hash, type Key } from '../seeded.ts';
import {
  chirpStackDevice,
  copyOf,
  DROPPED_DESCRIPTION,
  deduplicationId,
  droppedBecause,
} from './chirpstack-facts.ts';
import { deviceOf, type LnsMessage, type Wording } from './lns-message.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { quickUuid, REGION } from './server-text.ts';

interface Words {
  readonly key: Key;
  readonly topic: string;
  /** The fields of a `DeviceInfo`. */
  readonly deviceInfo: Buffer;
}

const CONTEXT = Buffer.from('E3OWOQ==', 'base64');
const CLASS_C = 2;
const CR_4_5 = 1;
const CRC_OK = 2;
const ERROR = 2;
const LOG_CODE = { UPLINK_F_CNT_RESET: 5, UPLINK_F_CNT_RETRANSMISSION: 7 } as const;

/**
 * ChirpStack v4's events with `json = false`: integration.proto, gw.proto and common.proto of
 * chirpstack/chirpstack, by field number. A test holds them against @chirpstack/chirpstack-api.
 */
export function chirpStackProtobuf(gateways: readonly Gateway[]): Wording {
  const words: Words[] = [];
  const writer = new ProtobufWriter();
  const locations = gateways.map(({ latitude, longitude, altitude }) => {
    writer.message(12, () => {
      writer.double(1, latitude);
      writer.double(2, longitude);
      writer.double(3, altitude);
    });
    return writer.take();
  });
  writer.bytes(13, CONTEXT);
  writer.map(15, { region_common_name: REGION.commonName, region_config_id: REGION.configId });
  writer.uint32(16, CRC_OK);
  const receptionTail = writer.take();

  const wordsOf = (event: RadioEvent): Words => {
    const device = deviceOf(event);
    const known = words[device.index];
    if (known !== undefined) return known;
    const info = chirpStackDevice(device);
    writer.text(1, info.tenantId);
    writer.text(2, info.tenantName);
    writer.text(3, info.applicationId);
    writer.text(4, info.applicationName);
    writer.text(5, info.deviceProfileId);
    writer.text(6, info.deviceProfileName);
    writer.text(7, info.deviceName);
    writer.text(8, info.devEui);
    writer.uint32(10, info.deviceClassEnabled === 'CLASS_C' ? CLASS_C : 0);
    writer.map(9, info.tags);
    const topic = `application/${info.applicationId}/device/${info.devEui}/event/`;
    const made = { key: info.key, topic, deviceInfo: writer.take() };
    words[device.index] = made;
    return made;
  };

  const head = (id: string, timeMs: number, deviceInfo: Buffer) => {
    writer.text(1, id);
    writer.time(2, timeMs);
    writer.bytes(3, deviceInfo);
  };

  const up = (
    frame: Transmission,
    hearing: Hearing,
    at: Date,
    copy: number,
    event: RadioEvent,
  ): LnsMessage => {
    const { key, topic, deviceInfo } = wordsOf(event);
    const { emission, session } = frame;
    const fCnt = frame.fCnt ?? 0;
    head(deduplicationId(key, frame, copy), at.getTime(), deviceInfo);
    writer.text(4, session.devAddr);
    writer.bool(5, true);
    writer.uint32(6, 12 - hearing.spreadingFactor);
    writer.uint32(7, fCnt);
    writer.uint32(8, emission.fPort);
    writer.bool(9, emission.confirmed);
    writer.bytes(10, emission.payload);
    for (const [i, reception] of hearing.receptions.entries()) {
      writer.message(12, () => {
        writer.text(1, reception.gatewayId);
        writer.uint32(2, hash(key, fCnt * 8 + i));
        writer.time(3, Math.floor(reception.at.getTime()));
        writer.int32(6, reception.rssi);
        writer.float(7, reception.snr);
        writer.uint32(8, hearing.channel);
        writer.raw(locations[reception.gateway] as Buffer);
        writer.raw(receptionTail);
        writer.time(17, at.getTime());
      });
    }
    writer.message(13, () => {
      writer.uint32(1, hearing.frequency_Hz);
      writer.message(2, () => {
        writer.message(3, () => {
          writer.uint32(1, 125_000);
          writer.uint32(2, hearing.spreadingFactor);
          writer.uint32(5, CR_4_5);
        });
      });
    });
    writer.text(16, REGION.configId);
    return { topic: `${topic}up`, payload: writer.take(), atMs: event.atMs, event };
  };

  const dropped = (event: Transmission | Repeat, frame: Transmission): LnsMessage => {
    const { key, topic, deviceInfo } = wordsOf(event);
    const code = droppedBecause(event);
    const copy = event.kind === 'repeat' ? event.copy : 0;
    writer.time(1, Math.floor(event.atMs));
    writer.bytes(2, deviceInfo);
    writer.uint32(3, ERROR);
    writer.uint32(4, LOG_CODE[code]);
    writer.text(5, DROPPED_DESCRIPTION[code]);
    writer.map(6, { deduplication_id: deduplicationId(key, frame, -1 - copy) });
    return { topic: `${topic}log`, payload: writer.take(), atMs: event.atMs, event };
  };

  return (event) => {
    switch (event.kind) {
      case 'frame':
        if (event.receivedAt !== null) return up(event, event, event.receivedAt, 0, event);
        return event.lost === 'counter_refused' ? dropped(event, event) : null;
      case 'repeat': {
        if (!event.isPublished) return dropped(event, event.of);
        const at = event.how === 'redelivery' ? event.of.receivedAt : event.receivedAt;
        return up(event.of, event, at ?? event.receivedAt, copyOf(event), event);
      }
      case 'join': {
        const { key, topic, deviceInfo } = wordsOf(event);
        head(quickUuid(hash(key, -1), event.devNonce), event.receivedAt.getTime(), deviceInfo);
        writer.text(4, event.session.devAddr);
        writer.text(7, REGION.configId);
        return { topic: `${topic}join`, payload: writer.take(), atMs: event.atMs, event };
      }
      case 'status': {
        const { key, topic, deviceInfo } = wordsOf(event);
        const timeMs = event.receivedAt.getTime();
        head(quickUuid(hash(key, -2), Math.floor(timeMs / 1000)), timeMs, deviceInfo);
        writer.int32(5, event.margin_dB);
        writer.bool(6, event.battery_percent === null);
        writer.float(8, event.battery_percent ?? 0);
        return { topic: `${topic}status`, payload: writer.take(), atMs: event.atMs, event };
      }
    }
  };
}
