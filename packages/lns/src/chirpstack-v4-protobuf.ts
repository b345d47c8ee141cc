import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import type { ChirpStackEventName } from './topic.ts';

/**
 * The decoders of ChirpStack v4's `json = false`. Each gives the event as the JSON mapping spells it,
 * so that one schema reads both encodings. Getters and not `toObject()`: that one also copies the
 * decoded `object` and each gateway's location and metadata, which we don't keep.
 */
const DECODERS: Readonly<Partial<Record<ChirpStackEventName, (bytes: Uint8Array) => object>>> = {
  up: decodeUplink,
  join(bytes) {
    const event = integration.JoinEvent.deserializeBinary(bytes);
    return { ...envelopeOf(event), devAddr: event.getDevAddr() };
  },
  ack(bytes) {
    const event = integration.AckEvent.deserializeBinary(bytes);
    return {
      ...envelopeOf(event),
      queueItemId: event.getQueueItemId(),
      acknowledged: event.getAcknowledged(),
      fCntDown: event.getFCntDown(),
    };
  },
  txack: decodeTxAck,
  log(bytes) {
    const event = integration.LogEvent.deserializeBinary(bytes);
    return {
      ...envelopeOf(event),
      level: nameIn(integration.LogLevel, event.getLevel()),
      code: nameIn(integration.LogCode, event.getCode()),
      description: event.getDescription(),
      context: Object.fromEntries(event.getContextMap().toArray()),
    };
  },
  status(bytes) {
    const event = integration.StatusEvent.deserializeBinary(bytes);
    return {
      ...envelopeOf(event),
      margin: event.getMargin(),
      externalPowerSource: event.getExternalPowerSource(),
      batteryLevelUnavailable: event.getBatteryLevelUnavailable(),
      batteryLevel: shortestOfFloat32(event.getBatteryLevel()),
    };
  },
  location(bytes) {
    const event = integration.LocationEvent.deserializeBinary(bytes);
    const location = event.getLocation();
    return {
      ...envelopeOf(event),
      location: location && {
        latitude: location.getLatitude(),
        longitude: location.getLongitude(),
        altitude: location.getAltitude(),
        source: nameIn(common.LocationSource, location.getSource()),
        accuracy: shortestOfFloat32(location.getAccuracy()),
      },
    };
  },
};

/**
 * The event in the JSON mapping's shape; undefined for one that the installed schema (4.19) does not
 * have, which is `integration`, published until 4.14.
 *
 * @throws Error of google-protobuf where the bytes are not such a message.
 */
export function decodeChirpStackV4(name: ChirpStackEventName, bytes: Uint8Array): object | undefined {
  return DECODERS[name]?.(bytes);
}

function decodeUplink(bytes: Uint8Array): object {
  const event = integration.UplinkEvent.deserializeBinary(bytes);
  return {
    ...envelopeOf(event),
    devAddr: event.getDevAddr(),
    dr: event.getDr(),
    fCnt: event.getFCnt(),
    fPort: event.getFPort(),
    confirmed: event.getConfirmed(),
    data: Buffer.from(event.getData_asU8()).toString('base64'),
    rxInfo: event.getRxInfoList().map((reception) => ({
      gatewayId: reception.getGatewayId(),
      gwTime: rfc3339Of(reception.getGwTime()),
      rssi: reception.getRssi(),
      snr: shortestOfFloat32(reception.getSnr()),
    })),
    txInfo: { frequency: event.getTxInfo()?.getFrequency() },
    joinServerContext: event.hasJoinServerContext() ? {} : undefined,
  };
}

function decodeTxAck(bytes: Uint8Array): object {
  const event = integration.TxAckEvent.deserializeBinary(bytes);
  const txInfo = event.getTxInfo();
  const lora = txInfo?.getModulation()?.getLora();
  return {
    ...envelopeOf(event),
    downlinkId: event.getDownlinkId(),
    queueItemId: event.getQueueItemId(),
    fCntDown: event.getFCntDown(),
    gatewayId: event.getGatewayId(),
    txInfo: txInfo && {
      frequency: txInfo.getFrequency(),
      power: txInfo.getPower(),
      modulation: lora && {
        lora: {
          bandwidth: lora.getBandwidth(),
          spreadingFactor: lora.getSpreadingFactor(),
          codeRate: nameIn(gw.CodeRate, lora.getCodeRate()),
        },
      },
    },
  };
}

/** What google-protobuf's generated code has for a `google.protobuf.Timestamp`; the package ships no types for it. */
interface Timestamp {
  getSeconds(): number;
  getNanos(): number;
}

interface Event {
  getTime(): Timestamp | undefined;
  getDeviceInfo(): InstanceType<typeof integration.DeviceInfo> | undefined;
}

function envelopeOf(event: Event): object {
  const info = event.getDeviceInfo();
  return {
    time: rfc3339Of(event.getTime()),
    deviceInfo: info && {
      devEui: info.getDevEui(),
      deviceName: info.getDeviceName(),
      applicationId: info.getApplicationId(),
      applicationName: info.getApplicationName(),
      deviceProfileName: info.getDeviceProfileName(),
      tags: Object.fromEntries(info.getTagsMap().toArray()),
    },
  };
}

function rfc3339Of(timestamp: Timestamp | undefined): string | undefined {
  if (timestamp === undefined) return undefined;
  const date = new Date(timestamp.getSeconds() * 1000 + Math.floor(timestamp.getNanos() / 1e6));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** As the JSON mapping writes an enum: by name, or by number where the server is newer than the schema. */
function nameIn(names: object, value: number): string {
  return Object.entries(names).find(([, number]) => number === value)?.[0] ?? String(value);
}

/**
 * The shortest decimal that is this `float`: on the wire -6.2 dB is -6.199999809265137, and JSON,
 * written from the same 32 bits, says -6.2. Nine digits tell any two floats apart.
 */
function shortestOfFloat32(float: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return float;
}
