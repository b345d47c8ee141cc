import type { Gateway } from '../radio/plan.ts';
import type { Hearing, RadioEvent, Reception, Session, Transmission } from '../radio/transmission.ts';
import { derive, hash, type Key } from '../seeded.ts';
import { deviceOf, type LnsMessage, type Wording } from './lns-message.ts';
import { base64, timeText } from './server-text.ts';

const TENANT_ID = 'ville';
const JOIN_EUI = '02564C0000000000';

interface Words {
  readonly key: Key;
  readonly topic: string;
  /** The identifiers up to the address, which a session gives. */
  readonly ids: string;
  /** What follows the settings in every uplink. */
  readonly tail: string;
}

/**
 * The Things Stack v3's events (TheThingsNetwork/lorawan-stack:api/ttn/lorawan/v3/messages.proto in its
 * JSON mapping): zero values are left out, EUIs are upper case. It has no event for a device's status, and
 * drops repeated frames without a word.
 */
export function theThingsStackJson(gateways: readonly Gateway[]): Wording {
  const words: Words[] = [];
  const gatewayWords = gateways.map(
    ({ id, latitude, longitude, altitude }) =>
      `{"gateway_ids":{"gateway_id":"eui-${id}","eui":"${id.toUpperCase()}"},"location":${JSON.stringify({ latitude, longitude, altitude, source: 'SOURCE_REGISTRY' })},"time":"`,
  );

  const wordsOf = (event: RadioEvent): Words => {
    const device = deviceOf(event);
    const known = words[device.index];
    if (known !== undefined) return known;
    const deviceId = `eui-${device.devEui}`;
    const [brand_id = '', model_id = ''] = device.profileId.split('/');
    const ids = JSON.stringify({
      device_id: deviceId,
      application_ids: { application_id: device.application },
      dev_eui: device.devEui.toUpperCase(),
      join_eui: JOIN_EUI,
    });
    const made = {
      key: derive(derive(0, 'event'), device.devEui),
      topic: `v3/${device.application}@${TENANT_ID}/devices/${deviceId}/`,
      ids: `{"end_device_ids":${ids.slice(0, -1)}`,
      tail: `"version_ids":${JSON.stringify({ brand_id, model_id })},"network_ids":{"net_id":"000001","tenant_id":"${TENANT_ID}","cluster_id":"eu1"},"attributes":${JSON.stringify(device.tags)}}}`,
    };
    words[device.index] = made;
    return made;
  };

  const sessionKeyId = (key: Key, { number }: Session) => {
    const bytes = Buffer.allocUnsafe(16);
    for (let i = 0; i < 4; i++) bytes.writeUInt32BE(hash(hash(key, number), i), 4 * i);
    return bytes.toString('base64');
  };

  const up = (frame: Transmission, hearing: Hearing, at: Date, event: RadioEvent): LnsMessage => {
    const { key, topic, ids, tail } = wordsOf(event);
    const { emission, session, airtimeMs } = frame;
    const fCnt = frame.fCnt ?? 0;
    const time = `${timeText(at.getTime())}Z`;
    let rx = '';
    for (let i = 0; i < hearing.receptions.length; i++) {
      const { gateway, rssi, snr, at: heardAt } = hearing.receptions[i] as Reception;
      rx += `${i === 0 ? '' : ','}${gatewayWords[gateway]}${timeText(heardAt.getTime())}Z","rssi":${rssi},"channel_rssi":${rssi}${snr === 0 ? '' : `,"snr":${snr}`},"uplink_token":"CiIKIAoUbWFpcmllLXRvaXQSCAAWwAHxU6FM","received_at":"${time}"}`;
    }
    const payload = `${ids},"dev_addr":"${session.devAddr.toUpperCase()}"},"correlation_ids":["gs:uplink:${hash(key, fCnt)}"],"received_at":"${time}","uplink_message":{"session_key_id":"${sessionKeyId(key, session)}","f_port":${emission.fPort}${fCnt === 0 ? '' : `,"f_cnt":${fCnt}`},"frm_payload":"${base64(emission.payload)}","rx_metadata":[${rx}],"settings":{"data_rate":{"lora":{"bandwidth":125000,"spreading_factor":${hearing.spreadingFactor},"coding_rate":"4/5"}},"frequency":"${hearing.frequency_Hz}"},"received_at":"${time}"${emission.confirmed ? ',"confirmed":true' : ''},"consumed_airtime":"${(airtimeMs / 1000).toFixed(6)}s",${tail}`;
    return { topic: `${topic}up`, payload, atMs: event.atMs, event };
  };

  return (event) => {
    switch (event.kind) {
      case 'frame':
        return event.receivedAt === null ? null : up(event, event, event.receivedAt, event);
      case 'repeat': {
        if (!event.isPublished) return null;
        const at = event.how === 'redelivery' ? event.of.receivedAt : event.receivedAt;
        return up(event.of, event, at ?? event.receivedAt, event);
      }
      case 'join': {
        const { key, topic, ids } = wordsOf(event);
        const time = `${timeText(event.receivedAt.getTime())}Z`;
        const payload = `${ids},"dev_addr":"${event.session.devAddr.toUpperCase()}"},"correlation_ids":["gs:uplink:${hash(key, -event.devNonce)}"],"received_at":"${time}","join_accept":{"session_key_id":"${sessionKeyId(key, event.session)}","received_at":"${time}"}}`;
        return { topic: `${topic}join`, payload, atMs: event.atMs, event };
      }
      case 'status':
        return null;
    }
  };
}
