import type { DevEui } from '@veilleur/domain';
import type { Transmission } from './radio.ts';
import { hash, type Key, uuid } from './seeded.ts';

export interface DeviceInfo {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly applicationId: string;
  readonly applicationName: string;
  readonly deviceProfileId: string;
  readonly deviceProfileName: string;
  readonly deviceName: string;
  readonly devEui: DevEui;
  readonly deviceClassEnabled: 'CLASS_A' | 'CLASS_C';
  readonly tags: Readonly<Record<string, string>>;
}

export interface UplinkFacts {
  /** Of the device; the deduplication id and the gateways' own ids follow from it and the counter. */
  readonly key: Key;
  readonly deviceInfo: DeviceInfo;
  readonly devAddr: string;
  readonly at: Date;
  readonly fCnt: number;
  readonly fPort: number;
  readonly payload: Uint8Array;
  readonly transmission: Transmission;
}

export type ChirpStackUplink = ReturnType<typeof chirpStackUplink>;

/** A gateway hears the frame some 40 ms before the server has put its copies together. */
const BACKHAUL_MS = 40;

export function uplinkTopic(deviceInfo: DeviceInfo): string {
  return `application/${deviceInfo.applicationId}/device/${deviceInfo.devEui}/event/up`;
}

/**
 * The `up` event of ChirpStack v4, JSON encoding (chirpstack/chirpstack:api/proto/integration), as a
 * server without a codec on the device sends it: `object` is null, decoding is the reader's.
 */
export function chirpStackUplink({
  key,
  deviceInfo,
  devAddr,
  at,
  fCnt,
  fPort,
  payload,
  transmission,
}: UplinkFacts) {
  const { spreadingFactor, channel, frequency_Hz, receptions } = transmission;
  const heardAt = rfc3339(new Date(at.getTime() - BACKHAUL_MS));
  const time = rfc3339(at);
  return {
    deduplicationId: uuid(key, fCnt),
    time,
    deviceInfo,
    devAddr,
    adr: true,
    dr: 12 - spreadingFactor,
    fCnt,
    fPort,
    confirmed: false,
    data: Buffer.from(payload).toString('base64'),
    object: null,
    rxInfo: receptions.map(({ gatewayId, rssi, snr, location }, index) => ({
      gatewayId,
      uplinkId: hash(key, fCnt * 8 + index),
      gwTime: heardAt,
      nsTime: time,
      rssi,
      // Gateway messages leave default values out, as protobuf does: 0 dB is no field.
      ...(snr === 0 ? {} : { snr }),
      ...(channel === 0 ? {} : { channel }),
      location,
      context: 'E3OWOQ==',
      metadata: { region_common_name: 'EU868', region_config_id: 'eu868' },
      crcStatus: 'CRC_OK',
    })),
    txInfo: {
      frequency: frequency_Hz,
      modulation: { lora: { bandwidth: 125_000, spreadingFactor, codeRate: 'CR_4_5' } },
    },
    relayRxInfo: null,
    joinServerContext: null,
    regionConfigId: 'eu868',
  };
}

/** In the server's spelling: an offset instead of Z. */
function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, -1)}+00:00`;
}
