import type { Gateway } from '../radio/plan.ts';
import type { Hearing, RadioEvent, Reception, Repeat, Transmission } from '../radio/transmission.ts';
import { hash, type Key } from '../seeded.ts';
import {
  chirpStackDevice,
  copyOf,
  DROPPED_DESCRIPTION,
  deduplicationId,
  droppedBecause,
} from './chirpstack-facts.ts';
import { deviceOf, type LnsMessage, type Wording } from './lns-message.ts';
import { base64, quickUuid, REGION, timeText } from './server-text.ts';

/** The parts of a device's messages that never change. */
interface Words {
  readonly key: Key;
  readonly topic: string;
  /** `"deviceInfo":{...}` */
  readonly deviceInfo: string;
}

const RECEPTION_TAIL = `,"context":"E3OWOQ==","metadata":{"region_common_name":"${REGION.commonName}","region_config_id":"${REGION.configId}"},"crcStatus":"CRC_OK"}`;
const UPLINK_TAIL = `"relayRxInfo":null,"joinServerContext":null,"regionConfigId":"${REGION.configId}"}`;

/**
 * ChirpStack v4's events in its JSON encoding (chirpstack/chirpstack:api/proto/integration). A server
 * without a codec on the device: `object` is null.
 *
 * Text is put together from parts that are made once a device and once a gateway: an event costs a
 * microsecond or two, where `JSON.stringify` of the object costs some ten.
 */
export function chirpStackJson(gateways: readonly Gateway[]): Wording {
  const words: Words[] = [];
  const locations = gateways.map(
    ({ latitude, longitude, altitude }) => `"location":${JSON.stringify({ latitude, longitude, altitude })}`,
  );

  const wordsOf = (event: RadioEvent): Words => {
    const device = deviceOf(event);
    const known = words[device.index];
    if (known !== undefined) return known;
    const { key, ...deviceInfo } = chirpStackDevice(device);
    const made = {
      key,
      topic: `application/${deviceInfo.applicationId}/device/${deviceInfo.devEui}/event/`,
      deviceInfo: `"deviceInfo":${JSON.stringify(deviceInfo)}`,
    };
    words[device.index] = made;
    return made;
  };

  const rxInfo = (key: Key, fCnt: number, { receptions, channel }: Hearing, ns: string) => {
    // Gateway messages leave default values out, as protobuf does: channel 0 and 0 dB are no field.
    const onChannel = channel === 0 ? ',' : `,"channel":${channel},`;
    let text = '';
    for (let i = 0; i < receptions.length; i++) {
      const { gateway, gatewayId, rssi, snr, at } = receptions[i] as Reception;
      const uplinkId = hash(key, fCnt * 8 + i);
      text += `${i === 0 ? '' : ','}{"gatewayId":"${gatewayId}","uplinkId":${uplinkId},"gwTime":"${timeText(at.getTime())}+00:00","nsTime":"${ns}","rssi":${rssi}${snr === 0 ? '' : `,"snr":${snr}`}${onChannel}`;
      text += (locations[gateway] as string) + RECEPTION_TAIL;
    }
    return text;
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
    const time = `${timeText(at.getTime())}+00:00`;
    const { spreadingFactor, frequency_Hz } = hearing;
    const payload = `{"deduplicationId":"${deduplicationId(key, frame, copy)}","time":"${time}",${deviceInfo},"devAddr":"${session.devAddr}","adr":true,"dr":${12 - spreadingFactor},"fCnt":${fCnt},"fPort":${emission.fPort},"confirmed":${emission.confirmed},"data":"${base64(emission.payload)}","object":null,"rxInfo":[${rxInfo(key, fCnt, hearing, time)}],"txInfo":{"frequency":${frequency_Hz},"modulation":{"lora":{"bandwidth":125000,"spreadingFactor":${spreadingFactor},"codeRate":"CR_4_5"}}},${UPLINK_TAIL}`;
    return { topic: `${topic}up`, payload, atMs: event.atMs, event };
  };

  const dropped = (event: Transmission | Repeat, frame: Transmission): LnsMessage => {
    const { key, topic, deviceInfo } = wordsOf(event);
    const code = droppedBecause(event);
    const copy = event.kind === 'repeat' ? event.copy : 0;
    const payload = `{"time":"${timeText(event.atMs)}+00:00",${deviceInfo},"level":"ERROR","code":"${code}","description":"${DROPPED_DESCRIPTION[code]}","context":{"deduplication_id":"${deduplicationId(key, frame, -1 - copy)}"}}`;
    return { topic: `${topic}log`, payload, atMs: event.atMs, event };
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
        const id = quickUuid(hash(key, -1), event.devNonce);
        const payload = `{"deduplicationId":"${id}","time":"${timeText(event.receivedAt.getTime())}+00:00",${deviceInfo},"devAddr":"${event.session.devAddr}",${UPLINK_TAIL}`;
        return { topic: `${topic}join`, payload, atMs: event.atMs, event };
      }
      case 'status': {
        const { key, topic, deviceInfo } = wordsOf(event);
        const id = quickUuid(hash(key, -2), Math.floor(event.receivedAt.getTime() / 1000));
        const battery = event.battery_percent;
        const payload = `{"deduplicationId":"${id}","time":"${timeText(event.receivedAt.getTime())}+00:00",${deviceInfo},"margin":${event.margin_dB},"externalPowerSource":${battery === null},"batteryLevelUnavailable":false,"batteryLevel":${battery ?? 0}}`;
        return { topic: `${topic}status`, payload, atMs: event.atMs, event };
      }
    }
  };
}
